"""Runs of graphs with disabled, bypassed and pinned nodes: what is done, what it costs, what is refused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from executions.actions import Start, accept_executions, cancel_execution, start_execution
from executions.batches import ItemList
from executions.estimate import estimate
from executions.models import GUEST, Execution, NodeRun, Reuse, Submission
from executions.plan import plan
from executions.resuming import resume_execution
from tests.executions.boards import collect, each, lines, llm, preview, text
from tests.executions.runs import Hand, everything_stored, make_workflow, prove, statuses, wallet
from tests.factories import actor_for, team_of
from tests.workflows.graphs import Json, chain
from workflows.models import Workflow

WIRES = ("ask.prompt first.prompt", "first.text make.prompt", "make.text out.value")


def said(made: Json, **data: object) -> Json:
    return made | {"data": made["data"] | data}


def run(workflow: Workflow, **how: object) -> Execution:
    execution = start_execution(workflow=workflow, team=workflow.team, start=Start(**how))
    Hand().finish(execution)
    prove(execution)
    return execution


def reasons(execution: Execution) -> dict[str, str]:
    return dict(NodeRun.objects.filter(execution=execution).values_list("node_id", "skip_reason"))


def planned(alice, workflow: Workflow, **how: object) -> dict[str, str]:
    answer = plan(workflow, actor_for(alice), Start(**how))
    return {line["nodeId"]: line["state"] for line in answer["nodes"]}


def rerun(
    workflow: Workflow, *, data: dict[str, Json], nodes: list[Json] | None = None, **how: object
) -> Execution:
    """A run of the workflow's graph with more said of its nodes."""
    return run(workflow, **sent(workflow, data=data, nodes=nodes), **how)


def sent(
    workflow: Workflow, *, data: dict[str, Json], nodes: list[Json] | None = None
) -> dict[str, list[Json]]:
    stored, edges = workflow.graph_json()
    return {
        "nodes": [said(one, **data.get(one["id"], {})) for one in nodes or stored],
        "edges": list(edges),
    }


@pytest.fixture
def workflow(alice) -> Workflow:
    """ask → first → make → out"""
    return make_workflow(alice, [text("ask", "x"), llm("first"), llm("make"), preview()], *WIRES)


def pinned_to(execution: Execution, node_id: str) -> Json:
    return {"pinned": {"executionId": str(execution.pk), "nodeId": node_id}}


def test_what_is_disabled_and_what_needs_it_is_skipped_and_costs_nothing(alice, workflow):
    before = wallet(alice)
    execution = rerun(workflow, data={"make": {"runMode": "disabled"}})
    assert execution.status == "COMPLETED"
    assert statuses(execution) == {
        "ask": "COMPLETED",
        "first": "COMPLETED",
        "make": "SKIPPED",
        "out": "SKIPPED",
    }
    assert reasons(execution) == {"ask": "", "first": "", "make": "disabled", "out": "depends"}
    after = wallet(alice)
    assert (before[0] - after[0], after[1]) == (execution.credits_used, 0)
    assert set(
        Submission.objects.filter(node_run__execution=execution).values_list("node_run__node_id", flat=True)
    ) == {"first"}


def test_past_a_bypassed_node_goes_what_came_in(alice, workflow, settings):
    sent_twice = make_workflow(
        alice,
        [text("ask", "x"), said(llm("first"), runMode="bypassed"), llm("make"), preview()],
        *WIRES,
    )
    execution = run(sent_twice)
    assert reasons(execution) == {"ask": "", "first": "bypassed", "make": "", "out": ""}
    assert execution.credits_used == NodeRun.objects.get(execution=execution, node_id="make").credits_used
    # Its content is that of a graph in which the one leads to the other, so a result is reused.
    plain = make_workflow(
        alice, [text("ask", "x"), llm("make"), preview()], "ask.prompt make.prompt", "make.text out.value"
    )
    again = run(plain, reuse=Reuse.ALL)
    assert NodeRun.objects.get(execution=again, node_id="make").is_cached


def test_a_pinned_node_gives_what_it_gave_whatever_changed_before_it(alice, workflow):
    first = run(workflow)
    made = NodeRun.objects.get(execution=first, node_id="make").output
    other = [text("ask", "another"), llm("first"), llm("make"), preview()]
    spent = wallet(alice)
    for how in (
        {},
        {"reuse": Reuse.NONE},
        {"target_node_id": "make"},
        {"targets": ("make",), "anew": ("make",)},
    ):
        execution = rerun(workflow, nodes=other, data={"make": pinned_to(first, "make")}, **how)
        row = NodeRun.objects.get(execution=execution, node_id="make")
        assert (row.output, row.skip_reason, row.credits_used, row.attempt) == (made, "pinned", 0, 0), how
        assert reasons(execution)["first"] == "unneeded", how
    assert wallet(alice) == spent
    assert not Submission.objects.exclude(node_run__execution=first).exists()


def test_the_plan_and_the_estimate_say_what_the_run_then_does(alice, workflow):
    first = run(workflow)
    edges = chain(*WIRES)
    for data, states, credits in (
        ({"make": {"runMode": "disabled"}}, ["ready", "run", "disabled", "depends"], 1),
        ({"first": {"runMode": "bypassed"}}, ["ready", "bypassed", "run", "run"], 1),
        ({"make": pinned_to(first, "make")}, ["unneeded", "unneeded", "pinned", "run"], 0),
    ):
        nodes = [
            said(one, **data.get(one["id"], {}))
            for one in (text("ask", "x"), llm("first"), llm("make"), preview())
        ]
        made = make_workflow(alice, nodes, *WIRES, credits=0)
        found = planned(alice, made)
        assert [found[name] for name in ("ask", "first", "make")] == states[:3]
        unit = estimate(workflow, actor_for(alice), Start())["breakdown"][0]["unitCredits"]
        told = estimate(made, actor_for(alice), Start(nodes=nodes, edges=edges))
        assert told["estimatedCredits"] == credits * unit
        assert run(made).credits_used == told["estimatedCredits"]


def test_a_list_keeps_its_pinned_items_and_says_which_has_none(alice):
    nodes = [text("ask", "a,b"), lines(), each(), llm("make"), collect(), preview()]
    wires = (
        "ask.prompt list.text", "list.items each.list", "each.item make.prompt", "make.text all.item",
        "all.list out.value",
    )  # fmt: skip
    made = make_workflow(alice, nodes, *wires)
    first = run(made)
    two = rerun(made, data={"make": pinned_to(first, "make")})
    assert (two.status, two.credits_used) == ("COMPLETED", 0)
    longer = [text("ask", "a,b,c"), *nodes[1:]]
    three = rerun(made, nodes=longer, data={"make": pinned_to(first, "make")})
    rows = NodeRun.objects.filter(execution=three, node_id="make").order_by("id")
    assert [(row.status, row.error_code) for row in rows] == [
        ("COMPLETED", ""), ("COMPLETED", ""), ("FAILED", "pinned_result_missing"),
    ]  # fmt: skip
    shorter = rerun(made, nodes=[text("ask", "a"), *nodes[1:]], data={"make": pinned_to(first, "make")})
    assert NodeRun.objects.filter(execution=shorter, node_id="make").count() == 1


@pytest.fixture
def execute(signed_in):
    def post(user, workflow: Workflow, body: dict[str, object]):
        return signed_in(user).post(f"/api/v1/workflows/{workflow.pk}/execute", body, "application/json")

    return post


@pytest.mark.parametrize("whose", ["nobody", "charlie"])
def test_a_result_that_is_gone_or_anothers_is_refused_and_nothing_is_stored(
    alice, charlie, workflow, execute, whose
):
    theirs = run(make_workflow(charlie, [text("ask", "x"), llm("first"), llm("make"), preview()], *WIRES))
    pin = pinned_to(theirs, "make")
    if whose == "nobody":
        pin = {"pinned": {"executionId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}}
    before = everything_stored()
    answer = execute(alice, workflow, sent(workflow, data={"make": pin}))
    assert answer.status_code == 422
    [problem] = answer.json()["violations"]
    assert (problem["rule"], problem["nodeId"], problem["field"]) == ("pinned-result-gone", "make", "pinned")
    assert problem["fix"] == "Unpin it to run it again."
    assert everything_stored() == before


def test_a_pinned_picture_that_was_deleted_is_refused(alice, execute):
    nodes = [
        text("ask", "x"),
        said(llm("first")),
        {"id": "make", "data": {"nodeType": "generate:nano_banana_2", "params": {}}},
        preview(),
    ]
    made = make_workflow(
        alice, nodes, "ask.prompt first.prompt", "first.text make.prompt", "make.images out.value"
    )
    first = run(made)
    body = sent(made, data={"make": pinned_to(first, "make")})
    assert execute(alice, made, body).status_code == 201
    Asset.objects.filter(team=team_of(alice)).delete()
    assert execute(alice, made, body).json()["violations"][0]["rule"] == "pinned-result-gone"


def test_a_pinned_node_needs_neither_what_feeds_it_nor_the_wire(alice, workflow):
    first = run(workflow)
    made = NodeRun.objects.get(execution=first, node_id="make").output
    pin = pinned_to(first, "make")
    disabled = rerun(workflow, data={"first": {"runMode": "disabled"}, "make": pin})
    unwired = run(
        workflow, nodes=[said(llm("make"), **pin), preview()], edges=list(chain("make.text out.value"))
    )
    for execution in (disabled, unwired):
        rows = NodeRun.objects.filter(execution=execution)
        assert (execution.status, execution.credits_used) == ("COMPLETED", 0)
        assert [rows.get(node_id=name).status for name in ("make", "out")] == ["COMPLETED", "COMPLETED"]
        assert rows.get(node_id="make").output == made


def test_the_runs_of_a_batch_read_what_is_pinned_once(workflow):
    first = run(workflow)
    graph = sent(workflow, data={"make": pinned_to(first, "make")})
    start = Start(**graph, lists=[ItemList("ask", ["a", "b", "c"])])
    with CaptureQueriesContext(connection) as queries:
        accepted = accept_executions(workflow=workflow, team=workflow.team, start=start)
    reads = [
        one["sql"] for one in queries if f'NOT ("executions_execution"."trigger" = \'{GUEST}\'' in one["sql"]
    ]
    assert (len(accepted), len(reads)) == (3, 1)


def test_a_graph_of_which_nothing_runs_is_refused(alice, workflow, execute):
    before = everything_stored()
    answer = execute(alice, workflow, sent(workflow, data={"ask": {"runMode": "disabled"}}))
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing_to_run")
    assert everything_stored() == before


def test_over_the_api_a_run_tells_how_each_node_came_to_its_result(alice, workflow, execute, signed_in):
    first = run(workflow)
    data = {"make": pinned_to(first, "make"), "out": {"runMode": "disabled"}}
    answer = execute(alice, workflow, sent(workflow, data=data))
    found = signed_in(alice).get(f"/api/v1/workflows/executions/{answer.json()['executionId']}").json()
    told = {
        one["nodeId"]: (one["status"], one["skipReason"], one["statusWord"])
        for one in found["nodeResults"]["nodeRuns"]
    }
    assert told == {
        "ask": ("SKIPPED", "unneeded", "not needed: a pinned result is used"),
        "first": ("SKIPPED", "unneeded", "not needed: a pinned result is used"),
        "make": ("COMPLETED", "pinned", "pinned"),
        "out": ("SKIPPED", "disabled", "disabled"),
    }
    assert found["status"] == "COMPLETED"
    page = signed_in(alice).get(f"/executions/{answer.json()['executionId']}").content.decode()
    assert "the result that was pinned to it, 0 credits" in page
    assert "somebody has disabled it" in page


def test_what_was_off_stays_off_when_a_run_is_resumed(alice):
    nodes = [
        text("ask", "x"),
        said(llm("first"), runMode="bypassed"),
        llm("make"),
        preview(),
        text("no", "bad"),
    ]
    made = make_workflow(alice, nodes, *WIRES)
    execution = start_execution(workflow=made, team=made.team, start=Start(), user=alice)
    assert cancel_execution(execution_id=execution.pk)
    execution.refresh_from_db()
    [accepted] = resume_execution(execution=execution, actor=actor_for(alice))
    Hand().finish(accepted.execution)
    prove(accepted.execution)
    assert reasons(accepted.execution)["first"] == "bypassed"
    assert statuses(accepted.execution)["make"] == "COMPLETED"
