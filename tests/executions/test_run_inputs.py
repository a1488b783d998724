"""What a saved workflow can be given, and running it with that alone: contract §7.3."""

from __future__ import annotations

import pytest

from executions.models import Execution, IdempotencyKey
from tests.executions.boards import llm, preview, text
from tests.executions.doors import Api
from tests.executions.runs import everything_stored, make_workflow, node_run, prompt, wallet
from tests.workflows.graphs import node
from workflows.models import Workflow

RUN = ("ask.prompt make.prompt", "make.text out.value")


def run(api, workflow, body=None, **headers):
    return api.post(f"/workflows/{workflow.pk}/run", body, **headers)


def described(api, workflow) -> dict:
    answer = api.get(f"/workflows/{workflow.pk}/run")
    assert answer.status_code == 200
    return answer.json()["data"]


def test_the_description_names_each_open_input_and_how_to_send_it(api, workflow):
    assert described(api, workflow) == {
        "workflowId": workflow.pk,
        "workflowName": "Words",
        "inputs": [
            {
                "nodeId": "ask",
                "label": "Text Input",
                "type": "text",
                "required": False,
                "default": "a lighthouse",
                "description": "",
            }
        ],
        "endpoint": f"/api/v1/workflows/{workflow.pk}/run",
        "method": "POST",
        "example": {"inputs": {"ask": "a lighthouse"}},
    }


def test_every_kind_of_input_has_its_type_and_a_list_its_options(api, alice):
    nodes = [
        node("words", "input:text", prompt=""),
        node("photo", "input:image"),
        node("count", "input:number", number=3),
        node("seed", "input:seed"),
        node("big", "input:toggle", value=True),
        node("style", "input:select", options=["ink", "oil"], value="oil"),
        node("rows", "input:table", rows=[{"a": "1"}]),
        llm("make", prompt="x"),
    ]
    inputs = described(api, make_workflow(alice, nodes, "words.prompt make.prompt"))["inputs"]
    assert [(one["nodeId"], one["type"], one["required"], one["default"]) for one in inputs] == [
        ("words", "text", True, ""),
        ("photo", "image", False, None),
        ("count", "number", False, 3),
        ("seed", "number", False, None),
        ("big", "boolean", False, True),
        ("style", "select", False, "oil"),
        ("rows", "table", False, [{"a": "1"}]),
    ]
    assert [one.get("options") for one in inputs if one["type"] == "select"] == [["ink", "oil"]]


def test_exposed_inputs_are_the_only_ones_described(api, alice):
    workflow = make_workflow(alice, [text("ask", "a"), text("other", "b"), llm("make"), preview()], *RUN)
    exposed = [
        {"nodeId": "other", "key": "what", "label": "What", "required": True},
        {"nodeId": "gone", "key": "x", "label": "X", "required": False},
    ]
    Workflow.objects.update(exposed_inputs=exposed)
    [one] = described(api, workflow)["inputs"]
    assert (one["nodeId"], one["key"], one["label"], one["required"]) == ("other", "what", "What", True)


@pytest.mark.parametrize("body", [{}, {"inputs": {}}, None])
def test_a_run_without_inputs_takes_what_is_saved(api, alice, workflow, body):
    answer = run(api, workflow, body)
    execution = Execution.objects.get()
    state = {"executionId": str(execution.pk), "status": "RUNNING"}
    assert (answer.status_code, answer.json()) == (202, {"data": state, **state})
    assert answer.headers["Location"] == f"/api/v1/workflows/executions/{execution.pk}/poll"
    assert node_run(execution, "ask").output["prompt"] == "a lighthouse"
    assert (execution.trigger, execution.started_by, wallet(alice)) == ("api", alice, (999, 1, 0))


def test_inputs_are_written_into_their_nodes_and_the_saved_graph_stays(api, workflow):
    assert run(api, workflow, {"inputs": {"ask": "a harbour"}}).status_code == 202
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a harbour"
    assert described(api, workflow)["inputs"][0]["default"] == "a lighthouse"


def test_a_run_is_of_the_saved_graph_whatever_else_the_body_holds(api, workflow):
    assert run(api, workflow, {"nodes": [text("mine", "x")], "edges": [], "inputs": {}}).status_code == 202
    assert set(Execution.objects.get().node_runs.values_list("node_id", flat=True)) == {"ask", "make", "out"}


@pytest.mark.parametrize("body", [{}, {"inputs": {"ask": ""}}])
def test_a_missing_input_is_named_and_nothing_starts(api, alice, body):
    workflow = make_workflow(alice, *prompt(""))
    before = everything_stored()
    answer = run(api, workflow, body, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"], answer.json()["input"]) == (
        400,
        "missing_input",
        "ask",
    )
    assert answer.json()["error"] == "“Text Input” needs a value. Send it in inputs as “ask”."
    assert everything_stored() == before
    assert not IdempotencyKey.objects.exists()
    assert run(api, workflow, {"inputs": {"ask": "fog"}}).status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [({"inputs": {"make": "x"}}, 400), ({"inputs": {"no": 1}}, 400), ({"inputs": 3}, 400), ([], 400)],
)
def test_what_is_no_input_is_refused_and_nothing_starts(api, workflow, body, status):
    before = everything_stored()
    assert run(api, workflow, body).status_code == status
    assert everything_stored() == before


def test_the_same_key_runs_it_once(api, workflow):
    first = run(api, workflow, {}, **{"Idempotency-Key": "k"})
    again = run(api, workflow, {}, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Execution.objects.count() == 1


def test_scope_role_and_team_are_asked_for(client, api, alice, vera, charlie, workflow):
    assert run(Api(client, alice, scopes=["workflows:read"]), workflow).status_code == 403
    assert run(Api(client, vera), workflow).status_code == 403
    assert run(Api(client, charlie), workflow).status_code == 404
    assert Api(client, charlie).get(f"/workflows/{workflow.pk}/run").status_code == 404
    assert described(Api(client, vera), workflow)["workflowId"] == workflow.pk
    assert not Execution.objects.exists()
