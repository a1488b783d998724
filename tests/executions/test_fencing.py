"""Late words of an attempt that lost its work change nothing, whichever words they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction
from django.db.models.functions import Now

from accounts.gathered import Overtaken
from executions.engine import claims, due, orphans, record, results, waits
from executions.engine.sweeper import recover_lost
from executions.engine.waits import Wait
from executions.models import Execution, NodeRun, Submission
from executions.states import SubmissionState
from providers.errors import ServerFault
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
from tests.executions.scripted import Scripted, done, serve_by, taken


@pytest.fixture
def execution(alice) -> Execution:
    return start(alice, *prompt("x"))


def frozen_and_taken_over(execution: Execution) -> tuple[claims.Claim, claims.Claim]:
    """The claim of a worker that slept through its lease, and that of the one who has the work now."""
    [late] = claims.claim([node_run(execution).pk])
    age([node_run(execution)], lease_until="2026-01-01T00:00:00Z")
    assert recover_lost() == 1
    [current] = claims.claim([node_run(execution).pk])
    assert (late.attempt, current.attempt) == (1, 2)
    return late, current


def complete(claim: claims.Claim, text: str) -> list[int]:
    return results.complete([result_of(claim, text)])


def retry(claim: claims.Claim, **how) -> bool:
    return record.retry_later(
        execution_id=claim.execution_id,
        node_run_id=claim.node_run_id,
        attempt=claim.attempt,
        delay=5,
        uses_try=True,
        error=ServerFault("Down."),
        **how,
    )


def wait(claim: claims.Claim, ref: str = "job-1") -> bool:
    assert claim.submission is not None
    taken = replace(wait_of(claim), submission_id=claim.submission.id, ref=ref)
    return waits.wait_for_results([taken]) == [True]


def wait_of(claim: claims.Claim) -> Wait:
    return Wait(claim.execution_id, claim.node_run_id, claim.attempt, delay=0, progress=None)


def put_back(claim: claims.Claim) -> bool:
    return record.put_back(
        execution_id=claim.execution_id, node_run_id=claim.node_run_id, attempt=claim.attempt
    )


def still(claim: claims.Claim) -> bool:
    return waits.still_waiting([replace(wait_of(claim), delay=60, progress=0.5)]) == [True]


def fail(claim: claims.Claim) -> list[int]:
    return record.fail(node_run_id=claim.node_run_id, attempt=claim.attempt, error=ServerFault("Down."))


LATE_WORDS = {
    "a result": lambda claim: complete(claim, "late"),
    "a failure": fail,
    "a retry": retry,
    "still waiting": still,
    "given back": put_back,
}


@pytest.mark.parametrize("word", LATE_WORDS)
def test_late_words_of_a_lost_attempt_change_nothing(execution, word):
    late, current = frozen_and_taken_over(execution)
    row = NodeRun.objects.values().get(pk=late.node_run_id)
    before = everything_stored()
    assert not LATE_WORDS[word](late)
    assert NodeRun.objects.values().get(pk=late.node_run_id) == row
    assert everything_stored() == before
    assert Submission.objects.get().state == SubmissionState.INTENT
    complete(current, "mine")
    assert node_run(execution).output == {"text": "mine"}
    prove(execution)


@pytest.mark.parametrize("word", LATE_WORDS)
def test_late_words_after_the_result_change_nothing(alice, execution, word):
    late, current = frozen_and_taken_over(execution)
    complete(current, "mine")
    row = NodeRun.objects.values().get(pk=late.node_run_id)
    before = everything_stored()
    assert not LATE_WORDS[word](late)
    assert not LATE_WORDS[word](current)
    assert NodeRun.objects.values().get(pk=late.node_run_id) == row
    assert everything_stored() == before
    assert Submission.objects.get().state == SubmissionState.DONE
    assert wallet(alice) == (999, 0, 1)


def test_a_late_answer_does_not_open_a_submission_again(execution):
    late, current = frozen_and_taken_over(execution)
    complete(current, "mine")
    assert not wait(late)
    assert Submission.objects.get().state == SubmissionState.DONE


def test_a_late_answer_tells_the_name_of_the_job_that_both_attempts_share(execution):
    late, current = frozen_and_taken_over(execution)
    assert not wait(late)
    assert (Submission.objects.get().state, Submission.objects.get().provider_ref) == ("sent", "job-1")
    assert node_run(execution).status == "RUNNING"
    assert wait(current)


def test_a_late_answer_among_others_is_passed_over(alice, execution):
    late, _ = frozen_and_taken_over(execution)
    other = start(alice, *prompt("y"))
    [fresh] = claims.claim([node_run(other).pk])
    taken = [
        replace(wait_of(claim), submission_id=claim.submission.id, ref=f"job-{claim.node_run_id}")
        for claim in (late, fresh)
        if claim.submission is not None
    ]
    assert waits.wait_for_results(taken) == [False, True]
    assert [row.status for row in NodeRun.objects.filter(node_id="make").order_by("pk")] == [
        "RUNNING",
        "WAITING",
    ]
    assert waits.still_waiting([replace(one, delay=60, progress=0.5) for one in taken]) == [False, True]
    prove(execution)
    prove(other)


def test_answers_whose_submissions_are_over_undo_each_other_and_are_written_alone(alice, execution):
    late, current = frozen_and_taken_over(execution)
    assert late.submission is not None
    complete(current, "mine")
    other = start(alice, *prompt("y"))
    [fresh] = claims.claim([node_run(other).pk])
    assert fresh.submission is not None
    over = replace(wait_of(late), submission_id=late.submission.id, ref="job-1")
    begun = replace(wait_of(fresh), submission_id=fresh.submission.id, ref="job-2")
    before = everything_stored()
    with pytest.raises(Overtaken), transaction.atomic():
        waits.wait_for_results([over, begun])
    assert everything_stored() == before
    assert [waits.wait_for_results([one]) for one in (over, begun)] == [[False], [True]]
    prove(other)


def test_a_job_shared_with_the_current_attempt_is_not_stopped(execution, monkeypatch):
    late, current = frozen_and_taken_over(execution)
    serve_by(Scripted(submits=[taken("job-1")] * 2), monkeypatch)
    hand = Hand()
    hand.carry(late)

    assert hand.stopped == [late.node_run_id]
    assert orphans.of_node_runs(hand.stopped) == []
    hand.carry(current)
    assert node_run(execution).status == "WAITING"


def test_two_polls_that_bring_the_same_failure_use_up_one_try(execution):
    [claim] = claims.claim([node_run(execution).pk])
    assert wait(claim)
    first = second = due.claim_polls([node_run(execution).pk])[0]
    assert retry(first)
    assert not retry(second)
    assert not still(second)
    assert (node_run(execution).tries, node_run(execution).wait_for) == (1, "retry")
    prove(execution)


def test_two_polls_that_bring_the_same_result_are_one_result(alice, execution, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[done("first"), done("second")]), monkeypatch)
    hand = Hand()
    hand.do(execution)
    [first] = due.claim_polls([node_run(execution).pk])
    age([node_run(execution)], due_at=Now())
    [second] = due.claim_polls([node_run(execution).pk])
    hand.poll(first)
    hand.poll(second)
    assert node_run(execution).output == {"text": "first"}
    assert wallet(alice) == (999, 0, 1)
    prove(execution)


def test_a_poll_is_made_by_one_engine_only(execution):
    [claim] = claims.claim([node_run(execution).pk])
    assert wait(claim)
    assert len(due.claim_polls([claim.node_run_id])) == 1
    assert due.claim_polls([claim.node_run_id]) == []


def test_work_is_claimed_once(execution):
    assert len(claims.claim([node_run(execution).pk] * 2)) == 1
    assert claims.claim([node_run(execution).pk]) == []


def test_a_heartbeat_prolongs_what_is_held_and_names_what_was_lost(execution):
    late, current = frozen_and_taken_over(execution)
    age([node_run(execution)], lease_until="2026-01-01T00:00:00Z")
    assert claims.heartbeat({late.node_run_id: late.attempt}) == {late.node_run_id}
    assert claims.heartbeat({current.node_run_id: current.attempt}) == set()
    assert recover_lost() == 0


def test_what_is_given_back_is_claimed_by_the_next_one_and_uses_up_no_try(execution):
    [claim] = claims.claim([node_run(execution).pk])
    assert put_back(claim)
    assert (node_run(execution).status, node_run(execution).tries) == ("READY", 0)
    [again] = claims.claim([claim.node_run_id])
    assert claim.submission is not None
    assert again.submission is not None
    assert (again.attempt, again.submission.key) == (2, claim.submission.key)
    prove(execution)
