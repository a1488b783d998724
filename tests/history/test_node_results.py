"""The last results of one node: what it made, who wanted it, what it cost and which seed it had."""

from __future__ import annotations

import re

import pytest

from executions.actions import Start, start_execution
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, prompt, start
from tests.factories import actor_for, team_of
from tests.workflows.graphs import chain
from tests.workflows.parts import placed
from workflows.component_actions import make_component

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def told(browser, workflow_id, node_id):
    answer = browser.get(f"/beside/runs/{workflow_id}/{node_id}")
    assert answer.status_code == 200, answer.content
    return answer.json()["runs"]


def test_each_run_of_a_node_says_what_came_of_it_and_for_whom(browser, alice):
    nodes, *steps = prompt("a red fox")
    run = Hand().finish(start(alice, nodes, *steps))
    (one,) = told(browser, run.workflow_id, "ask")
    assert (one["id"], one["who"], one["credits"], one["items"]) == (str(run.pk), str(alice), 0, 1)
    (made,) = one["nodeRuns"]
    assert (made["nodeId"], made["status"], made["output"]["text"]) == ("ask", "COMPLETED", "a red fox")
    assert one["seed"] is None


def test_the_seed_is_the_one_of_the_graph_that_ran(browser, alice):
    nodes, *steps = prompt("a red fox")
    for raw in nodes:
        raw["data"].setdefault("params", {})["seed"] = 41
    run = Hand().finish(start(alice, nodes, *steps))
    assert [one["seed"] for one in told(browser, run.workflow_id, "ask")] == [41]


def test_a_node_that_never_ran_and_one_whose_name_only_begins_alike_are_told_nothing_of(browser, alice):
    run = Hand().finish(start(alice, *prompt("a fox")))
    assert told(browser, run.workflow_id, "gone") == []
    assert told(browser, run.workflow_id, "as") == []


def test_a_component_is_told_of_by_what_ran_within(browser, alice):
    content = {"nodes": [llm("first"), llm("make")], "edges": chain("first.text make.prompt")}
    ports = {"to": [{"node": "first", "handle": "in-prompt"}]}
    content |= {
        "inputs": [{"id": "words", "label": "Words", "type": "TEXT", **ports}],
        "outputs": [],
        "settings": [],
    }
    part = make_component(actor=actor_for(alice), name="Twice", content=content).component
    run = Hand().finish(start(alice, [text("ask", "x"), placed(part.pk)], "ask.prompt part.words"))
    (one,) = told(browser, run.workflow_id, "part")
    assert (one["credits"], one["items"]) == (2, 2)
    assert [made["nodeId"] for made in one["nodeRuns"]] == ["part.first", "part.make"]
    (one,) = told(browser, run.workflow_id, "part.make")
    assert (one["credits"], [made["nodeId"] for made in one["nodeRuns"]]) == (1, ["part.make"])


def test_a_node_whose_name_has_slashes_is_found(browser, alice):
    run = Hand().finish(start(alice, [text("idea/first", "a fox"), preview()], "idea/first.prompt out.value"))
    (one,) = told(browser, run.workflow_id, "idea%2Ffirst")
    assert (one["id"], one["nodeRuns"][0]["nodeId"]) == (str(run.pk), "idea/first")


def test_nobody_is_told_of_another_team(signed_in, alice, charlie):
    run = Hand().finish(start(alice, *prompt("a fox")))
    assert signed_in(charlie).get(f"/beside/runs/{run.workflow_id}/ask").status_code == 404


def test_many_runs_cost_few_questions(browser, alice, django_assert_max_num_queries):
    workflow = make_workflow(alice, *prompt("a fox"))
    team, hand = team_of(alice), Hand()
    for _ in range(5):
        hand.finish(start_execution(workflow=workflow, team=team, start=Start(), user=alice))
    told(browser, workflow.pk, "ask")
    with django_assert_max_num_queries(9) as asked:
        assert len(told(browser, workflow.pk, "ask")) == 5
    whole = [one["sql"] for one in asked.captured_queries if re.search(r'"(trigger_data|edges)"', one["sql"])]
    assert [sql for sql in whole if "workflows_workflow" not in sql.split("WHERE")[0]] == []
