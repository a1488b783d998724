"""Where the engine is in the process that accepts a run, what is ready is claimed in the same transaction."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from credits.wallets import InsufficientCredits
from executions import dispatch
from executions.actions import CLAIMED_AT_ONCE, Start, accept_executions
from executions.batches import ItemList
from executions.engine.due import wake_retries
from executions.engine.sweeper import recover_lost
from executions.models import NodeRun, Submission
from executions.rush import MANY, rush
from tests.executions.boards import llm, text
from tests.executions.runs import (
    Hand,
    age,
    end_of,
    everything_stored,
    make_workflow,
    node_run,
    prompt,
    prove,
    start,
    wallet,
)
from tests.factories import team_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_ready_is_claimed_as_the_run_is_accepted(here, alice):
    execution = start(alice, *prompt("x"))
    [claim] = here.taken
    row = node_run(execution)
    assert (row.status, row.attempt, claim.attempt) == ("RUNNING", 1, 1)
    assert row.lease_until is not None
    assert Submission.objects.get().idempotency_key == claim.submission.key
    here.work()
    prove(execution)
    assert (execution.status, wallet(alice)) == ("COMPLETED", (999, 0, 1))


def test_a_process_that_dies_with_what_it_claimed_at_once_is_taken_over_from(here, alice):
    execution = start(alice, *prompt("x"))
    [lost] = here.taken
    assert recover_lost() == 0
    age([node_run(execution)], lease_until="2026-01-01T00:00:00Z")
    assert recover_lost() == 1
    assert (node_run(execution).status, node_run(execution).tries) == ("READY", 1)
    assert Hand().finish(execution).status == "COMPLETED"
    Hand().carry(lost)  # it was only asleep
    prove(execution)
    assert (node_run(execution).attempt, wallet(alice)) == (2, (999, 0, 1))


def test_what_is_claimed_for_an_engine_that_has_just_left_is_found_by_the_next_one(here, alice, monkeypatch):
    monkeypatch.setattr(here, "carry", lambda claimed: None)
    execution = start(alice, *prompt("x"))
    assert recover_lost(at_start=True) == 1
    assert Hand().finish(execution).status == "COMPLETED"
    assert wallet(alice) == (999, 0, 1)


def test_who_started_it_may_do_as_he_likes_with_what_he_was_given(here, alice):
    execution = start(alice, *prompt("[500x1] x"))
    here.work()
    execution.refresh_from_db()
    age([node_run(execution)], due_at="2026-01-01T00:00:00Z")
    assert Hand().finish(execution).status == "RUNNING"  # the next try was not rung for
    execution.last_seq, execution.status = 99, "FAILED"
    assert wake_retries([node_run(execution).pk]) == [node_run(execution).pk]
    assert Hand().finish(execution).status == "COMPLETED"
    prove(execution)


def test_on_a_cluster_the_process_that_accepts_claims_nothing(here, alice, settings):
    settings.ENGINE_LINE = "celery"
    execution = start(alice, *prompt("x"))
    assert (node_run(execution).status, node_run(execution).attempt, here.taken) == ("READY", 0, [])


def test_many_at_once_and_lists_of_runs_are_left_to_the_engine(here, alice):
    many = CLAIMED_AT_ONCE + 1
    nodes = [text("ask", "x"), *(llm(f"make-{n}") for n in range(many))]
    execution = start(alice, nodes, *(f"ask.prompt make-{n}.prompt" for n in range(many)))
    workflow = make_workflow(alice, *prompt("x"))
    assert NodeRun.objects.filter(execution=execution, status="READY").count() == many
    two = Start(lists=[ItemList("ask", ("a", "b"))])
    accept_executions(workflow=workflow, team=team_of(alice), start=two)
    assert NodeRun.objects.filter(status="RUNNING").count() == 0
    assert here.taken == []


def test_in_a_rush_runs_are_left_to_the_engine_and_it_carries_them_afterwards(engine, here, alice):
    with ExitStack() as others:
        for _ in range(MANY - 1):
            others.enter_context(rush.call())
        execution = start(alice, *prompt("x"))
        assert here.taken == []
        dispatch.connect(engine, engine)
        engine.ready([node_run(execution).pk])
    assert end_of(execution).status == "COMPLETED"
    prove(execution)


def test_a_run_that_cannot_be_paid_is_not_claimed(here, alice):
    start(alice, *prompt("x"), credits=1)
    assert wallet(alice) == (0, 1, 0)
    before = everything_stored()
    with pytest.raises(InsufficientCredits):
        start(alice, *prompt("x"), credits=0)
    assert len(here.taken) == 1
    assert everything_stored() == before
