"""The balance of any past moment comes from entries alone, and is what the page showed then."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone

from credits.actions import Ask, grant, hold, release, settle
from credits.ledger import balance_at, faults
from credits.wallets import InsufficientCredits
from tests.factories import actor_for, make_team, team_of

pytestmark = pytest.mark.django_db


def moves(team, dice: random.Random) -> Iterator[None]:
    """Grants, holds and their ends as they come; some are refused."""
    held: list[str] = []
    for number in range(40):
        kind = dice.choice(["grant", "hold", "hold", "settle", "release"])
        if kind == "grant":
            grant(team=team, amount=dice.randint(1, 50), reason="more")
        elif kind == "hold":
            try:
                with transaction.atomic():
                    hold(team_id=team.pk, asks=[Ask(f"work:{team.pk}:{number}", amount=dice.randint(1, 30))])
                held.append(f"work:{team.pk}:{number}")
            except InsufficientCredits:
                pass
        elif held:
            reference = held.pop(dice.randrange(len(held)))
            with transaction.atomic():
                if kind == "settle":
                    settle(reference=reference, amount=dice.choice([None, 0, 1]))
                else:
                    release(references=[reference])
        yield


def shown(answer) -> tuple[int, int, int]:
    balance = answer.context["balance"]
    return balance.available, balance.held, balance.spent


@pytest.mark.parametrize("seed", [1, 2])
def test_a_past_balance_is_what_the_page_showed_at_that_moment(alice, signed_in, seed):
    print("seed", seed)
    team, other = team_of(alice), make_team("Others")
    browser, dice = signed_in(alice), random.Random(seed)
    before, seen = timezone.now(), []
    for step, _ in enumerate(moves(team, dice)):
        grant(team=other, amount=7, reason="not theirs")
        seen.append((timezone.now(), shown(browser.get("/usage/ledger")) if step % 5 == 0 else None))
    assert len({balance for _, balance in seen}) > 4
    assert shown(browser.get("/usage/ledger", {"on": before.isoformat()})) == (0, 0, 0)
    for at, balance in seen:
        if balance is not None:
            assert shown(browser.get("/usage/ledger", {"on": at.isoformat()})) == balance
            past = balance_at(actor_for(alice).team.pk, at)
            assert (past.available, past.held, past.spent) == balance
    assert faults() == []


def test_a_moment_that_is_none_shows_the_balance_of_now(alice, signed_in):
    grant(team=team_of(alice), amount=5, reason="gift")
    browser = signed_in(alice)
    for text in (
        "yesterday",
        "0000-00-00",
        "2026-13-01T10:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59:59+14:00",
    ):
        assert shown(browser.get("/usage/ledger", {"on": text})) == (5, 0, 0)
    assert shown(browser.get("/usage/ledger", {"on": "2020-01-01"})) == (0, 0, 0)
    assert shown(browser.get("/usage/ledger", {"on": "9999-12-31T23:59"})) == (5, 0, 0)


def test_only_the_balances_are_asked_for_again_while_credits_are_set_aside(alice, signed_in):
    team, browser = team_of(alice), signed_in(alice)
    grant(team=team, amount=5, reason="gift")
    assert b'hx-trigger="every 3s"' not in browser.get("/usage/ledger").content
    with transaction.atomic():
        hold(team_id=team.pk, asks=[Ask("work:1", amount=2)])
    assert b'hx-trigger="every 3s"' in browser.get("/usage/ledger").content
    part = browser.get("/usage/ledger", headers={"HX-Request": "true", "HX-Target": "balances"})
    assert b"<html" not in part.content
    assert shown(part) == (3, 2, 0)
    with transaction.atomic():
        settle(reference="work:1")
    part = browser.get("/usage/ledger", headers={"HX-Request": "true", "HX-Target": "balances"})
    assert b"every 3s" not in part.content
    assert shown(part) == (3, 0, 2)
