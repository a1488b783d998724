"""Versions that somebody keeps: apart from the draft, named, never written again."""

from __future__ import annotations

import pytest

from tests.factories import actor_for
from tests.workflows.graphs import node
from workflows import actions
from workflows.ids import written
from workflows.models import Version, Workflow


@pytest.fixture
def tab(alice, workflow, signed_in):
    """``tab("get", "/…")`` asks about the workflow's versions as its canvas does."""
    client = signed_in(alice)

    def ask(method: str, path: str = "", **body: object):
        address = f"/workflows/{workflow.pk}/versions{path}"
        answer = getattr(client, method)(address, body or None, content_type="application/json")
        return answer.status_code, answer.json()

    return ask


def draw(workflow: Workflow, *nodes: dict[str, object]) -> None:
    fresh = Workflow.objects.get(pk=workflow.pk)
    actions.save_draft(workflow=fresh, base_updated_at=written(fresh.updated_at), nodes=nodes, edges=[])


def test_a_version_is_kept_under_its_name_and_comes_back_whole(tab, workflow):
    before = Workflow.objects.get(pk=workflow.pk).graph_json()
    status, kept = tab("post", name="Before the big change")
    assert (status, kept["name"], kept["keptBy"]) == (201, "Before the big change", "Alice")
    draw(workflow, node("only", "input:text", prompt="x"))
    _, listed = tab("get")
    assert [(one["name"], one["isCurrent"]) for one in listed["versions"]] == [
        ("Before the big change", False)
    ]
    _, whole = tab("get", f"/{kept['id']}")
    assert ([one["id"] for one in whole["nodes"]], whole["edges"]) == (
        [one["id"] for one in before[0]],
        before[1],
    )


def test_the_same_graph_is_kept_once_and_moving_cards_makes_no_version(tab, workflow):
    tab("post", name="Mine")
    nodes, edges = Workflow.objects.get(pk=workflow.pk).graph_json()
    moved = [{**one, "position": {"x": 900, "y": 9}} for one in nodes]
    fresh = Workflow.objects.get(pk=workflow.pk)
    actions.save_draft(workflow=fresh, base_updated_at=written(fresh.updated_at), nodes=moved, edges=edges)
    _, again = tab("post")
    assert (again["name"], Version.objects.count()) == ("Mine", 1)
    assert tab("get")[1]["versions"][0]["isCurrent"] is True


def test_saving_the_draft_keeps_no_version(workflow):
    for text in "abc":
        draw(workflow, node("only", "input:text", prompt=text))
    assert Version.objects.count() == 0


def test_a_name_can_be_given_later_and_taken_away(tab):
    _, kept = tab("post")
    assert tab("patch", f"/{kept['id']}", name="Good")[1]["name"] == "Good"
    assert tab("patch", f"/{kept['id']}", name="")[1]["name"] == ""
    assert tab("patch", f"/{kept['id']}", name="x" * 121)[0] == 400
    status, refusal = tab("get", "/999999")
    assert (status, refusal["error"]) == (404, "Version not found")


def test_a_version_of_another_workflow_is_not_found(alice, tab, workflow):
    other = actions.create_workflow(actor=actor_for(alice), name="Other").workflow
    theirs = actions.keep_version(workflow=other, actor=actor_for(alice))
    assert tab("get", f"/{theirs.pk}")[0] == 404
