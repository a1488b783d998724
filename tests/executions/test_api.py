"""Execute, poll, read, list and cancel over REST: the shapes of contract §7."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db.models import F

from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from tests.assets.pictures import make_asset
from tests.executions.boards import LIST, collect, each, lines, llm, text
from tests.executions.doors import Api, execute, poll, refusal
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, start, wallet
from tests.executions.scripted import Scripted, done, serve_by, taken
from tests.workflows.graphs import node
from workflows.models import Workflow

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STATE_KEYS = [
    "nodeId", "label", "status", "error", "outputUrl", "outputUrls", "text", "progress", "requestId",
]  # fmt: skip


# Execute


@pytest.mark.parametrize("body", [{}, {"nodes": [], "edges": []}, {"nodes": []}])
def test_execute_answers_with_ids_and_node_runs(api, workflow, body):
    answer = execute(api, workflow, body)
    execution = Execution.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/workflows/executions/{execution.pk}/poll"
    got = answer.json()
    [run] = got["executionRuns"]
    assert MOMENT.fullmatch(run.pop("startTime"))
    assert run == {
        "id": str(execution.pk),
        "endTime": None,
        "status": "RUNNING",
        "error": None,
        "nodeRuns": [
            {
                "nodeId": "ask",
                "status": "COMPLETED",
                "output": {"prompt": "a lighthouse", "text": "a lighthouse"},
            },
            {"nodeId": "make", "status": "PENDING", "output": None},
            {"nodeId": "out", "status": "PENDING", "output": None},
        ],
        "batchId": str(execution.batch_id),
        "runIndexInBatch": 0,
        "inputIndex": 0,
    }
    assert {
        key: got[key] for key in ("workflowId", "batchId", "executionId", "status", "staleDependencies")
    } == {
        "workflowId": workflow.pk,
        "batchId": str(execution.batch_id),
        "executionId": str(execution.pk),
        "status": "RUNNING",
        "staleDependencies": [],
    }


def test_files_in_the_answer_of_a_start_have_whole_addresses(api, alice, tmp_path):
    def of_photo(runs):
        return next(one["output"] for one in runs if one["nodeId"] == "photo")

    asset = make_asset(alice, tmp_path)
    nodes, *steps = prompt("x")
    nodes = [*nodes, node("photo", "input:image", image=asset.id), node("shown", "output:preview")]
    workflow = make_workflow(alice, nodes, *steps, "photo.image shown.media")
    first = execute(api, workflow, **{"Idempotency-Key": "k"})
    shown = of_photo(first.json()["executionRuns"][0]["nodeRuns"])
    assert (shown["url"], shown["image"]["url"]) == (f"http://testserver/media/{asset.name}",) * 2
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).content == first.content
    execution = Execution.objects.get()
    assert of_photo(poll(api, execution)["nodeResults"]["nodeRuns"]) == shown
    api.post(f"/workflows/executions/{execution.pk}/cancel")
    again = api.post(f"/workflows/executions/{execution.pk}/resume").json()
    assert of_photo(again["executionRuns"][0]["nodeRuns"]) == shown


def test_too_few_credits_answer_402_with_the_breakdown(api, alice):
    workflow = make_workflow(alice, *prompt("x"), credits=0)
    status, body = refusal(api, workflow, **{"Idempotency-Key": "k"})
    assert (status, body["code"], body["type"]) == (402, "insufficient_credits", "insufficient_credits_error")
    assert body["error"] == "Insufficient credits. Required: 1, Available: 0"
    assert body["breakdown"] == [{"nodeId": "make", "nodeLabel": "Gemini Text", "credits": 1}]
    assert (body["insufficientCredits"], body["requiredCredits"], body["availableCredits"]) == (True, 1, 0)


def test_a_graph_with_errors_answers_422_with_violations(api, workflow):
    status, body = refusal(api, workflow, {"nodes": [llm("a")], "edges": []})
    assert (status, body["code"], body["violations"][0]["nodeId"]) == (422, "invalid_graph", "a")


def test_an_empty_saved_graph_answers_400(api, alice):
    status, body = refusal(api, make_workflow(alice, []))
    assert (status, body["error"]) == (400, "At least one node must be provided")


def test_an_inactive_workflow_answers_400_after_its_graph_was_checked(api, workflow):
    Workflow.objects.update(is_active=False)
    workflow.refresh_from_db()
    assert refusal(api, workflow)[1]["error"] == "Workflow is not active"
    assert refusal(api, workflow, {"nodes": [llm("a")], "edges": []})[0] == 422


@pytest.mark.parametrize(
    "body",
    [{"nodes": "all"}, {"inputs": []}, {"force": "maybe"}, {"nodes": [1]}, {"iteratorConfigs": {}}],
)
def test_a_body_of_another_shape_answers_400(api, workflow, body):
    assert refusal(api, workflow, body)[0] == 400


def test_another_teams_workflow_is_not_there(client, charlie, workflow):
    status, body = refusal(Api(client, charlie), workflow)
    assert (status, body["error"]) == (404, "Workflow not found")


def test_a_key_without_the_scope_and_a_viewer_may_not_start(client, alice, vera, workflow):
    assert refusal(Api(client, alice, scopes=["workflows:read"]), workflow)[0] == 403
    assert refusal(Api(client, vera), workflow)[0] == 403


def test_a_runner_may_start(client, rita, workflow):
    assert execute(Api(client, rita), workflow).status_code == 201


@pytest.mark.parametrize(
    ("body", "reuse"),
    [({}, "local"), ({"reuse": True}, "all"), ({"force": True}, "none"), ({"targetNodeId": "make"}, "all"),
     ({"targetNodeId": "make", "force": True}, "none"), ({"targetNodeId": None}, "local")],
)  # fmt: skip
def test_what_may_be_reused_is_what_was_asked_for(api, workflow, body, reuse):
    assert execute(api, workflow, body).status_code == 201
    assert Execution.objects.get().reuse == reuse


# Poll and detail


def test_a_poll_of_a_finished_run(api, alice, workflow):
    execution = Hand().finish(start(alice, *prompt("a lighthouse")))
    got = poll(api, execution)
    assert (got["status"], got["error"], got["creditsUsed"], got["seq"]) == (
        "COMPLETED",
        None,
        1,
        execution.last_seq,
    )
    assert MOMENT.fullmatch(got["startTime"])
    assert MOMENT.fullmatch(got["endTime"])
    assert got["durationMs"] >= 0
    assert "data" not in got
    run = got["nodeResults"]["nodeRuns"][1]
    made = NodeRun.objects.get(execution=execution, node_id="make").output["text"]
    assert (run["nodeId"], run["label"], run["nodeType"], run["status"]) == (
        "make", "Gemini Text", "llm:gemini", "COMPLETED",
    )  # fmt: skip
    assert (run["output"], run["error"], run["creditsUsed"], run["provider"]) == (
        {"text": made},
        None,
        1,
        "sandbox",
    )
    state = got["nodeStates"][1]
    assert list(state) == STATE_KEYS
    assert state["requestId"].startswith("sb_")
    assert {**state, "requestId": None} == {
        "nodeId": "make", "label": "Gemini Text", "status": "COMPLETED", "error": None, "outputUrl": None,
        "outputUrls": [], "text": made, "progress": 100, "requestId": None,
    }  # fmt: skip
    assert got["finalOutput"] == {"text": made}


def test_a_poll_of_a_run_at_work(api, alice, monkeypatch):
    serve_by(Scripted(submits=[taken(progress=0.25)]), monkeypatch)
    execution = start(alice, *prompt("x"))
    assert [one["status"] for one in poll(api, execution)["nodeStates"]] == [
        "COMPLETED",
        "PENDING",
        "PENDING",
    ]
    Hand().do(execution)
    got = poll(api, execution)
    assert (got["status"], got["endTime"], got["finalOutput"]) == ("RUNNING", None, None)
    assert [one["status"] for one in got["nodeStates"]] == ["COMPLETED", "RUNNING", "PENDING"]
    assert [one["progress"] for one in got["nodeStates"]] == [100, 25, 0]
    assert got["nodeResults"]["nodeRuns"][1]["progress"] == 25


def test_a_failed_run_says_why_at_the_top_and_on_the_node(api, alice):
    got = poll(api, Hand().finish(start(alice, *prompt("[block]"))))
    sentence = "The sandbox was asked to refuse this prompt as against its policy."
    assert (got["status"], got["error"], got["errorCode"]) == (
        "FAILED",
        f"Gemini Text: {sentence}",
        "content_blocked",
    )
    assert (got["nodeStates"][1]["status"], got["nodeStates"][1]["error"]) == ("FAILED", sentence)
    assert got["creditsUsed"] == 0


def test_the_status_of_an_execution_on_the_wire(api, alice):
    execution = start(alice, *prompt("x"))
    shown = {}
    for stored in ExecutionStatus:
        Execution.objects.update(status=stored)
        shown[stored.value] = poll(api, execution)["status"]
    same = {one: one for one in ("RUNNING", "COMPLETED", "FAILED", "CANCELLED")}
    assert shown == {**same, "PENDING": "RUNNING", "TIMEOUT": "FAILED"}


def test_the_status_of_a_node_run_on_the_wire(api, alice):
    execution = start(alice, *prompt("x"))
    shown = {}
    for stored in NodeStatus:
        NodeRun.objects.filter(node_id="make").update(status=stored)
        Execution.objects.update(last_seq=F("last_seq") + 1)  # as every change of a node run does
        got = poll(api, execution)
        shown[stored.value] = got["nodeStates"][1]["status"]
        assert got["nodeResults"]["nodeRuns"][1]["status"] == shown[stored.value]
    same = {one: one for one in ("PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED", "CANCELLED")}
    assert shown == {**same, "READY": "PENDING", "WAITING": "RUNNING"}


def test_a_list_has_one_node_run_per_item_and_one_state_per_node(api, alice, monkeypatch):
    serve_by(Scripted(submits=[done("A"), done("B")]), monkeypatch)
    nodes = [text("words", "a,b"), lines(), each(), llm("make"), collect()]
    got = poll(api, Hand().finish(start(alice, nodes, *LIST, "each.item make.prompt", "make.text all.item")))
    runs = [run for run in got["nodeResults"]["nodeRuns"] if run["nodeId"] == "make"]
    assert [(run["itemPath"], run["output"]["text"]) for run in runs] == [([0], "A"), ([1], "B")]
    [state] = [one for one in got["nodeStates"] if one["nodeId"] == "make"]
    assert (state["status"], state["text"], state["progress"]) == ("COMPLETED", "A\nB", 100)


def test_the_detail_adds_inputs_logs_and_the_graph(api, alice):
    execution = Hand().finish(start(alice, *prompt("[block]"), inputs={"ask": "[block] new"}))
    got = api.get(f"/workflows/executions/{execution.pk}").json()
    assert {key: got[key] for key in poll(api, execution)} == poll(api, execution)
    assert (got["inputs"], got["triggerData"]) == ({"ask": "[block] new"}, {})
    assert [node["id"] for node in got["graph"]["nodes"]] == ["ask", "make", "out"]
    assert [(log["nodeId"], log["level"], log["message"]) for log in got["logs"]] == [
        (None, "info", "execution.started"),
        ("make", "info", "node_run.running"),
        ("make", "error", "The sandbox was asked to refuse this prompt as against its policy."),
        (None, "error", f"Gemini Text: {got['logs'][2]['message']}"),
    ]
    assert all(MOMENT.fullmatch(log["time"]) for log in got["logs"])


# Cancel


def test_cancel_answers_with_the_cancelled_run_however_often(api, alice):
    execution = start(alice, *prompt("x"))
    for _ in range(2):
        answer = api.post(f"/workflows/executions/{execution.pk}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert wallet(alice) == (1000, 0, 0)


def test_a_viewer_may_read_and_not_cancel(client, vera, alice):
    execution = start(alice, *prompt("x"))
    api = Api(client, vera)
    assert poll(api, execution)["status"] == "RUNNING"
    before = everything_stored()
    assert api.post(f"/workflows/executions/{execution.pk}/cancel").status_code == 403
    assert everything_stored() == before


def test_what_is_not_there_and_what_is_anothers_look_the_same(client, alice, charlie):
    execution, nobody = start(alice, *prompt("x")), uuid.uuid4()
    api = Api(client, charlie)
    for path in ("{}", "{}/poll"):
        theirs, none = (
            api.get(f"/workflows/executions/{path.format(one)}") for one in (execution.pk, nobody)
        )
        assert (theirs.status_code, theirs.json()) == (404, none.json())
    before = everything_stored()
    assert api.post(f"/workflows/executions/{execution.pk}/cancel").status_code == 404
    assert everything_stored() == before
    assert api.get("/workflows/executions").json() == []


def test_an_estimate_says_what_would_be_held(api, alice, workflow):
    answer = api.post(f"/workflows/{workflow.pk}/estimate")
    got = answer.json()["data"]
    assert isinstance(got.pop("estimatedProviderCostUsd"), float)
    assert got == {
        "workflowId": workflow.pk,
        "estimatedCredits": 1,
        "availableCredits": 1000,
        "creditSource": f"user:{alice.pk}",
        "sufficient": True,
        "estimateComplete": True,
        "breakdown": [
            {"nodeId": "make", "nodeLabel": "Gemini Text", "model": "llm:gemini", "credits": 1, "unitCredits": 1,
             "iterations": 1, "unknownIterations": False, "fanOutUncertainty": "none", "reused": False,
             "provider": "sandbox", "ownKey": False}
        ],
        "warnings": [],
    }  # fmt: skip
    assert not Execution.objects.exists()


def test_an_estimate_of_a_list_whose_length_is_made_in_the_run_is_a_lower_bound(api, alice):
    nodes = [text("ask", "x"), llm("write"), lines(), each(), llm("make"), collect()]
    steps = (
        "ask.prompt write.prompt",
        "write.text list.text",
        "list.items each.list",
        "each.item make.prompt",
        "make.text all.item",
    )
    got = api.post(f"/workflows/{make_workflow(alice, nodes, *steps).pk}/estimate").json()["data"]
    assert (got["estimateComplete"], got["estimatedCredits"]) == (False, 2)
    assert [one["fanOutUncertainty"] for one in got["breakdown"]] == ["none", "unknown"]
    assert got["warnings"] == ["How often “Gemini Text” runs shows only during the run."]
