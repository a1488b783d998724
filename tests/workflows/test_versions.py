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
    assert [(one["name"], one["automatic"], one["isCurrent"]) for one in listed["versions"]] == [
        ("", "emptied", False),
        ("Before the big change", "", False),
    ]
    _, whole = tab("get", f"/{kept['id']}")
    assert ([one["id"] for one in whole["nodes"]], whole["edges"]) == (
        [one["id"] for one in before[0]],
        before[1],
    )


def move(workflow: Workflow, x: float) -> None:
    fresh = Workflow.objects.get(pk=workflow.pk)
    nodes, edges = fresh.graph_json()
    moved = [{**one, "position": {"x": x, "y": 9}} for one in nodes]
    actions.save_draft(workflow=fresh, base_updated_at=written(fresh.updated_at), nodes=moved, edges=edges)


def test_the_same_drawing_is_kept_once_under_its_number_and_name(tab):
    tab("post", name="Mine")
    _, again = tab("post")
    assert (again["name"], again["number"], Version.objects.count()) == ("Mine", 1, 1)
    assert tab("get")[1]["versions"][0]["isCurrent"] is True


def test_who_keeps_moved_cards_gets_them_back_where_they_stood(tab, workflow):
    _, first = tab("post")
    move(workflow, 900)
    listed = tab("get")[1]["versions"]
    assert [(one["number"], one["isCurrent"]) for one in listed] == [(1, False)]
    _, second = tab("post")
    assert (second["id"] != first["id"], second["number"], Version.objects.count()) == (True, 2, 2)
    assert {one["position"]["x"] for one in tab("get", f"/{second['id']}")[1]["nodes"]} == {900}
    assert {one["position"]["x"] for one in tab("get", f"/{first['id']}")[1]["nodes"]} != {900}
    nodes, edges = Workflow.objects.get(pk=workflow.pk).graph_json()
    assert actions.pin_version(workflow=workflow, nodes=nodes, edges=edges).pk == second["id"]


def test_where_wires_are_led_is_kept_as_well(tab, workflow):
    tab("post")
    fresh = Workflow.objects.get(pk=workflow.pk)
    nodes, edges = fresh.graph_json()
    led = [{**edge, "data": {"points": [{"x": 1, "y": 2}]}} for edge in edges]
    actions.save_draft(workflow=fresh, base_updated_at=written(fresh.updated_at), nodes=nodes, edges=led)
    _, kept = tab("post")
    assert kept["number"] == 2
    assert tab("get", f"/{kept['id']}")[1]["edges"][0]["data"] == {"points": [{"x": 1, "y": 2}]}


def test_what_ran_has_no_number_until_somebody_keeps_or_names_it(tab, workflow):
    nodes, edges = Workflow.objects.get(pk=workflow.pk).graph_json()
    ran = actions.pin_version(workflow=workflow, nodes=nodes, edges=edges)
    assert [one["number"] for one in tab("get")[1]["versions"]] == [None]
    draw(workflow, node("only", "input:text", prompt="x"))
    assert tab("post")[1]["number"] == 1
    assert tab("patch", f"/{ran.pk}", name="The first")[1]["number"] == 2
    assert tab("get", "/newest")[1]["version"]["name"] == "The first"


def test_the_newest_version_is_the_one_kept_last(tab, workflow):
    assert tab("get", "/newest") == (200, {"version": None})
    _, first = tab("post")
    draw(workflow, node("only", "input:text", prompt="x"))
    tab("post")
    actions.keep(version=Version.objects.get(pk=first["id"]), actor=actor_for(workflow.created_by))
    newest = tab("get", "/newest")[1]["version"]
    assert (newest["number"], len(newest["nodes"])) == (1, 3)


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
