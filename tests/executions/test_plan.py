"""The plan that the canvas shows: what each node would do is what it then does."""

from __future__ import annotations

from typing import Any

import pytest

from executions.actions import Start, start_execution
from executions.models import Execution, NodeRun, Reuse
from executions.plan import plan
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, prove
from tests.factories import actor_for
from tests.workflows.graphs import node
from workflows.models import Workflow


@pytest.fixture
def workflow(alice) -> Workflow:
    """ask → first → make → out, and beside it ask → other."""
    nodes = [
        text("ask", "x"),
        llm("first"),
        llm("make"),
        node("other", "llm:gemini", max_tokens=50),
        preview(),
    ]
    wires = (
        "ask.prompt first.prompt",
        "first.text make.prompt",
        "ask.prompt other.prompt",
        "make.text out.value",
    )
    return make_workflow(alice, nodes, *wires)


def planned(alice, workflow: Workflow, **how: Any) -> dict[str, Any]:
    return plan(workflow, actor_for(alice), Start(**{"reuse": Reuse.ALL, **how}))


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {line["nodeId"]: line["state"] for line in answer["nodes"]}


def run(workflow: Workflow, **how: Any) -> Execution:
    start = Start(**{"reuse": Reuse.ALL, **how})
    execution = start_execution(workflow=workflow, team=workflow.team, start=start)
    Hand().finish(execution)
    prove(execution)
    return execution


def done(execution: Execution) -> dict[str, str]:
    """The same words, of what an execution did."""
    rows = NodeRun.objects.filter(execution=execution)
    return {row.node_id: "cached" if row.is_cached else "run" if row.attempt else "ready" for row in rows}


HOW: tuple[dict[str, Any], ...] = (
    {},
    {"reuse": Reuse.NONE},
    {"target_node_id": "make"},
    {"targets": ("other", "first")},
    {"targets": ("make", "out"), "anew": ("make",)},
    {"anew": ("first",)},
)


@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("ran", [False, True])
def test_a_run_does_what_was_shown_and_costs_it(alice, workflow, how, ran):
    if ran:
        run(workflow, targets=("make",))
    shown = planned(alice, workflow, **how)
    execution = run(workflow, **how)
    # What is made from something made anew is shown as a run; where the same comes out again, it is reused after all.
    luck = {"make"} if how.get("anew") == ("first",) and ran else set()
    did = done(execution)
    did.pop("out", None)  # a preview shows what comes to it: that is no work, whenever it comes
    assert did == {node_id: "cached" if node_id in luck else states(shown)[node_id] for node_id in did}
    assert {*did, "out"} == {
        *did,
        *(node_id for node_id, state in states(shown).items() if state != "idle"),
        "out",
    }
    assert execution.credits_used == shown["credits"] - len(luck)


def test_what_is_not_asked_for_stands_idle(alice, workflow):
    assert states(planned(alice, workflow, targets=("first",))) == {
        "ask": "ready", "first": "run", "make": "idle", "other": "idle", "out": "idle",
    }  # fmt: skip


def test_an_error_blocks_its_node_and_what_waits_for_it(alice):
    nodes = [text("ask", "x"), node("empty", "llm:gemini"), llm("make"), preview()]
    made = make_workflow(alice, nodes, "empty.text make.prompt", "make.text out.value")
    answer = planned(alice, made)
    assert states(answer) == {"ask": "ready", "empty": "blocked", "make": "blocked", "out": "blocked"}
    assert (answer["credits"], answer["seconds"]) == (0, 0)


def test_what_runs_side_by_side_counts_its_time_once(alice, workflow, settings):
    settings.SANDBOX_LATENCY = "4"
    lines = {line["nodeId"]: line["seconds"] for line in planned(alice, workflow)["nodes"]}
    assert (lines["ask"], lines["first"], lines["other"]) == (0, 4, 4)
    assert planned(alice, workflow)["seconds"] == 8 + lines["out"]


def test_a_run_of_several_nodes_refuses_one_that_is_not_there(alice, workflow, signed_in):
    before = Execution.objects.count()
    client = signed_in(alice)
    answer = client.post(
        f"/api/v1/workflows/{workflow.pk}/execute", {"targetNodeIds": ["first", "gone"]}, "application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "node_not_found")
    assert Execution.objects.count() == before


def test_a_plan_says_what_is_wrong_with_the_whole_graph(alice):
    workflow = make_workflow(alice, [text("ask", " "), llm("make"), llm("idle")], "ask.prompt make.prompt")
    answer = planned(alice, workflow, targets=("ask",))
    found = [(one["rule"], one["severity"], one["nodeId"]) for one in answer["violations"]]
    assert sorted(found) == [
        ("required-input-missing", "error", "idle"),
        ("required-input-missing", "error", "make"),
    ]
    assert answer["warnings"] == []


def test_a_plan_says_what_a_start_would_be_refused_for(alice):
    choice = node("choice", "input:select", options=["a", "b"], value="c")
    workflow = make_workflow(alice, [choice, preview()], "choice.value out.value")
    answer = planned(alice, workflow)
    assert [(one["rule"], one["severity"], one["nodeId"]) for one in answer["violations"]] == [
        ("bad-param-value", "error", "choice")
    ]
    assert "must be one of a, b" in answer["violations"][0]["message"]


def test_an_approval_that_nothing_reaches_is_blocked(alice):
    workflow = make_workflow(alice, [node("gate", "logic:approval")])
    assert states(planned(alice, workflow)) == {"gate": "blocked"}
