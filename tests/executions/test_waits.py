"""Answers of providers are noted together, and one that cannot be noted leaves nothing of the others half done."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from executions.engine import claims, waits
from executions.engine.claims import Claim
from executions.engine.waits import Wait
from executions.models import NodeRun
from tests.executions.runs import everything_stored, node_run, prompt, prove, start

pytestmark = pytest.mark.django_db(transaction=True)


def taken(claim: Claim, ref: str) -> Wait:
    assert claim.submission is not None
    return Wait(
        claim.execution_id,
        claim.node_run_id,
        claim.attempt,
        delay=5,
        progress=0.1,
        submission_id=claim.submission.id,
        ref=ref,
    )


def test_two_jobs_of_one_name_are_refused_and_the_others_are_noted_alone(alice):
    runs = [start(alice, *prompt(f"boat {number}")) for number in range(3)]
    claimed = claims.claim([node_run(run).pk for run in runs])
    first, same, other = (
        taken(claim, ref) for claim, ref in zip(claimed, ("job-1", "job-1", "job-2"), strict=True)
    )
    before = everything_stored()
    with pytest.raises(IntegrityError):
        waits.wait_for_results([first, same, other])
    assert everything_stored() == before
    assert set(NodeRun.objects.filter(node_id="make").values_list("status", flat=True)) == {"RUNNING"}
    assert waits.wait_for_results([first]) == [True]
    with pytest.raises(IntegrityError):
        waits.wait_for_results([same])
    assert waits.wait_for_results([other]) == [True]
    assert waits.still_waiting([first, same, other]) == [True, False, True]
    for run in runs:
        prove(run)


def test_an_answer_without_news_makes_no_event(alice):
    run = start(alice, *prompt("a boat"))
    [claim] = claims.claim([node_run(run).pk])
    answer = taken(claim, "job-1")
    assert waits.wait_for_results([answer]) == [True]
    assert waits.still_waiting([answer, answer]) == [True, True]  # nothing new: no event
    run.refresh_from_db()
    assert [event.kind for event in run.events.order_by("seq")][-2:] == [
        "node_run.running",
        "node_run.waiting",
    ]
    prove(run)
