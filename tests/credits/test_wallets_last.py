"""Where much is written in one transaction, the row of the wallet is taken at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.models import Team
from credits.actions import Ask, grant, hold, release, settle
from credits.ledger import faults
from credits.models import Entry, Hold, Wallet
from credits.wallets import InsufficientCredits, Move, after_wallets, move, wallets_last
from tests.factories import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db) -> Team:
    team = make_team()
    grant(team=team, amount=10, reason="test")
    return team


def ask(team: Team, *, at_once: bool = False, subjects: Collection[str] = (), **amounts: int) -> None:
    asks = [Ask(reference=name, amount=amount) for name, amount in amounts.items()]
    hold(team_id=team.pk, asks=asks, at_once=at_once, subjects=subjects)


def balance(team: Team) -> tuple[int, int, int]:
    one = Wallet.objects.get(team=team)
    return one.available, one.held, one.spent


@contextmanager
def changed_wallets() -> Iterator[list[int]]:
    """The teams whose wallets are changed inside, in the order of the statements."""
    found: list[int] = []

    def note(execute, sql, params, many, context):
        if sql.startswith('UPDATE "credits_wallet"'):
            place = 3  # after what is added to the three balances
            found.append(params[place])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def test_all_that_moves_is_one_change_at_the_end(team):
    ask(team, at_once=True, old=3)
    with changed_wallets() as changed, wallets_last():
        ask(team, a=2)
        ask(team, b=4)
        settle(reference="old", amount=1)
        release(references=["a"])
        assert changed == []
        assert balance(team) == (7, 3, 0)
    assert changed == [team.pk]
    assert balance(team) == (5, 4, 1)
    assert faults() == []


def test_more_than_there_is_is_refused_at_the_end_and_nothing_stays(team):
    with pytest.raises(InsufficientCredits) as refusal, transaction.atomic(), wallets_last():
        ask(team, a=6)
        ask(team, b=6)
    assert (refusal.value.required, refusal.value.available) == (12, 10)
    assert balance(team) == (10, 0, 0)
    assert not Hold.objects.exists()
    assert Entry.objects.count() == 1
    assert faults() == []


@pytest.mark.parametrize("subjects", [(), ("team",)])
def test_who_has_to_know_at_once_finds_what_was_given_back_before(team, subjects):
    ask(team, at_once=True, old=10)
    with wallets_last():
        release(references=["old"])
        ask(team, at_once=True, subjects=subjects, now=8)
        assert balance(team) == (2, 8, 0)
        with pytest.raises(InsufficientCredits):
            ask(team, at_once=True, subjects=subjects, more=3)
    assert balance(team) == (2, 8, 0)
    assert faults() == []


@pytest.mark.parametrize("subjects", [(), ("team",)])
def test_a_refusal_at_once_undoes_nothing_that_was_settled_before(team, subjects):
    ask(team, at_once=True, old=4)
    with transaction.atomic(), wallets_last():
        settle(reference="old")
        with pytest.raises(InsufficientCredits):
            ask(team, at_once=True, subjects=subjects, more=30)
    assert balance(team) == (6, 0, 4)
    assert faults() == []


def test_what_locks_after_wallets_comes_after_them(team):
    seen: list[object] = []
    with wallets_last():
        after_wallets(lambda: seen.append(balance(team)), row="one")
        move(team.pk, Move(available=-1, held=1))
        assert seen == []
    assert seen == [(9, 1, 0)]
    after_wallets(lambda: seen.append("at once"), row="one")
    assert seen[1:] == ["at once"]


def test_rows_after_wallets_are_taken_in_one_order():
    taken: list[str] = []
    with wallets_last():
        for row in ("other", "one"):
            after_wallets(partial(taken.append, row), row=row)
    assert taken == ["one", "other"]


def test_wallets_of_several_teams_are_taken_in_one_order():
    teams = [make_team(name) for name in ("one", "other")]
    for team in teams:
        grant(team=team, amount=5, reason="test")
    with changed_wallets() as changed, wallets_last():
        for team in reversed(teams):
            move(team.pk, Move(available=1))
    assert changed == sorted(team.pk for team in teams)


def test_what_breaks_off_leaves_nothing_for_the_next_one(team):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), wallets_last():
        ask(team, a=6)
        raise ZeroDivisionError
    ask(team, at_once=True, b=1)
    assert balance(team) == (9, 1, 0)
