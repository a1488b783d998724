"""Many threads of several processes move the credits of one team; afterwards every credit is accounted for.

WIREFLOW_MONEY_DEEDS=10000 makes so many holds, settlements, releases and top-ups; WIREFLOW_CHAOS_SEED repeats a race.
Run as a process: ``python -m tests.purse FOLDER NUMBER SEED DEEDS``; it waits until ``FOLDER/go`` appears.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, LiteralString

from tests.processes import PATIENCE, start, until

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
DEEDS = int(os.environ.get("WIREFLOW_MONEY_DEEDS", "800"))
PROCESSES, THREADS = 2, 100
#: The team begins with about ten of these, so many holds are refused; top-ups bring more.
UNIT = 10_000
WALLETS: LiteralString = (
    "SELECT CAST(sum(available) AS bigint) AS available, CAST(sum(held) AS bigint) AS held,"
    " CAST(sum(spent) AS bigint) AS spent FROM credits_wallet"
)
KINDS = ("hold", "settle", "release", "grant")


def race(data: Path, settings: Mapping[str, str]) -> Counter[str]:
    """Let the processes race each other over so many deeds in all; what they say they did, added up."""
    sides = [
        start(
            f"purse-{number}",
            [sys.executable, "-m", "tests.purse", str(data), str(number), str(SEED), str(DEEDS // PROCESSES)],
            data,
            **settings,
        )
        for number in range(PROCESSES)
    ]
    try:
        for number, side in enumerate(sides):
            is_ready = data / f"ready-{number}"
            until(
                lambda is_ready=is_ready, side=side: is_ready.exists() or not side.is_alive,
                sentence="not ready",
            )
        (data / "go").touch()
        told: Counter[str] = Counter()
        for side in sides:
            assert side.wait(seconds=10 * PATIENCE) == 0, side.output
            told.update(json.loads(side.output.splitlines()[-1]))
        return told
    finally:
        for side in sides:
            side.kill()


def prove(told: Counter[str], wallet: Mapping[str, int], *, before: Mapping[str, int]) -> None:
    """The wallets hold what went in, less what was spent, to the credit."""
    print(f"seed {SEED}, {DEEDS} deeds: {dict(told)}; at the end {dict(wallet)}")
    assert min(wallet.values()) >= 0
    assert wallet["spent"] == told["settled"]
    assert sum(wallet.values()) == sum(before.values()) + told["granted"]
    assert told["held"] >= wallet["held"] + wallet["spent"]
    assert told["refused"] > 0  # there was a time when it was empty


def _side(team: Any, number: int, seed: int, deeds: int) -> Counter[str]:
    """Every thing that can be held for is held, settled and released by each process once, in an order of its own."""
    dice = random.Random(f"{seed} {number}")
    todo = [(kind, place) for place in range(deeds // len(KINDS)) for kind in KINDS]
    # A little of each order: holds mostly come before what closes them.
    todo.sort(key=lambda deed: deed[1] + dice.uniform(0, 40))
    told: Counter[str] = Counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for done in pool.map(lambda deed: _deed(team, number, *deed), todo):
            told.update(done)
    return told


def _deed(team: Any, number: int, kind: str, place: int) -> dict[str, int]:
    from django.db import IntegrityError, OperationalError, close_old_connections, transaction

    from credits.actions import Ask, grant, hold, release, settle
    from credits.wallets import InsufficientCredits

    reference, amount = f"race:{place}", (place % 7 + 1) * UNIT
    try:
        match kind:
            case "grant":
                grant(team=team, amount=amount // 10, reason="race", reference=f"{number}:{reference}")
                return {"granted": amount // 10}
            case "hold":
                with transaction.atomic():
                    hold(team_id=team.pk, asks=[Ask(reference=reference, amount=amount)])
                return {"held": amount}
            case "settle":
                with transaction.atomic():
                    spent = settle(reference=reference, amount=amount // 2)
                return {"settled": spent}
            case _:
                with transaction.atomic():
                    release(references=[reference])
                return {"released or late": 1}
    except InsufficientCredits:
        return {"refused": 1}
    except IntegrityError:
        return {"twice": 1}
    except OperationalError:
        return {"busy": 1}
    finally:
        close_old_connections()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wireflow_ui.settings")
    django.setup()
    from accounts.models import Team

    richest = Team.objects.latest("wallet__available")
    folder, own = Path(sys.argv[1]), int(sys.argv[2])
    (folder / f"ready-{own}").touch()
    while not (folder / "go").exists():
        time.sleep(0.01)
    print(json.dumps(_side(richest, own, int(sys.argv[3]), int(sys.argv[4]))))
