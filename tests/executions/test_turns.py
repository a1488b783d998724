"""Starts, ends and cancels at once: never more at work than the plan allows, and everything gets its turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Team
from executions import turns
from executions.actions import Start, accept_executions, cancel_execution
from executions.audit import faults
from executions.batches import ItemList
from executions.models import Execution
from executions.waiting import place_of
from tests.executions.runs import make_workflow, prompt
from tests.factories import make_user, team_of

BATCH = Start(lists=[ItemList("ask", [f"number {place}" for place in range(8)])])


@pytest.mark.django_db(transaction=True)
def test_batches_and_cancels_at_once_keep_to_the_plan():
    user = make_user("alice")
    workflow = make_workflow(user, *prompt("x"))
    Team.objects.filter(pk=team_of(user).pk).update(plan="pro")

    def running() -> list[Execution]:
        return list(Execution.objects.filter(status="RUNNING"))

    def act(number: int) -> int:
        try:
            if number % 3 == 0:
                accept_executions(workflow=workflow, team=Team.objects.get(pk=workflow.team_id), start=BATCH)
            else:
                for one in running()[number % 4 :: 3]:
                    cancel_execution(execution_id=one.pk)
            return len(running())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert max(pool.map(act, range(24))) <= 10
    rounds = 0
    turns.let_all_go()
    while at_work := running():
        assert len(at_work) <= 10
        for one in at_work:
            cancel_execution(execution_id=one.pk)
        rounds += 1
        assert rounds <= 64
    assert set(Execution.objects.values_list("status", flat=True)) == {"CANCELLED"}
    assert Execution.objects.count() == 64
    assert faults() == []


@pytest.mark.django_db
def test_a_run_that_waits_for_its_turn_says_its_place(signed_in):
    user = make_user("tara")
    workflow = make_workflow(user, *prompt("x"))
    Team.objects.filter(pk=team_of(user).pk).update(plan="pro")
    for _ in range(2):
        accept_executions(workflow=workflow, team=Team.objects.get(pk=workflow.team_id), start=BATCH)
    waiting = list(Execution.objects.filter(status="PENDING").order_by("created_at", "run_index"))
    [going, *_] = Execution.objects.filter(status="RUNNING")
    browser = signed_in(user)

    def page(one: Execution) -> str:
        return browser.get(f"/executions/{one.pk}").content.decode()

    assert "number 1 in line" in page(waiting[0]) and "number 6 in line" in page(waiting[5])
    assert "in line" not in page(going)
    cancel_execution(execution_id=waiting[0].pk)
    assert "number 5 in line" in page(waiting[5]) and "in line" not in page(waiting[0])


@pytest.mark.django_db
def test_the_place_that_a_run_is_told_is_the_one_in_which_it_is_let_go():
    user = make_user("tara")
    workflow = make_workflow(user, *prompt("x"))
    Team.objects.filter(pk=team_of(user).pk).update(plan="pro")
    team = Team.objects.get(pk=workflow.team_id)
    for _ in range(3):
        accept_executions(workflow=workflow, team=team, start=BATCH)
    waits = Execution.objects.filter(status="PENDING")
    waits.update(created_at=timezone.now())  # in the same moment: two of them are the first of their batches
    line = sorted(waits, key=lambda one: place_of(one) or 0)
    assert [place_of(one) for one in line] == list(range(1, 15))
    while line:
        cancel_execution(execution_id=Execution.objects.filter(status="RUNNING")[0].pk)
        turns.let_go(team.pk)
        assert Execution.objects.get(pk=line.pop(0).pk).status == "RUNNING"
        assert waits.all().count() == len(line)
