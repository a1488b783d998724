"""Stopping a run in every state: no further call, nothing written afterwards, and every credit goes back."""

from __future__ import annotations

import uuid

import pytest
from django.db.models.functions import Now

from accounts.models import ApiKey, AuditEntry, User
from executions.actions import cancel_execution, time_out_execution
from executions.engine import claims, due, orphans
from executions.models import Event, Execution, NodeRun, Submission
from executions.states import ExecutionStatus
from providers.errors import ServerFault
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.doors import Api, poll
from tests.executions.runs import (
    Hand,
    age,
    end_of,
    everything_stored,
    node_run,
    prompt,
    prove,
    start,
    statuses,
    until,
    wallet,
)
from tests.executions.scripted import Scripted, done, serve_by, taken


def cancel(execution: Execution) -> bool:
    return cancel_execution(execution_id=execution.pk)


def is_stopped(execution: Execution, user) -> None:
    """It is cancelled for good, at no cost, and nothing of it is left to do."""
    prove(execution)
    assert execution.status == ExecutionStatus.CANCELLED
    assert wallet(user) == (1000, 0, 0)
    assert set(
        NodeRun.objects.filter(execution=execution, node_id="make").values_list("status", flat=True)
    ) == {"CANCELLED"}
    before = everything_stored()
    assert not cancel(execution)
    assert claims.claim(list(NodeRun.objects.values_list("pk", flat=True))) == []
    assert due.claim_polls(list(NodeRun.objects.values_list("pk", flat=True))) == []
    assert due.wake_retries(list(NodeRun.objects.values_list("pk", flat=True))) == []
    assert everything_stored() == before


def test_before_anybody_took_the_work_up(alice):
    execution = start(alice, *prompt("x"))
    assert cancel(execution)
    is_stopped(execution, alice)
    assert not Submission.objects.exists()
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["execution.started", "node_run.cancelled", "node_run.cancelled", "execution.cancelled"]


def test_while_the_call_is_on_its_way(alice, monkeypatch):
    execution = start(alice, *prompt("x"))

    def cancelled_meanwhile():
        assert cancel(execution)
        return taken("job-9")

    hand = Hand()
    serve_by(Scripted(submits=[cancelled_meanwhile]), monkeypatch).elsewhere = hand.database
    hand.do(execution)
    is_stopped(execution, alice)
    # the answer named the job, so that it can be stopped
    assert hand.stopped == [node_run(execution).pk]
    assert [job.ref for job in orphans.of_node_runs(hand.stopped)] == ["job-9"]
    assert hand.waits == []


def test_while_the_result_is_on_its_way(alice, monkeypatch):
    execution = start(alice, *prompt("x"))

    def cancelled_meanwhile():
        assert cancel(execution)
        return done("too late")

    hand = Hand()
    serve_by(Scripted(submits=[cancelled_meanwhile]), monkeypatch).elsewhere = hand.database
    hand.do(execution)
    is_stopped(execution, alice)
    assert node_run(execution).output is None


def test_while_the_provider_works(alice, monkeypatch):
    serve_by(Scripted(submits=[taken("job-9")]), monkeypatch)
    execution = start(alice, *prompt("x"))
    Hand().do(execution)
    assert node_run(execution).status == "WAITING"
    assert cancel(execution)
    is_stopped(execution, alice)
    assert [job.ref for job in orphans.of_node_runs([node_run(execution).pk])] == ["job-9"]


def test_while_it_is_asked_for(alice, monkeypatch):
    execution = start(alice, *prompt("x"))

    def cancelled_meanwhile():
        assert cancel(execution)
        return done("too late")

    hand = Hand()
    provider = serve_by(Scripted(submits=[taken()], fetches=[cancelled_meanwhile]), monkeypatch)
    provider.elsewhere = hand.database
    hand.do(execution)
    age(NodeRun.objects.filter(node_id="make"), due_at=Now())
    [claim] = due.claim_polls([node_run(execution).pk])
    hand.poll(claim)
    is_stopped(execution, alice)


def test_while_it_waits_for_its_next_try(alice, monkeypatch):
    provider = serve_by(Scripted(submits=[ServerFault("Down.")]), monkeypatch)
    execution = start(alice, *prompt("x"))
    Hand().do(execution)
    assert cancel(execution)
    age(NodeRun.objects.filter(node_id="make"), due_at=Now())
    is_stopped(execution, alice)
    assert len(provider.keys) == 1


def test_what_was_made_before_stays_and_is_paid(alice):
    nodes = [text("a", "x"), llm("first"), llm("make"), preview()]
    execution = start(alice, nodes, "a.prompt first.prompt", "first.text make.prompt", "make.text out.value")
    Hand().do(execution)
    assert cancel(execution)
    prove(execution)
    assert statuses(execution) == {
        "a": "COMPLETED",
        "first": "COMPLETED",
        "make": "CANCELLED",
        "out": "CANCELLED",
    }
    assert wallet(alice) == (999, 0, 1)
    assert execution.credits_used == 1


def test_in_the_middle_of_a_list(alice):
    nodes = [text("words", "a,b,c,d"), lines(), each(concurrency=2), llm("make"), collect()]
    execution = start(alice, nodes, *LIST, "each.item make.prompt", "make.text all.item")
    Hand().do(execution)
    assert cancel(execution)
    prove(execution)
    found = list(NodeRun.objects.filter(node_id="make").order_by("id").values_list("status", flat=True))
    assert found == ["COMPLETED", "COMPLETED", "CANCELLED", "CANCELLED"]
    assert wallet(alice) == (998, 0, 2)


@pytest.mark.parametrize("words", ["x", "[block]"])
def test_a_run_that_is_over_cannot_be_stopped(alice, words):
    execution = Hand().finish(start(alice, *prompt(words)))
    before, status = everything_stored(), execution.status
    assert not cancel(execution)
    assert not time_out_execution(execution_id=execution.pk)
    execution.refresh_from_db()
    assert (everything_stored(), execution.status) == (before, status)


def test_a_run_that_is_not_there_cannot_be_stopped(db):
    assert not cancel_execution(execution_id=uuid.uuid4())


def test_a_run_past_its_time_says_so(alice, settings):
    execution = start(alice, *prompt("x"))
    assert time_out_execution(execution_id=execution.pk)
    prove(execution)
    assert (execution.status, execution.error_code) == ("TIMEOUT", "timeout")
    assert execution.error == "The run took longer than 30 minutes and was stopped."
    assert wallet(alice) == (1000, 0, 0)


def test_it_is_told_who_stopped_a_run_and_with_which_key(client, alice, bob, signed_in):
    by_page, by_key, by_ticks = (start(alice, *prompt("x")) for _ in range(3))
    browser = signed_in(bob)
    browser.post(f"/executions/{by_page.pk}/cancel")
    Api(client, bob).post(f"/workflows/executions/{by_key.pk}/cancel")
    Api(client, alice).post(f"/workflows/executions/{by_key.pk}/cancel")  # it was over
    browser.post("/executions/bulk", {"do": "cancel", "run": [by_ticks.pk, by_page.pk]})
    told = {one: poll(Api(client, alice), one)["stoppedBy"] for one in (by_page, by_key, by_ticks)}
    assert told == {by_page: "Bob", by_key: "Bob · test", by_ticks: "Bob"}
    ends = Event.objects.filter(kind="execution.cancelled").values_list("execution", "data__stoppedBy")
    assert dict(ends) == {one.pk: who for one, who in told.items()}
    page = browser.get(f"/executions/{by_key.pk}").content.decode()
    assert '<span class="small muted">stopped by Bob · test</span>' in page
    assert "stopped by Bob · test" in browser.get("/executions").content.decode()
    log = AuditEntry.objects.filter(action="run.stopped").order_by("pk")
    assert list(log.values_list("who", "key", "subject")) == [
        ("bob@example.org", "", str(by_page.pk)),
        ("bob@example.org", str(ApiKey.objects.get(user=bob)), str(by_key.pk)),
        ("bob@example.org", "", str(by_ticks.pk)),
    ]


def test_a_run_is_stopped_with_a_key_of_a_long_name_by_somebody_of_a_long_name(client, alice):
    execution, api = start(alice, *prompt("x")), Api(client, alice)
    User.objects.update(name="A" * 200)
    ApiKey.objects.update(name="k" * 200)
    assert api.post(f"/workflows/executions/{execution.pk}/cancel").status_code == 200
    execution.refresh_from_db()
    assert execution.stopped_by == "A" * 96 + "… · " + "k" * 200
    assert len(execution.stopped_by) == Execution._meta.get_field("stopped_by").max_length


def test_nobody_is_named_for_a_run_that_ended_by_itself_or_by_its_time(client, alice):
    done_one, late = start(alice, *prompt("x")), start(alice, *prompt("x"))
    Hand().finish(done_one)
    assert time_out_execution(execution_id=late.pk)
    assert {poll(Api(client, alice), one)["stoppedBy"] for one in (done_one, late)} == {None}


def test_the_engine_stops_the_jobs_of_a_cancelled_run(engine, alice, monkeypatch):
    provider = serve_by(Scripted(submits=[taken("job-9", poll_after=60)]), monkeypatch)
    execution = start(alice, *prompt("x"))
    until(lambda: node_run(execution).status == "WAITING")
    assert cancel(execution)
    until(lambda: Submission.objects.get().state == "failed")
    assert provider.stopped == ["job-9"]
    assert end_of(execution).status == "CANCELLED"


def test_the_engine_stops_a_job_whose_name_comes_after_the_cancelling(engine, alice, monkeypatch):
    begun = []

    def cancelled_meanwhile():
        begun.append(True)
        until(lambda: Execution.objects.get().is_over)
        return taken("job-9")

    provider = serve_by(Scripted(submits=[cancelled_meanwhile]), monkeypatch)
    execution = start(alice, *prompt("x"))
    until(lambda: begun)
    assert cancel(execution)
    until(lambda: Submission.objects.get().state == "failed")
    assert set(provider.stopped) == {"job-9"}
    assert end_of(execution).status == "CANCELLED"
    assert wallet(alice) == (1000, 0, 0)


def test_a_provider_that_cannot_be_reached_is_asked_to_stop_again(engine, alice, monkeypatch):
    provider = serve_by(Scripted(submits=[taken("job-9", poll_after=60)]), monkeypatch)
    provider.deaf = ServerFault("Down.")
    execution = start(alice, *prompt("x"))
    until(lambda: node_run(execution).status == "WAITING")
    assert cancel(execution)
    until(lambda: provider.stopped)
    assert orphans.node_runs_with_orphans() == [node_run(execution).pk]
    provider.deaf = None
    engine.cancelled(orphans.node_runs_with_orphans())
    until(lambda: Submission.objects.get().state == "failed")
    assert orphans.node_runs_with_orphans() == []
