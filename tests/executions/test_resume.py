"""Running again what failed, without paying again for what succeeded."""

from __future__ import annotations

import pytest

from assets.models import Asset
from executions.models import Execution, NodeRun
from providers.errors import ContentBlocked
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.doors import Api, poll
from tests.executions.runs import (
    Hand,
    everything_stored,
    make_workflow,
    prompt,
    prove,
    start,
    statuses,
    wallet,
)
from tests.executions.scripted import Scripted, done, serve_by
from workflows.models import Workflow

CHAIN = (
    [text("ask", "x"), llm("first"), llm("second"), preview()],
    (
        "ask.prompt first.prompt",
        "first.text second.prompt",
        "second.text out.value",
    ),
)


def resume(api, execution, **headers):
    return api.post(f"/workflows/executions/{execution.pk}/resume", **headers)


def broken(alice, monkeypatch, *, then: str = "B") -> Execution:
    """A chain whose second call was refused; the next call answers."""
    serve_by(Scripted(submits=[done("A"), ContentBlocked("No."), done(then)]), monkeypatch)
    nodes, steps = CHAIN
    return Hand().finish(start(alice, nodes, *steps))


def refused(api, execution) -> tuple[int, dict]:
    before = everything_stored()
    answer = resume(api, execution)
    assert everything_stored() == before
    return answer.status_code, answer.json()


def test_only_what_did_not_succeed_is_made_and_paid(api, alice, monkeypatch):
    old = broken(alice, monkeypatch)
    assert (old.status, wallet(alice)) == ("FAILED", (999, 0, 1))
    answer = resume(api, old)
    got = answer.json()
    new = Execution.objects.get(pk=got["executionId"])
    assert (answer.status_code, got["status"], got["resumedFrom"]) == (201, "RUNNING", str(old.pk))
    assert answer.headers["Location"] == f"/api/v1/workflows/executions/{new.pk}/poll"
    assert [(one["nodeId"], one["status"]) for one in got["executionRuns"][0]["nodeRuns"]] == [
        ("ask", "COMPLETED"), ("first", "COMPLETED"), ("second", "PENDING"), ("out", "PENDING"),
    ]  # fmt: skip
    assert wallet(alice) == (998, 1, 1)
    prove(Hand().finish(new))
    shown = poll(api, new)
    assert (shown["status"], shown["finalOutput"], shown["creditsUsed"]) == ("COMPLETED", {"text": "B"}, 1)
    first = shown["nodeResults"]["nodeRuns"][1]
    assert (first["cached"], first["creditsUsed"], first["output"]["text"]) == (True, 0, "A")
    assert wallet(alice) == (998, 0, 2)
    old.refresh_from_db()
    assert old.status == "FAILED"
    assert (new.trigger, new.version_id, new.inputs) == ("resume", old.version_id, old.inputs)


def test_a_cancelled_run_goes_on_too(api, alice):
    execution = start(alice, *prompt("x"), inputs={"ask": "y"})
    api.post(f"/workflows/executions/{execution.pk}/cancel")
    new = Execution.objects.get(pk=resume(api, execution).json()["executionId"])
    assert new.inputs == {"ask": "y"}
    assert Hand().finish(new).status == "COMPLETED"


def test_the_items_of_a_list_that_failed_are_made_and_collected_anew(api, alice, monkeypatch):
    scripted = Scripted(
        submits=[done("A"), ContentBlocked("No."), done("B"), ContentBlocked("Still."), done("C")]
    )
    serve_by(scripted, monkeypatch)
    nodes = [text("words", "a,b"), lines(), each(), llm("make"), collect(), llm("last"), preview()]
    steps = (
        *LIST,
        "each.item make.prompt",
        "make.text all.item",
        "all.list last.prompt",
        "last.text out.value",
    )
    old = Hand().finish(start(alice, nodes, *steps))
    assert statuses(old)["make 1"] == "FAILED"
    Execution.objects.filter(pk=old.pk).update(status="FAILED")
    new = Hand().finish(Execution.objects.get(pk=resume(api, old).json()["executionId"]))
    rows = {str(row): row for row in NodeRun.objects.filter(execution=new)}
    assert (rows["make 0"].is_cached, rows["make 1"].is_cached, rows["all"].is_cached) == (True, False, False)
    assert rows["last"].is_cached is False


def test_a_result_whose_file_was_deleted_is_made_again(api, alice, monkeypatch):
    old = broken(alice, monkeypatch)
    NodeRun.objects.filter(execution=old, node_id="first").update(
        output={"text": Asset(name="x.csv", content_type="text/csv", bytes=1).as_value()}
    )
    assert not Asset.objects.exists()
    new = Execution.objects.get(pk=resume(api, old).json()["executionId"])
    assert statuses(new) == {"ask": "COMPLETED", "first": "READY", "second": "PENDING", "out": "PENDING"}


def test_the_same_key_resumes_once(api, alice, monkeypatch):
    old = broken(alice, monkeypatch)
    answers = [resume(api, old, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert Execution.objects.count() == 2


def test_who_did_not_start_it_may_not_resume_it(client, rita, bob, alice, monkeypatch):
    old = broken(alice, monkeypatch)
    for person in (rita, bob):
        status, body = refused(Api(client, person), old)
        assert (status, body["error"], body["code"]) == (
            403, "Forbidden: Cannot resume execution you do not own", "forbidden",
        )  # fmt: skip


def test_an_owner_of_the_team_may_resume_what_a_member_started(api, rita, monkeypatch):
    old = broken(rita, monkeypatch)
    assert resume(api, old).status_code == 201


def test_strangers_viewers_and_keys_without_the_scope_may_not(client, charlie, vera, alice, monkeypatch):
    old = broken(alice, monkeypatch)
    assert refused(Api(client, charlie), old) == (
        404, {"error": "Execution not found", "code": "not_found", "type": "invalid_request_error"},
    )  # fmt: skip
    assert refused(Api(client, vera), old)[1]["error"] == "Forbidden"
    assert refused(Api(client, alice, scopes=["workflows:read"]), old)[1]["code"] == "insufficient_scope"


def test_what_runs_or_is_complete_is_not_resumed(api, alice):
    execution = start(alice, *prompt("x"))
    assert refused(api, execution)[1]["code"] == "not_resumable"
    Hand().finish(execution)
    status, body = refused(api, execution)
    assert (status, body["type"], body["error"]) == (
        409, "conflict_error", "This run is complete. Start a new one instead.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [({"deleted_at": "2026-11-21T09:00:00Z"}, 404, "Workflow not found"),
     ({"is_active": False}, 400, "Workflow is not active")],
)  # fmt: skip
def test_a_workflow_that_may_not_run_is_not_resumed(api, alice, monkeypatch, change, status, error):
    old = broken(alice, monkeypatch)
    Workflow.objects.update(**change)
    answer = refused(api, old)
    assert (answer[0], answer[1]["error"]) == (status, error)


def test_too_few_credits_resume_nothing(api, alice, monkeypatch):
    serve_by(Scripted(submits=[done("A"), ContentBlocked("No.")]), monkeypatch)
    nodes, steps = CHAIN
    workflow = make_workflow(alice, nodes, *steps, credits=2)
    answer = api.post(f"/workflows/{workflow.pk}/execute")
    old = Hand().finish(Execution.objects.get(pk=answer.json()["executionId"]))
    other = make_workflow(alice, *prompt("x"), credits=0)
    api.post(f"/workflows/{other.pk}/execute")
    assert wallet(alice) == (0, 1, 1)
    status, body = refused(api, old)
    assert (status, body["requiredCredits"]) == (402, 1)
