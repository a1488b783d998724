"""What a node's policy makes of its failure: the run stops, goes on without it, or tries another model."""

from __future__ import annotations

import pytest

from executions.engine import due
from executions.models import Execution, Submission
from executions.wire import node_run_object
from providers.catalog import load_catalog
from providers.errors import ContentBlocked, ServerFault
from tests.executions.boards import Table, llm, node, preview, text
from tests.executions.runs import Hand, age, node_run, prove, start, statuses, wallet
from tests.executions.scripted import Scripted, done, serve_by, taken

LABEL = load_catalog()["llm:gemini"].title
OTHER = {"nodeType": "llm:openrouter_router"}


def failing(made, on_error: str, **more):
    made["data"] |= {"onError": on_error, **more}
    return made


def beside(on_error: str, **more):
    """Two calls, of which the first may fail, joined; and one of its own after the first."""
    nodes = [
        text("ask", "x"),
        failing(llm("make"), on_error, **more),
        llm("also"),
        node("merge", "logic:merge"),
        node("needs", "utility:text_split"),
        preview(),
    ]
    steps = (
        "ask.prompt make.prompt", "ask.prompt also.prompt", "make.text merge.a", "also.text merge.b",
        "make.text needs.text", "merge.value out.value",
    )  # fmt: skip
    return nodes, *steps


def finished(user, monkeypatch, how, *submits) -> tuple[Execution, Scripted]:
    provider = serve_by(Scripted(submits=submits), monkeypatch)
    execution = start(user, *how)
    hand = Hand()
    for name in ("make", "also"):  # in this order, so that the script is met in it
        hand.carry(hand.claim([node_run(execution, name)])[0])
    hand.finish(execution)
    prove(execution)
    return execution, provider


def test_a_run_goes_on_without_a_node_that_may_fail(alice, monkeypatch):
    run, _ = finished(alice, monkeypatch, beside("skip"), ContentBlocked("No."), done("second"))
    assert (run.status, run.warnings) == ("COMPLETED", [f"{LABEL}: No."])
    assert statuses(run) == {
        "ask": "COMPLETED", "make": "FAILED", "also": "COMPLETED", "merge": "COMPLETED", "needs": "SKIPPED",
        "out": "COMPLETED",
    }  # fmt: skip
    skipped = node_run_object(node_run(run, "needs"))
    assert (skipped["skipReason"], skipped["statusWord"]) == ("left_out", "skipped: an earlier step failed")
    assert node_run(run, "out").output["value"] == ["second"]
    assert wallet(alice)[2] == node_run(run, "also").credits_used > 0


@pytest.mark.parametrize("on_error", ["stop", "stopWorkflow", ""])
def test_otherwise_it_stops_what_depends_on_it(on_error, alice, monkeypatch):
    run, _ = finished(alice, monkeypatch, beside(on_error), ContentBlocked("No."), done("second"))
    assert (run.status, run.error) == ("FAILED", f"{LABEL}: No.")
    assert (node_run(run, "needs").status, node_run(run, "out").status) == ("PENDING", "PENDING")


def test_a_run_of_which_nothing_is_left_has_failed(alice, monkeypatch):
    nodes = [text("ask", "x"), failing(llm("make"), "skip")]
    serve_by(Scripted(submits=[ContentBlocked("No.")]), monkeypatch)
    run = Hand().finish(start(alice, nodes, "ask.prompt make.prompt"))
    assert (run.status, run.error) == ("FAILED", f"{LABEL}: No.")


def test_an_item_that_may_fail_drops_out_and_counts_as_no_failure():
    nodes = [
        text("ask", "fine\nbad\ngood"),
        node("split", "utility:text_split"),
        node("each", "utility:iterate", on_item_error="stop"),
        failing(llm("make"), "skip"),
        node("all", "utility:collect", min_items=2),
    ]
    steps = ("ask.prompt split.text", "split.items each.list", "each.item make.prompt", "make.text all.item")
    table = Table(nodes, *steps)
    end = table.run()
    assert (str(end.status), table.board.cells["all", ()].outputs["list"]) == (
        "COMPLETED",
        ["<fine>", "<good>"],
    )


def fallen_back(user, monkeypatch, *submits, other=OTHER, fetches=()) -> tuple[Execution, Scripted]:
    provider = serve_by(Scripted(submits=submits, fetches=fetches), monkeypatch)
    nodes = [text("ask", "x"), failing(llm("make"), "fallback", fallback=other), preview()]
    return start(user, nodes, "ask.prompt make.prompt", "make.text out.value"), provider


def test_another_model_makes_it_when_its_own_does_not(alice, monkeypatch):
    run, provider = fallen_back(alice, monkeypatch, ContentBlocked("Not this."), done("by the other"))
    hand = Hand()
    held = node_run(run).price
    hand.do(run)
    row = node_run(run)
    assert (row.status, row.node_type, row.fell_back) == ("READY", "llm:openrouter_router", "Not this.")
    told = node_run_object(row)
    assert (told["statusWord"], told["fallbackReason"]) == ("queued for its fallback", "Not this.")
    hand.finish(run)
    prove(run)
    row = node_run(run)
    assert (run.status, row.output["text"], row.error) == ("COMPLETED", "by the other", "")
    assert node_run_object(row)["statusWord"] == "done by its fallback"
    assert len(set(provider.keys)) == 2
    assert list(Submission.objects.order_by("id").values_list("number", "state")) == [
        (1, "failed"),
        (2, "done"),
    ]
    assert 0 < row.credits_used <= held
    assert wallet(alice) == (1000 - row.credits_used, 0, row.credits_used)


def test_a_fallback_that_fails_too_ends_it(alice, monkeypatch):
    run, provider = fallen_back(alice, monkeypatch, ContentBlocked("Not this."), ContentBlocked("Nor this."))
    run = Hand().finish(run)
    prove(run)
    assert (run.status, run.error) == ("FAILED", f"{LABEL}: Nor this.")
    assert (len(provider.keys), wallet(alice)) == (2, (1000, 0, 0))


def test_faults_that_may_pass_are_tried_three_times_before_the_other_model_is(
    alice, monkeypatch, quick_retries
):
    run, provider = fallen_back(alice, monkeypatch, *[ServerFault("Down.")] * 3, done("by the other"))
    hand = Hand()
    for _ in range(3):
        hand.do(run)
        age([node_run(run)], due_at="2026-01-01T00:00:00Z") if node_run(run).status == "WAITING" else None
        due.wake_retries([node_run(run).pk])
    assert (node_run(run).fell_back, node_run(run).tries) == ("Down.", 0)
    hand.finish(run)
    assert (run.status, len(provider.keys)) == ("COMPLETED", 4)


def test_a_job_that_fails_while_it_is_asked_for_falls_back_too(alice, monkeypatch):
    run, _ = fallen_back(alice, monkeypatch, taken(), done("by the other"), fetches=[ContentBlocked("Late.")])
    hand = Hand()
    hand.do(run)
    hand.poll(due.claim_polls([node_run(run).pk])[0])
    assert node_run(run).fell_back == "Late."
    hand.finish(run)
    prove(run)
    assert run.status == "COMPLETED"


def test_another_model_of_the_same_node_is_a_fallback(alice, monkeypatch):
    nodes = [
        text("ask", "x"),
        failing(
            node("make", "llm:openrouter_router"), "fallback", fallback={"params": {"model": "a/second"}}
        ),
    ]
    serve_by(Scripted(submits=[ContentBlocked("No."), done("x")]), monkeypatch)
    run = start(alice, nodes, "ask.prompt make.prompt")
    hand = Hand()
    [first] = hand.claim([node_run(run)])
    hand.carry(first)
    [second] = hand.claim([node_run(run)])
    assert (first.gathered.params["model"] != "a/second", second.gathered.params["model"]) == (
        True,
        "a/second",
    )


def test_a_time_limit_of_a_node_ends_it(alice, monkeypatch):
    provider = serve_by(Scripted(submits=[taken()], fetches=[taken()]), monkeypatch)
    made = llm("make")
    made["data"]["timeLimit"] = 3
    run = start(alice, [text("ask", "x"), made], "ask.prompt make.prompt")
    hand = Hand()
    hand.do(run)
    Submission.objects.update(sent_at="2026-01-01T00:00:00Z")
    hand.poll(due.claim_polls([node_run(run).pk])[0])
    run.refresh_from_db()
    assert (run.status, run.error) == ("FAILED", f"{LABEL}: It took longer than 3 seconds and was stopped.")
    assert provider.stopped == ["job-1"]
