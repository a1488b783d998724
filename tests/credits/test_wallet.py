"""Credits move by conditions, in whole numbers, all or nothing, and each movement stays as it was written."""

from __future__ import annotations

import random

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Team
from credits.actions import Ask, grant, hold, release, settle
from credits.context import balance_of
from credits.ledger import faults
from credits.models import Entry, Hold, HoldClosing, Wallet
from credits.wallets import InsufficientCredits
from tests.factories import make_team
from wireflow_ui.errors import WireflowError


@pytest.fixture
def team(db) -> Team:
    team = make_team()
    grant(team=team, amount=10, reason="test")
    return team


def ask(team: Team, **amounts: int) -> None:
    hold(team_id=team.pk, asks=[Ask(reference=name, amount=amount) for name, amount in amounts.items()])


def balance(team: Team) -> tuple[int, int, int]:
    one = Wallet.objects.get(team=team)
    return one.available, one.held, one.spent


def entries(team: Team) -> list[tuple[str, str, int]]:
    return list(Entry.objects.filter(team=team).order_by("id").values_list("kind", "reference", "amount"))[1:]


def test_a_hold_moves_credits_aside(team):
    ask(team, a=3, b=4)
    assert balance(team) == (3, 7, 0)
    assert entries(team) == [("hold", "a", 3), ("hold", "b", 4)]
    assert faults() == []


def test_a_hold_is_for_all_or_for_nothing(team):
    with pytest.raises(InsufficientCredits) as refusal, transaction.atomic():
        ask(team, a=5, b=6)
    assert (refusal.value.required, refusal.value.available) == (11, 10)
    assert balance(team) == (10, 0, 0)
    assert entries(team) == []
    assert not Hold.objects.exists()


def test_the_very_last_credit_can_be_held(team):
    ask(team, a=10)
    with pytest.raises(InsufficientCredits):
        ask(team, b=1)
    assert balance(team) == (0, 10, 0)


def test_what_costs_nothing_is_not_held(team):
    ask(team, a=0)
    assert not Hold.objects.exists()


def test_the_same_thing_is_held_for_once(team):
    ask(team, a=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(team, a=1)
    assert balance(team) == (9, 1, 0)
    assert faults() == []


@pytest.mark.parametrize(("amount", "spent"), [(None, 6), (6, 6), (4, 4), (0, 0)])
def test_settling_spends_what_it_cost_and_gives_the_rest_back(team, amount, spent):
    ask(team, a=6)
    assert settle(reference="a", amount=amount) == spent
    assert balance(team) == (10 - spent, 0, spent)
    told = [("settle", "a", spent), ("release", "a", 6 - spent)]
    assert entries(team)[1:] == [entry for entry in told if entry[2]]
    assert faults() == []


@pytest.mark.parametrize("amount", [7, -1])
def test_settling_never_takes_more_than_was_held(team, amount):
    ask(team, a=6)
    with pytest.raises(ValueError, match="cannot be settled on a hold of 6"):
        settle(reference="a", amount=amount)
    assert balance(team) == (4, 6, 0)
    assert not HoldClosing.objects.exists()


def test_a_hold_is_closed_once(team):
    ask(team, a=6)
    release(references=["a"])
    assert settle(reference="a") == 0
    release(references=["a", "never held"])
    assert balance(team) == (10, 0, 0)
    assert entries(team) == [("hold", "a", 6), ("release", "a", 6)]
    assert faults() == []


def test_the_database_itself_refuses_a_second_closing(team):
    ask(team, a=6)
    release(references=["a"])
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldClosing.objects.create(hold=Hold.objects.get(), settled=6)


@pytest.mark.parametrize("account", ["available", "held", "spent"])
def test_the_database_itself_refuses_a_negative_balance(team, account):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.update(**{account: -1})


def test_the_database_itself_refuses_entries_of_nothing(team):
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(
            team=team, kind="grant", reference="x", debit="issued", credit="available", amount=0
        )


@pytest.mark.parametrize("amount", [0, -5])
def test_a_grant_is_of_something(team, amount):
    with pytest.raises(WireflowError, match="one credit or more"):
        grant(team=team, amount=amount, reason="test")
    assert balance(team) == (10, 0, 0)


def test_a_grant_with_a_name_is_made_once(team):
    grant(team=team, amount=5, reason="March", reference="invoice 7")
    with pytest.raises(WireflowError, match="invoice 7 was made before"):
        grant(team=team, amount=5, reason="March", reference="invoice 7")
    assert balance(team) == (15, 0, 0)
    assert faults() == []


def test_entries_stay_as_they_were_written(team):
    entry = Entry.objects.get()
    entry.amount = 1_000
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
    with pytest.raises(TypeError, match="never changed"):
        Entry.objects.update(amount=1_000)
    with pytest.raises(TypeError, match="never deleted"):
        entry.delete()
    with pytest.raises(TypeError, match="never deleted"):
        Entry.objects.all().delete()
    assert Entry.objects.get().amount == 10


@pytest.mark.django_db(transaction=True)
def test_credits_move_only_with_what_they_pay_for():
    team = make_team()
    grant(team=team, amount=10, reason="test")
    for move in (
        lambda: ask(team, a=1),
        lambda: settle(reference="a"),
        lambda: release(references=["a"]),
    ):
        with pytest.raises(RuntimeError, match="only inside the transaction"):
            move()
    assert balance(team) == (10, 0, 0)


def test_holds_of_several_teams_are_not_closed_together(team):
    other = make_team("Others")
    grant(team=other, amount=5, reason="test")
    ask(team, a=1)
    ask(other, b=1)
    with pytest.raises(RuntimeError, match="several teams"):
        release(references=["a", "b"])
    assert (balance(team), balance(other)) == ((9, 1, 0), (4, 1, 0))


def test_a_team_that_never_had_credits_has_an_empty_wallet(db):
    one = balance_of(make_team().pk)
    assert (one.available, one.held, one.spent) == (0, 0, 0)
    assert not Wallet.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_sums_stay_right(team, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    granted, spent = 10, 0
    open_holds: dict[str, int] = {}
    for number in range(60):
        match dice.choice(["grant", "hold", "hold", "settle", "release", "again"]):
            case "grant":
                grant(team=team, amount=dice.randint(1, 9), reason="test", reference=f"g{number}")
                granted = granted + Entry.objects.get(reference=f"g{number}").amount
            case "hold":
                wanted = {f"h{number}.{i}": dice.randint(1, 6) for i in range(dice.randint(1, 3))}
                enough = sum(wanted.values()) <= balance(team)[0]
                try:
                    ask(team, **wanted)
                except InsufficientCredits:
                    assert not enough
                else:
                    assert enough
                    open_holds |= wanted
            case "settle" if open_holds:
                name = dice.choice(list(open_holds))
                spent += settle(reference=name, amount=dice.randint(0, open_holds.pop(name)))
            case "release" if open_holds:
                name = dice.choice(list(open_holds))
                del open_holds[name]
                release(references=[name])
            case "again":
                closed = HoldClosing.objects.values_list("hold__reference", flat=True).first()
                assert settle(reference=closed or "none") == 0
        held = sum(open_holds.values())
        assert balance(team) == (granted - held - spent, held, spent)
    assert faults() == []
