"""What a provider's answer means: tries, waits, charges and sentences by the class of the error."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now
from django.utils.timezone import localtime

from executions.engine import due
from executions.models import Execution, NodeRun, Submission
from providers.base import Job, JobState
from providers.errors import (
    AuthFailed,
    BadOutput,
    Cancelled,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    JobFailed,
    ModelUnavailable,
    NoOutput,
    ProviderError,
    ProviderLost,
    RateLimited,
    ResultLost,
    ServerFault,
    Timeout,
    UnknownOutcome,
)
from tests.executions.runs import Hand, age, node_run, prompt, prove, start, wallet
from tests.executions.scripted import Answer, Scripted, done, serve_by, taken

FOR_GOOD = (
    AuthFailed,
    Cancelled,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    ProviderLost,
    ResultLost,
    Timeout,
)
THREE_TRIES = (ServerFault, JobFailed)
TWO_TRIES = (NoOutput, BadOutput)


@pytest.fixture
def serve(monkeypatch):
    def scripted(*submits: Answer, fetches: tuple[Answer, ...] = (), takes_keys: bool = True) -> Scripted:
        return serve_by(Scripted(submits=submits, fetches=fetches, takes_keys=takes_keys), monkeypatch)

    return scripted


def go_on(hand: Hand, execution: Execution) -> NodeRun:
    """Let the time of every wait come, and do what is due."""
    waiting = NodeRun.objects.filter(execution=execution, status="WAITING")
    age(waiting, due_at=Now())
    ids = list(waiting.values_list("pk", flat=True))
    due.wake_retries(ids)
    for claim in due.claim_polls(ids):
        hand.poll(claim)
    hand.do(execution)
    return node_run(execution)


def to_the_end(hand: Hand, execution: Execution, *, most: int = 10) -> NodeRun:
    hand.do(execution)
    for _ in range(most):
        if node_run(execution).is_over:
            break
        go_on(hand, execution)
    hand.finish(execution)
    prove(execution)
    return node_run(execution)


@pytest.mark.parametrize("error", FOR_GOOD, ids=lambda error: error.__name__)
def test_an_error_that_will_not_pass_fails_the_step_at_once(alice, serve, error):
    provider = serve(error("No."))
    execution = start(alice, *prompt("x"))
    row = to_the_end(Hand(), execution)
    assert (row.status, row.error, row.error_code, row.attempt) == ("FAILED", "No.", error.code, 1)
    assert len(provider.keys) == 1
    assert wallet(alice) == (1000, 0, 0)
    assert Submission.objects.get().state == "failed"
    assert (execution.status, execution.error, execution.error_code) == (
        "FAILED",
        "Gemini Text: No.",
        error.code,
    )


@pytest.mark.parametrize("error", THREE_TRIES, ids=lambda error: error.__name__)
def test_a_fault_that_may_pass_is_tried_three_times(alice, serve, error):
    provider = serve(error("Down."), error("Down."), error("Still down."))
    hand = Hand()
    row = to_the_end(hand, start(alice, *prompt("x")))
    assert (row.status, row.error, row.tries, row.attempt) == ("FAILED", "Still down.", 2, 3)
    assert len(provider.keys) == 3
    assert [0.5 <= hand.waits[0] <= 1, 2 <= hand.waits[1] <= 4] == [True, True]
    assert wallet(alice) == (1000, 0, 0)


@pytest.mark.parametrize("error", TWO_TRIES, ids=lambda error: error.__name__)
def test_an_answer_that_is_no_use_is_asked_for_once_more(alice, serve, error):
    provider = serve(error("Nothing."), error("Nothing again."), done("never asked for"))
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert (row.status, row.error, row.tries, row.attempt) == ("FAILED", "Nothing again.", 1, 2)
    assert len(provider.keys) == 2
    assert wallet(alice) == (1000, 0, 0)


def test_the_third_try_may_succeed_and_is_paid_once(alice, serve):
    provider = serve(ServerFault("Down."), ServerFault("Down."), done("at last"))
    execution = start(alice, *prompt("x"))
    row = to_the_end(Hand(), execution)
    assert (row.status, row.error, row.error_code) == ("COMPLETED", "", "")
    assert row.output == {"text": "at last"}
    assert wallet(alice) == (999, 0, 1)
    assert len(set(provider.keys)) == 1  # refused calls are made again with the same key
    assert [(one.number, one.calls, one.state) for one in Submission.objects.all()] == [(1, 3, "done")]
    assert execution.status == "COMPLETED"


def test_too_many_calls_wait_as_long_as_the_provider_says_and_use_up_no_try(alice, serve):
    answers = [RateLimited("Slow down.", retry_after=7.0)] * 5
    serve(*answers, done())
    hand = Hand()
    row = to_the_end(hand, start(alice, *prompt("x")))
    assert (row.status, row.tries, hand.waits) == ("COMPLETED", 0, [7.0] * 5)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [(3600.0, 300.0, 300.0), (0.0, 0.5, 1.0), (None, 0.5, 1.0), (0.001, 0.1, 0.1)],
)
def test_waits_for_a_provider_are_bounded(alice, serve, retry_after, least, most):
    serve(RateLimited("Slow down.", retry_after=retry_after))
    hand = Hand()
    hand.do(start(alice, *prompt("x")))
    assert least <= hand.waits[0] <= most


def test_a_step_that_waits_for_its_next_try_says_so(alice, serve):
    serve(ServerFault("Down."))
    execution = start(alice, *prompt("x"))
    Hand().do(execution)
    row = node_run(execution)
    assert (row.status, row.wait_for, row.error) == ("WAITING", "retry", "Down.")
    assert execution.events.last().data["statusWord"] == "waiting to try again"
    assert wallet(alice) == (999, 1, 0)
    prove(execution)


def test_an_unknown_outcome_is_asked_again_with_the_same_key(alice, serve):
    provider = serve(UnknownOutcome("Silence."), done())
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert row.status == "COMPLETED"
    assert len(provider.keys) == 2
    assert len(set(provider.keys)) == 1
    assert Submission.objects.get().duplicate_possible is False


def test_without_keys_an_unknown_outcome_is_called_once_more_and_marked(alice, serve):
    provider = serve(UnknownOutcome("Silence."), done(), takes_keys=False)
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert row.status == "COMPLETED"
    assert len(set(provider.keys)) == 2
    assert [(one.state, one.duplicate_possible) for one in Submission.objects.order_by("number")] == [
        ("unknown", False),
        ("done", True),
    ]
    assert wallet(alice) == (999, 0, 1)


def test_without_keys_a_second_unknown_outcome_fails_the_step(alice, serve):
    provider = serve(UnknownOutcome("Silence."), UnknownOutcome("Silence."), takes_keys=False)
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert (row.status, row.error_code, len(provider.keys)) == ("FAILED", "unknown_outcome", 2)
    assert wallet(alice) == (1000, 0, 0)


def test_without_keys_a_refused_call_is_a_new_submission_and_no_duplicate(alice, serve):
    provider = serve(ServerFault("Down."), done(), takes_keys=False)
    assert to_the_end(Hand(), start(alice, *prompt("x"))).status == "COMPLETED"
    assert len(set(provider.keys)) == 2
    assert not Submission.objects.filter(duplicate_possible=True).exists()


def test_a_job_is_asked_for_until_it_is_done(alice, serve):
    provider = serve(taken(progress=0.1), fetches=(taken(progress=0.5), taken(progress=0.5), done()))
    execution = start(alice, *prompt("x"))
    row = to_the_end(Hand(), execution)
    assert (row.status, row.polls, row.request_id) == ("COMPLETED", 3, "job-1")
    assert provider.asked == ["job-1"] * 3
    told = [event.data["progress"] for event in execution.events.filter(kind="node_run.waiting")]
    assert told == [10, 50]


@pytest.mark.parametrize(
    "fault", [ServerFault("Down."), RateLimited("Slow down.", retry_after=2.0)], ids=repr
)
def test_a_poll_that_fails_is_made_again_and_uses_up_no_try(alice, serve, fault):
    serve(taken(), fetches=(fault, fault, fault, done()))
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert (row.status, row.tries, row.polls) == ("COMPLETED", 0, 4)


def test_a_job_that_failed_is_started_anew_under_a_new_key(alice, serve):
    provider = serve(taken("job-1"), taken("job-2"), fetches=(BadOutput("Garbage."), done(ref="job-2")))
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert (row.status, row.tries) == ("COMPLETED", 1)
    assert len(set(provider.keys)) == 2
    assert [(one.state, one.provider_ref) for one in Submission.objects.order_by("number")] == [
        ("failed", "job-1"),
        ("done", "job-2"),
    ]
    assert wallet(alice) == (999, 0, 1)


LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("said", [taken(), ServerFault("Down."), RateLimited("Slow down.")], ids=repr)
def test_a_job_that_takes_longer_than_its_kind_may_is_stopped(alice, serve, said):
    provider = serve(taken(), fetches=(said,))
    execution = start(alice, *prompt("x"))
    hand = Hand()
    hand.do(execution)
    Submission.objects.update(sent_at=LONG_AGO)
    row = to_the_end(hand, execution)
    assert (row.status, row.error_code) == ("FAILED", "timeout")
    assert row.error.startswith("It took longer than ")
    assert (provider.asked, provider.stopped) == (["job-1"], ["job-1"])
    assert wallet(alice) == (1000, 0, 0)


def test_a_job_that_was_begun_anew_has_its_whole_time(alice, serve):
    provider = serve(taken(), taken("job-2"), fetches=(JobFailed("Down."), taken("job-2"), done(ref="job-2")))
    execution = start(alice, *prompt("x"))
    hand = Hand()
    hand.do(execution)
    age([node_run(execution)], started_at=LONG_AGO)
    row = to_the_end(hand, execution)
    assert (row.status, provider.asked, provider.stopped) == ("COMPLETED", ["job-1", "job-2", "job-2"], [])


def test_a_job_that_was_done_while_nobody_was_there_to_ask_is_taken(alice, serve):
    provider = serve(taken(), fetches=(done("made"),))
    execution = start(alice, *prompt("x"))
    hand = Hand()
    hand.do(execution)
    Submission.objects.update(sent_at=LONG_AGO)
    row = to_the_end(hand, execution)
    assert (row.status, row.output, provider.stopped) == ("COMPLETED", {"text": "made"}, [])
    assert wallet(alice) == (999, 0, 1)


def test_an_answer_without_a_result_is_none(alice, serve):
    provider = serve(*[Job("job-1", JobState.DONE, {})] * 2)
    row = to_the_end(Hand(), start(alice, *prompt("x")))
    assert (row.status, row.error_code) == ("FAILED", "no_output")
    assert len(provider.keys) == 2  # each is paid there, so once more and no oftener


def test_every_error_says_whether_it_may_be_tried_again():
    known = {*FOR_GOOD, *THREE_TRIES, *TWO_TRIES, RateLimited, UnknownOutcome}
    assert {
        error for error in ProviderError.__subclasses__() if error.__module__ == "providers.errors"
    } <= known


def test_the_page_of_a_run_says_when_something_is_tried_again(alice, serve, signed_in):
    serve(RateLimited("Slow down.", retry_after=90.0))
    execution = start(alice, *prompt("x"))
    browser = signed_in(alice)

    def page() -> str:
        return browser.get(f"/executions/{execution.pk}").content.decode()

    assert "tried again" not in page()
    Hand().do(execution)
    row = node_run(execution)
    assert f'tried again <time datetime="{localtime(row.due_at).isoformat()}"' in page()
    age([row], due_at=Now())
    due.wake_retries([row.pk])
    assert "tried again" not in page()
