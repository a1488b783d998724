"""Runs of graphs with components: planned, priced, reused and recorded as the nodes inside."""

from __future__ import annotations

import pytest

from executions.actions import Start, start_execution
from executions.estimate import estimate
from executions.models import Execution, NodeRun, Reuse
from executions.plan import plan
from executions.runs import graph_of
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, prove, statuses, wallet
from tests.factories import actor_for, team_of
from tests.workflows.graphs import Json, chain
from tests.workflows.parts import placed
from workflows.component_actions import change_component, delete_component, make_component
from workflows.errors import InvalidGraph
from workflows.models import Component, Workflow

CONTENT: Json = {
    "nodes": [llm("first"), llm("make")],
    "edges": chain("first.text make.prompt"),
    "inputs": [
        {"id": "words", "label": "Words", "type": "TEXT", "to": [{"node": "first", "handle": "in-prompt"}]}
    ],
    "outputs": [{"id": "text", "label": "Text", "type": "TEXT", "node": "make", "handle": "out-text"}],
    "settings": [{"id": "system", "label": "System", "node": "make", "param": "system_prompt"}],
}
STEPS = ("ask.prompt part.words", "part.text out.value")
INSIDE = ["part.first", "part.make"]


@pytest.fixture
def component(alice) -> Component:
    return make_component(actor=actor_for(alice), name="Twice", content=CONTENT).component


@pytest.fixture
def workflow(alice, component) -> Workflow:
    return make_workflow(alice, [text("ask", "x"), placed(component.pk), preview()], *STEPS)


def run(workflow: Workflow, **how: object) -> Execution:
    execution = start_execution(workflow=workflow, team=workflow.team, start=Start(**how))
    Hand().finish(execution)
    prove(execution)
    return execution


def reused(execution: Execution) -> set[str]:
    return set(NodeRun.objects.filter(execution=execution, is_cached=True).values_list("node_id", flat=True))


def test_the_nodes_inside_run_and_are_paid(alice, workflow):
    execution = run(workflow)
    assert statuses(execution) == dict.fromkeys(["ask", *INSIDE, "out"], "COMPLETED")
    assert execution.credits_used == 2
    assert wallet(alice) == (998, 0, 2)
    labels = NodeRun.objects.filter(execution=execution, node_id__in=INSIDE).values_list("label", flat=True)
    assert sorted(labels) == ["Twice › Gemini Text", "Twice › Gemini Text"]


def test_results_of_the_same_nodes_outside_are_taken(alice, workflow):
    plain = make_workflow(
        alice, [text("ask", "x"), llm("first"), llm("make"), preview()],
        "ask.prompt first.prompt", "first.text make.prompt", "make.text out.value", credits=0,
    )  # fmt: skip
    run(plain)
    again = run(workflow, reuse=Reuse.ALL)
    assert (again.credits_used, reused(again)) == (0, set(INSIDE))


def test_it_is_run_by_its_own_name_and_then_anew(alice, workflow):
    run(workflow)
    again = run(workflow, target_node_id="part", reuse=Reuse.ALL)
    assert statuses(again) == dict.fromkeys(["ask", *INSIDE], "COMPLETED")
    assert (again.credits_used, reused(again)) == (2, set())
    part = run(workflow, targets=["out"], anew=["part"], reuse=Reuse.ALL)
    assert (part.credits_used, reused(part)) == (2, set())
    inner = run(workflow, targets=["part.first"], reuse=Reuse.ALL)
    assert statuses(inner) == dict.fromkeys(["ask", "part.first"], "COMPLETED")


def test_a_setting_of_the_node_reaches_the_one_inside(alice, component):
    part = placed(component.pk, system="Be brief.")
    workflow = make_workflow(alice, [text("ask", "x"), part, preview()], *STEPS)
    node = graph_of(run(workflow)).nodes["part.make"]
    assert node.params["system_prompt"] == "Be brief."


def test_it_is_priced_and_planned_by_what_is_inside(alice, workflow):
    lines = estimate(workflow, actor_for(alice), Start())["breakdown"]
    assert [(line["nodeId"], line["credits"]) for line in lines] == [(one, 1) for one in INSIDE]
    planned = {one["nodeId"]: one for one in plan(workflow, actor_for(alice), Start())["nodes"]}
    assert [planned[one]["state"] for one in INSIDE] == ["run", "run"]


def test_what_is_wrong_with_it_blocks_the_nodes_inside(alice, component):
    nodes = [text("ask", "x"), placed(component.pk), preview()]
    workflow = make_workflow(alice, nodes, *STEPS)
    edges = [*workflow.graph_json()[1], *chain("ask.prompt part.nothing")]
    before = Execution.objects.count()
    for targets in ([], ["out"]):
        with pytest.raises(InvalidGraph):
            start_execution(
                workflow=workflow, team=team_of(alice), start=Start(nodes=nodes, edges=edges, targets=targets)
            )
    assert Execution.objects.count() == before


def test_a_graph_that_comes_with_the_start_is_filled_in(alice, workflow, component):
    nodes = [text("ask", "x"), placed(component.pk), preview()]
    execution = run(workflow, nodes=nodes, edges=chain(*STEPS))
    assert statuses(execution) == dict.fromkeys(["ask", *INSIDE, "out"], "COMPLETED")
    assert (
        estimate(workflow, actor_for(alice), Start(nodes=nodes, edges=chain(*STEPS)))["estimatedCredits"] == 2
    )


def test_runs_and_graphs_stay_as_they_were(alice, workflow, component):
    execution = run(workflow)
    shorter = {**CONTENT, "nodes": [llm("make")], "edges": [], "inputs": []}
    change_component(actor=actor_for(alice), component=component, base_version=1, content=shorter)
    delete_component(component=component)
    assert statuses(run(workflow)) == statuses(execution)
    assert graph_of(execution).order == ("ask", *INSIDE, "out")
