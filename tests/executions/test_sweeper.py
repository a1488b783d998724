"""The sweeper finds in the database alone what was lost, and two of them do no harm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from credits.actions import release
from executions import dispatch
from executions.actions import cancel_execution
from executions.engine import claims, due
from executions.engine.results import complete
from executions.engine.sweeper import Swept, neglected, sweep
from executions.models import Execution, IdempotencyKey, NodeRun, Submission
from executions.states import NodeStatus
from providers.errors import ServerFault
from tests.executions.bells import Bell
from tests.executions.runs import (
    Hand,
    age,
    everything_stored,
    node_run,
    prompt,
    prove,
    result_of,
    start,
    wallet,
)
from tests.executions.scripted import Scripted, serve_by, taken
from tests.factories import team_of

NOTHING = Swept(lost=0, ready=0, due=0, timed_out=0, stuck=0, orphans=0)


@pytest.fixture
def bell():
    made = Bell()
    dispatch.connect(made)
    yield made
    dispatch.connect(None)


@pytest.fixture
def execution(alice) -> Execution:
    return start(alice, *prompt("x"))


def ago(seconds: float):
    return timezone.now() - timedelta(seconds=seconds)


def test_there_is_nothing_to_do_where_all_is_well(execution, bell):
    assert sweep() == NOTHING
    assert bell.heard == {"ready": [], "due": [], "cancelled": []}


def test_work_that_nobody_took_is_rung_for(execution, bell):
    age([node_run(execution)], ready_at=ago(4))
    assert sweep().ready == 1
    assert bell.heard["ready"] == [node_run(execution).pk]


def test_work_whose_lease_ran_out_is_put_back_and_counts_as_a_try(
    execution, bell, django_capture_on_commit_callbacks
):
    claims.claim([node_run(execution).pk])
    age([node_run(execution)], lease_until=ago(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep().lost == 1
    row = node_run(execution)
    assert (row.status, row.tries, row.lease_until) == ("READY", 1, None)
    assert bell.heard["ready"] == [row.pk]
    prove(execution)


def test_a_lease_that_runs_is_left_alone(execution, bell):
    claims.claim([node_run(execution).pk])
    assert sweep() == NOTHING
    assert node_run(execution).status == "RUNNING"


def test_a_step_whose_worker_died_three_times_fails_and_gives_its_credits_back(alice, execution, bell):
    for _ in range(3):
        assert len(claims.claim([node_run(execution).pk])) == 1
        age([node_run(execution)], lease_until=ago(1))
        sweep()
    row = node_run(execution)
    assert (row.status, row.error_code, row.attempt) == ("FAILED", "worker_lost", 3)
    assert execution.events.filter(kind="node_run.failed").get().data["statusWord"] == (
        "worker lost, credits released"
    )
    prove(execution)
    assert (execution.status, execution.error_code) == ("FAILED", "worker_lost")
    assert wallet(alice) == (1000, 0, 0)


def test_polls_and_retries_that_are_overdue_are_made(execution, bell, monkeypatch):
    serve_by(Scripted(submits=[taken(poll_after=60)]), monkeypatch)
    Hand().do(execution)
    age([node_run(execution)], due_at=ago(3))
    assert sweep().due == 1
    assert bell.heard["due"] == [node_run(execution).pk]
    assert bell.heard["ready"] == []


def test_a_retry_that_is_overdue_is_made_ready_and_rung_for_at_once(execution, bell, monkeypatch):
    serve_by(Scripted(submits=[ServerFault("Down.")]), monkeypatch)
    Hand().do(execution)
    age([node_run(execution)], due_at=ago(3))
    assert sweep().due == 1
    row = node_run(execution)
    assert (row.status, row.error, row.wait_for) == ("READY", "", "")
    assert bell.heard["ready"] == [row.pk]
    assert execution.events.last().kind == "node_run.ready"
    prove(execution)


def test_a_run_past_its_time_is_ended(alice, execution, bell):
    Execution.objects.update(deadline_at=ago(1))
    assert sweep().timed_out == 1
    prove(execution)
    assert execution.status == "TIMEOUT"
    assert wallet(alice) == (1000, 0, 0)


def test_a_run_that_stands_still_goes_on(execution, bell, django_capture_on_commit_callbacks):
    """As after a fault between a result and what should have followed it."""
    [claim] = claims.claim([node_run(execution).pk])
    NodeRun.objects.filter(pk=claim.node_run_id).update(
        status=NodeStatus.COMPLETED, output={"text": "made"}, price=0, ended_at=ago(5)
    )

    with transaction.atomic():
        release(references=[node_run(execution).hold_reference])
    Execution.objects.update(created_at=ago(5))
    assert sweep().stuck == 1
    prove(execution)
    assert (execution.status, node_run(execution, "out").output) == ("COMPLETED", {"value": ["made"]})


def test_jobs_left_behind_are_stopped_for_ten_minutes(execution, bell, monkeypatch):
    serve_by(Scripted(submits=[taken("job-9")]), monkeypatch)
    Hand().do(execution)
    cancel_execution(execution_id=execution.pk)
    assert sweep().orphans == 1
    assert bell.heard["cancelled"] == [node_run(execution).pk]
    age([node_run(execution)], ended_at=ago(601))
    assert sweep().orphans == 0


def test_answers_of_old_idempotency_keys_are_forgotten(alice, bell):
    for key, moment in (("old", ago(1)), ("new", ago(-60))):
        IdempotencyKey.objects.create(
            team=team_of(alice), door="POST /x", key=key, body_hash="", status=201, body="", expires_at=moment
        )
    sweep()
    assert [one.key for one in IdempotencyKey.objects.all()] == ["new"]


def test_what_a_dead_process_left_is_taken_over_at_once(execution, bell, django_capture_on_commit_callbacks):
    claims.claim([node_run(execution).pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(at_start=True).lost == 1
    assert node_run(execution).status == "READY"
    assert set(bell.heard["ready"]) == {node_run(execution).pk}


def test_polls_that_a_dead_process_was_making_are_due_at_once(execution, bell, monkeypatch):
    serve_by(Scripted(submits=[taken()]), monkeypatch)
    Hand().do(execution)
    due.claim_polls([node_run(execution).pk])
    sweep(at_start=True)
    assert bell.heard["due"] == [node_run(execution).pk]


def test_two_sweepers_find_the_same_and_change_it_once(execution, bell):
    claims.claim([node_run(execution).pk])
    age([node_run(execution)], lease_until=ago(1))
    assert sweep().lost == 1
    before = everything_stored()
    assert sweep() == NOTHING
    assert everything_stored() == before
    prove(execution)


def test_what_nobody_takes_for_long_is_neglected(execution, bell):
    age([node_run(execution)], ready_at=ago(9))
    assert neglected() == ([], [])
    age([node_run(execution)], ready_at=ago(11))
    assert neglected() == ([node_run(execution).pk], [])


def test_the_command_sweeps_once(execution, bell, capsys):
    age([node_run(execution)], ready_at=ago(4))
    call_command("sweep", "--once")
    assert capsys.readouterr().out.startswith("Swept(lost=0, ready=1,")


def test_a_submission_of_a_dead_worker_is_sent_again_with_its_key(execution, bell):
    [first] = claims.claim([node_run(execution).pk])
    age([node_run(execution)], lease_until=ago(1))
    sweep()
    [second] = claims.claim([node_run(execution).pk])
    assert first.submission is not None
    assert second.submission is not None
    assert first.submission.key == second.submission.key
    assert Submission.objects.get().calls == 2
    assert complete([result_of(second, "x")]) == []
