"""What providers do wrong, and what becomes of the run, its calls and its credits: a row for each fault.

Each fault is met by a provider that can have it, over a real socket; who that is, and how often its job is asked for
before it is over, is thrown. WIREFLOW_SEEDS=20 throws so often; WIREFLOW_CHAOS_SEED is the first seed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now

from accounts.models import User
from assets.models import Asset
from executions.engine import due
from executions.models import Breaker, Execution, NodeRun, Submission
from executions.providers import provider_named
from providers.drivers import DRIVERS
from providers.http import Access
from tests.doubles.every import DOUBLES
from tests.doubles.server import Double, running
from tests.executions.boards import node, preview, text
from tests.executions.conftest import house  # noqa: F401  # a store and a sandbox of its own
from tests.executions.runs import Hand, age, node_run, prove, start, wallet
from tests.processes import free_port
from tests.providers.contract import ROWS

pytestmark = [pytest.mark.chaos, pytest.mark.django_db]

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
SEEDS = int(os.environ.get("WIREFLOW_SEEDS", "1"))
#: So often a run is gone on with at most.
MOST_ROUNDS = 24
#: What is not over by then has taken longer than it may.
LATE_ROUND = 16
#: Who meets them: pictures by a queue or on the line that asked, with idempotency keys or without.
PROVIDERS = ("gemini", "openai", "a1111", "fal", "replicate", "apiframe", "atlas")
#: What is no word of the doubles.
UNREACHED, WRONG_KEY, NO_MONEY, NEVER = "unreached", "wrong key", "no money", "never"
#: Words for an empty account, by provider.
EMPTY_ACCOUNTS = {"fal": "403", "replicate": "402", "apiframe": "402", "openai": "quota"}
WITH_KEYS = {name for name, driver in DRIVERS.items() if driver.takes_keys}


@dataclass(frozen=True)
class Fault:
    """``meets`` are the faults of the first calls that start work. Then: how the node run ends, with which code, how
    often the provider was called to start work, and how many tries were used up.

    ``at`` names who can have it, where that is fewer than the doubles say: "queue", "no queue", "keys", "no keys".
    """

    meets: tuple[str, ...]
    status: str
    code: str
    starts: int
    tries: int = 0
    at: str = ""
    duplicate: bool = (
        False  # the second call is marked as a possible duplicate, unless a key tells them apart
    )
    opens_breaker: bool = False


FAULTS = {
    "429 with a time": Fault(("429",), "COMPLETED", "", 2),
    "429 without a time": Fault(("429 silent",), "COMPLETED", "", 2),
    "429 five times": Fault(("429 silent",) * 5, "COMPLETED", "", 6),
    "500": Fault(("500",), "COMPLETED", "", 2, 1, at="no queue"),
    "500 for good": Fault(("500",) * 3, "FAILED", "provider_error", 3, 2, at="no queue"),
    "500 from a queue": Fault(("500",), "COMPLETED", "", 2, 1, at="queue", duplicate=True),
    "503": Fault(("503",), "COMPLETED", "", 2, 1),
    "503 for good": Fault(("503",) * 3, "FAILED", "provider_error", 3, 2),
    "not reached": Fault((UNREACHED,), "FAILED", "provider_error", 0, 2),
    "cut off": Fault(("cut",), "COMPLETED", "", 2, 1, duplicate=True),
    "cut off twice": Fault(("cut",) * 2, "FAILED", "unknown_outcome", 2, 2, at="no keys", duplicate=True),
    "cut off, with keys": Fault(("cut",), "COMPLETED", "", 2, 1, at="keys"),
    "key refused": Fault((WRONG_KEY,), "FAILED", "auth_failed", 1, opens_breaker=True),
    "account empty": Fault((NO_MONEY,), "FAILED", "insufficient_funds", 1, opens_breaker=True),
    "blocked": Fault(("block",), "FAILED", "content_blocked", 1),
    "garbage": Fault(("garbage",), "COMPLETED", "", 2, 1, at="no queue"),
    "garbage of a job, for good": Fault(("garbage",), "FAILED", "timeout", 1, at="queue"),
    "never over": Fault((NEVER,), "FAILED", "timeout", 1, at="queue"),
    "nothing made": Fault(("empty",) * 2, "FAILED", "no_output", 2, 1),
    "result not found": Fault(("not found",), "FAILED", "bad_output", 1),
    "result at a private address": Fault(("private",), "FAILED", "bad_output", 1),
    "result elsewhere": Fault(("elsewhere",), "FAILED", "bad_output", 1),
    "result no picture": Fault(("not a picture",), "FAILED", "bad_output", 1, at="queue"),
    "unknown status": Fault(("odd status",), "COMPLETED", "", 1),
    "job forgotten": Fault(("lost",), "FAILED", "provider_lost", 1),
    "job given up": Fault(("crash",), "COMPLETED", "", 2, 1),
    "poll broken": Fault(("poll 500",), "COMPLETED", "", 1),
}


def able(case: Fault) -> list[str]:
    """The providers that can have this fault."""
    first = case.meets[0]
    fits = {
        "": lambda row, double: True,
        "queue": lambda row, double: row.queued,
        "no queue": lambda row, double: not row.queued,
        "keys": lambda row, double: double in WITH_KEYS,
        "no keys": lambda row, double: double not in WITH_KEYS,
    }[case.at]
    needs_more = {NO_MONEY: EMPTY_ACCOUNTS, WRONG_KEY: set(PROVIDERS) - {"a1111"}}
    return [
        name
        for name in PROVIDERS
        if ROWS[name].has(first) and fits(ROWS[name], name) and name in needs_more.get(first, PROVIDERS)
    ]


@pytest.fixture(scope="module")
def doubles() -> Iterator[dict[str, Double]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(DOUBLES[name]())) for name in PROVIDERS}


@pytest.fixture
def opened(doubles: dict[str, Double], settings: LazySettings) -> Callable[..., Double]:
    """``opened("fal")`` gives this server a key for it and no other."""

    def open_(name: str, *, key: str = "", base_url: str = "") -> Double:
        double = doubles[name]
        double.forget()
        settings.PROVIDER_ACCESS = {name: Access(base_url or double.base_url, key or double.key)}
        provider_named.cache_clear()
        return double

    return open_


def drawing(name: str) -> tuple:
    nodes = [text("ask", "a fox"), node("make", ROWS[name].kind), preview()]
    return nodes, "ask.prompt make.prompt", "make.images out.value"


def to_the_end(execution: Execution) -> NodeRun:
    """Carry the run; the time of every wait comes at once."""
    hand = Hand()
    for round in range(MOST_ROUNDS):
        if round == LATE_ROUND:
            Submission.objects.update(sent_at="2026-01-01T00:00:00Z")
        hand.finish(execution)
        waiting = NodeRun.objects.filter(execution=execution, status="WAITING")
        if not (ids := list(waiting.values_list("pk", flat=True))):
            break
        age(waiting, due_at=Now())
        due.wake_retries(ids)
        for claim in due.claim_polls(ids):
            hand.poll(claim)
    prove(execution)
    return node_run(execution)


def starts(double: Double) -> int:
    """How often the provider was called to start work, whatever it answered."""
    return sum(call.method == "POST" and "cancel" not in call.path for call in double.calls)


def money(alice: User, row: NodeRun) -> None:
    """Paid once when it was made, given back when it was not."""
    spent = row.price if row.status == "COMPLETED" else 0
    assert (row.credits_used, wallet(alice)) == (spent, (1000 - spent, 0, spent))


@pytest.mark.parametrize("seed", range(SEED, SEED + SEEDS))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_as_it_should_with_the_money_as_it_should(alice, opened, fault: str, seed: int):
    case = FAULTS[fault]
    first = case.meets[0]
    dice = random.Random(f"{seed} {fault}")
    name = dice.choice(able(case))
    double = opened(
        name,
        key="wrong" if first == WRONG_KEY else "",
        base_url=f"http://127.0.0.1:{free_port()}" if first == UNREACHED else "",
    )
    if ROWS[name].queued:
        double.waits = 10**6 if first == NEVER else dice.randint(1, 3)
    print(f"seed {seed}: {fault} at {name}")
    double.meet(*(EMPTY_ACCOUNTS[name] if one == NO_MONEY else one for one in case.meets))

    execution = start(alice, *drawing(name))
    row = to_the_end(execution)
    assert (row.provider, row.status, row.error_code) == (name, case.status, case.code), row.error
    assert (starts(double), row.tries) == (case.starts, case.tries)
    execution.refresh_from_db()
    assert execution.status == case.status
    assert execution.error_code == case.code
    money(alice, row)
    assert Asset.objects.count() == (1 if case.status == "COMPLETED" else 0)
    calls = Submission.objects.filter(node_run=row)
    assert not calls.filter(state__in=["intent", "sent"]).exists()
    keyed = name in WITH_KEYS
    assert calls.filter(duplicate_possible=True).exists() == (case.duplicate and not keyed)
    if keyed and case.duplicate:
        assert len(double.jobs) == 1
    assert Breaker.objects.filter(open_until__isnull=False).exists() == case.opens_breaker
