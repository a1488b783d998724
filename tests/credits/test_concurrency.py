"""Many runs at once against one small wallet: what is there is held once, and no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from accounts.teams import make_team as make_member_team
from credits import allowances
from credits.actions import Ask, grant, hold, release, settle
from credits.ledger import faults
from credits.models import Entry, Hold, HoldClosing, Wallet
from credits.wallets import InsufficientCredits
from executions.actions import Start, start_execution
from executions.models import Execution, NodeRun
from tests.executions.conftest import house  # noqa: F401  # a store and a sandbox of its own
from tests.executions.runs import make_workflow, prompt
from tests.factories import make_team, team_of
from wireflow_ui.selling import Allowance

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def at_once(count: int, do) -> list[bool]:
    """Call ``do(number)`` from many threads that begin together; which calls were not refused for want of credits."""
    together = Barrier(THREADS)

    def call(number: int) -> bool:
        if number < THREADS:
            together.wait(5)
        try:
            do(number)
        except InsufficientCredits:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(count)))


def test_runs_started_at_once_hold_what_there_is_and_no_more(alice):
    workflow = make_workflow(alice, *prompt("x"), credits=5)
    team = team_of(alice)
    accepted = at_once(20, lambda _: start_execution(workflow=workflow, team=team, start=Start()))
    wallet = Wallet.objects.get(team=team)
    assert accepted.count(True) == 5
    assert (wallet.available, wallet.held, wallet.spent) == (0, 5, 0)
    assert Execution.objects.count() == Hold.objects.count() == 5
    assert NodeRun.objects.filter(price=1).count() == 5
    assert Entry.objects.filter(kind="hold").count() == 5
    assert faults() == []
    workflow.refresh_from_db()
    assert workflow.execution_count == 5


def test_holds_of_any_size_never_overdraw():
    team = make_team()
    grant(team=team, amount=40, reason="test")

    def ask(number: int) -> None:
        with transaction.atomic():
            hold(team_id=team.pk, asks=[Ask(reference=f"a{number}", amount=number % 5 + 1)])

    accepted = at_once(60, ask)
    wallet = Wallet.objects.get(team=team)
    assert wallet.held == sum(number % 5 + 1 for number, was in enumerate(accepted) if was)
    assert wallet.available + wallet.held == 40
    assert wallet.available == 0
    assert faults() == []


def test_a_person_with_many_teams_gets_one_allowance_from_many_that_give_at_once(settings, alice):
    settings.ALLOWANCES = {"free": Allowance(100)}
    for number in range(5):
        team = make_member_team(user=alice, name=f"Team {number}").team
        assert team.plan == "free"
    at_once(THREADS, lambda _: allowances.grant_due())
    assert [entry.amount for entry in Entry.objects.filter(kind="allowance")] == [100]
    assert sum(Wallet.objects.values_list("available", flat=True)) == 100
    assert faults() == []


def test_a_settlement_that_races_a_release_closes_the_hold_once():
    team = make_team()
    grant(team=team, amount=40, reason="test")
    with transaction.atomic():
        hold(team_id=team.pk, asks=[Ask(reference=f"a{number}", amount=1) for number in range(20)])

    def close(number: int) -> None:
        with transaction.atomic():
            if number % 2:
                settle(reference=f"a{number // 2}")
            else:
                release(references=[f"a{number // 2}"])

    at_once(40, close)
    wallet = Wallet.objects.get(team=team)
    assert (wallet.held, wallet.available + wallet.spent) == (0, 40)
    assert HoldClosing.objects.count() == 20
    assert faults() == []
