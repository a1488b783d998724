"""The same pressed twice: the second one is asked, and nothing of it is stored or paid before that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from executions.models import Execution, IdempotencyKey
from tests.executions.boards import preview, text
from tests.executions.doors import Api, execute
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, prove
from tests.workflows.graphs import node
from workflows.models import Workflow


@pytest.fixture
def workflow(alice) -> Workflow:
    return make_workflow(alice, *prompt("a boat"))


@pytest.fixture
def press(signed_in):
    """``press(alice, workflow)``: she presses Run on the canvas."""

    def perform(user, workflow: Workflow, *, sure: bool = False, **body: Any):
        return signed_in(user).post(
            f"/api/v1/workflows/{workflow.pk}/execute",
            json.dumps({"reuse": True, "unlessRunning": not sure, **body}),
            content_type="application/json",
            headers={"Idempotency-Key": f"press {Execution.objects.count()} of {user}"},
        )

    return perform


def refused(press, user, workflow: Workflow, **body: Any) -> dict[str, Any]:
    before, keys = everything_stored(), IdempotencyKey.objects.count()
    answer = press(user, workflow, **body)
    assert (everything_stored(), IdempotencyKey.objects.count()) == (before, keys)
    assert answer.status_code == 409
    assert answer.json()["code"] == "same_run"
    return answer.json()


def test_whoever_presses_run_for_what_runs_already_is_told_of_that_run(press, alice, bob, workflow):
    first = press(alice, workflow).json()["executionId"]
    told = refused(press, bob, workflow)
    assert (told["executionId"], told["startedBy"], told["isYours"]) == (first, "Alice", False)
    assert refused(press, alice, workflow)["isYours"] is True
    assert press(bob, workflow, sure=True).status_code == 201
    assert Execution.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"targetNodeId": "make"}, {"anewNodeIds": ["make"]}, {"inputs": {"ask": "a plane"}}]
)
def test_another_start_is_another_thing(press, alice, bob, workflow, other):
    press(alice, workflow)
    assert press(bob, workflow, **other).status_code == 201


def test_what_is_to_be_made_anew_is_made(press, alice, bob, workflow):
    for user in (alice, bob):
        assert press(user, workflow, force=True).status_code == 201


def test_another_draft_is_another_thing(press, alice, bob, workflow):
    press(alice, workflow)
    nodes, edges = workflow.graph_json()
    changed = [{**one, "data": {**one["data"], "params": {"prompt": "a plane"}}} for one in nodes[:1]]
    assert press(bob, workflow, nodes=[*changed, *nodes[1:]], edges=edges).status_code == 201


def test_a_run_that_ended_while_somebody_pressed_counts_and_ones_own_does_not(press, alice, bob):
    # a node that is asked for is made anew, and so would be paid twice
    nodes = [text("ask", "a boat"), node("make", "llm:gemini"), preview()]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")
    assert press(alice, workflow, targetNodeId="make").status_code == 201
    execution = Execution.objects.get()
    Hand().finish(execution)
    prove(execution)
    refused(press, bob, workflow, targetNodeId="make")
    assert press(alice, workflow, targetNodeId="make").status_code == 201


def test_what_costs_nothing_is_not_asked_about(press, alice, bob, workflow):
    press(alice, workflow)
    Hand().finish(Execution.objects.get())
    answer = press(bob, workflow)
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")


def test_a_failed_run_stops_nobody(press, alice, bob):
    workflow = make_workflow(alice, *prompt("[block]"))
    press(alice, workflow)
    Hand().finish(Execution.objects.get())
    assert press(bob, workflow).status_code == 201


def test_calls_that_do_not_ask_are_never_refused(client, alice, workflow):
    api = Api(client, alice)
    assert [execute(api, workflow, {"reuse": True}).status_code for _ in range(2)] == [201, 201]
