"""Components over REST: made, changed, deleted, and what graphs get of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import actor_for
from tests.workflows.doors import Api
from tests.workflows.graphs import Json, chain, node
from tests.workflows.parts import CONTENT, placed, portrait, with_text
from workflows.actions import save_draft
from workflows.component_actions import MOST_OF_A_TEAM, change_component, make_component
from workflows.ids import written
from workflows.models import Component, ComponentVersion, Workflow
from workflows.normalise import BadGraph
from workflows.together import merge_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(client, alice) -> Api:
    return Api(client, alice)


def inner(raw: Json) -> list[str]:
    return [one["id"] for one in raw["data"]["component"]["nodes"]]


def stored(workflow: Workflow) -> Json:
    return next(raw for raw in workflow.graph_json()[0] if raw["id"] == "part")


def save(api: Api, part: Json, **more: Any) -> Any:
    return api("post", "/workflows", {"name": "Faces", **with_text(part), **more})


def test_one_is_made_listed_read_and_deleted(api):
    made = api("post", "/components", {"name": "Portrait", **CONTENT})
    assert made.status_code == 201
    told = made.json()
    item = {key: told[key] for key in ("id", "name", "nodeType", "version")}
    assert item == {"id": told["id"], "name": "Portrait", "nodeType": f"component:{told['id']}", "version": 1}
    assert told["component"]["name"] == "Portrait"
    assert [raw["id"] for raw in told["component"]["nodes"]] == ["gen", "small"]
    assert told["component"]["nodes"][0]["data"]["label"] == "Nano Banana 2"  # filled in as graphs are
    ports = {
        "nodes": 2,
        "inputs": [{"id": "prompt", "type": "TEXT", "label": "Prompt"}],
        "outputs": [{"id": "image", "type": "IMAGE", "label": "Image"}],
    }
    assert api("get", "/components").json() == {"components": [{**item, **ports}]}
    assert api("get", f"/components/{told['id']}?version=1").json() == told
    assert api("get", f"/components/{told['id']}?version=2").status_code == 404
    assert api("delete", f"/components/{told['id']}").json() == {"success": True, "id": told["id"]}
    assert api("get", "/components").json() == {"components": []}
    assert api("get", f"/components/{told['id']}").status_code == 404


def test_the_list_reads_no_insides(api, alice):
    component = portrait(alice)
    smaller = {**CONTENT, "nodes": CONTENT["nodes"][:1], "edges": [], "settings": [], "outputs": []}
    change_component(actor=actor_for(alice), component=component, base_version=1, content=smaller)
    with CaptureQueriesContext(connection) as asked:
        (told,) = api("get", "/components").json()["components"]
    assert (told["version"], told["nodes"], told["outputs"]) == (2, 1, [])
    assert [one["id"] for one in told["inputs"]] == ["prompt"]
    assert not any(ComponentVersion._meta.db_table in query["sql"] for query in asked)


def test_a_graph_is_filled_in_when_it_is_saved_linted_and_replaced(api, alice):
    part = placed(portrait(alice).pk)
    answer = save(api, part)
    assert answer.status_code == 201
    workflow = Workflow.objects.get(pk=answer.json()["id"])
    data = stored(workflow)["data"]
    assert (data["label"], data["component"]["version"]) == ("Portrait", 1)
    assert data["inputs"] == [{"id": "prompt", "type": "TEXT", "label": "Prompt"}]
    assert data["outputs"] == [{"id": "image", "type": "IMAGE", "label": "Image"}]
    assert api("post", "/workflows/lint", with_text(part)).json()["data"]["violations"] == []
    again = api("put", f"/workflows/{workflow.pk}", {"name": "Faces", **with_text(part)})
    assert again.status_code == 200
    assert inner(stored(workflow)) == ["gen", "small"]


def test_the_version_that_a_node_names_is_the_one_it_gets(api, alice):
    component = portrait(alice)
    smaller = {**CONTENT, "nodes": CONTENT["nodes"][:1], "edges": [], "settings": []}
    smaller["outputs"] = [{**CONTENT["outputs"][0], "node": "gen", "handle": "out-images"}]
    change_component(actor=actor_for(alice), component=component, base_version=1, content=smaller)
    newest = Workflow.objects.get(pk=save(api, placed(component.pk)).json()["id"])
    assert (stored(newest)["data"]["component"]["version"], inner(stored(newest))) == (2, ["gen"])
    old = placed(component.pk)
    old["data"]["component"] = {"version": 1, "nodes": [node("fake", "input:text")]}
    pinned = Workflow.objects.get(pk=save(api, old).json()["id"])
    assert (stored(pinned)["data"]["component"]["version"], inner(stored(pinned))) == (1, ["gen", "small"])


def test_a_canvas_that_saves_changes_gets_it_filled_in_too(alice, workflow):
    raw = {**placed(portrait(alice).pk), "type": "basedNode", "position": {"x": 0, "y": 0}}
    changes = {"nodes": {"added": [{"after": "out", "item": raw}]}}
    report = merge_draft(workflow=workflow, base_updated_at="", op_id="one", changes=changes)
    assert [one.rule for one in report.violations] == []
    assert inner(stored(workflow)) == ["gen", "small"]


def test_what_components_bring_into_a_graph_has_a_limit_at_every_door(api, alice, workflow, monkeypatch):
    component = portrait(alice)
    size = len(json.dumps(ComponentVersion.objects.get().content, separators=(",", ":")))
    monkeypatch.setattr("workflows.component_actions.MOST_BYTES", size * 3 // 2)
    twice = {"nodes": [placed(component.pk, "a"), placed(component.pk, "b")], "edges": []}
    changes = {
        "nodes": {"added": [{"after": "", "item": {**one, "type": "basedNode"}} for one in twice["nodes"]]}
    }
    before = workflow.graph_json()
    for method, path in (
        ("post", "/workflows"),
        ("put", f"/workflows/{workflow.pk}"),
        ("post", "/workflows/lint"),
        ("post", "/components"),
        ("post", f"/workflows/{workflow.pk}/execute"),
        ("post", f"/workflows/{workflow.pk}/estimate"),
    ):
        answer = api(method, path, {"name": "Faces", **twice})
        assert (answer.status_code, "Take some of them out" in answer.json()["error"]) == (400, True), path
    base = written(workflow.updated_at)
    with pytest.raises(BadGraph, match="Take some of them out"):
        save_draft(workflow=workflow, base_updated_at=base, **twice)
    with pytest.raises(BadGraph, match="Take some of them out"):
        merge_draft(workflow=workflow, base_updated_at=base, op_id="one", changes=changes)
    workflow.refresh_from_db()
    assert (workflow.graph_json(), Workflow.objects.count(), Component.objects.count()) == (before, 1, 1)
    assert save(api, placed(component.pk)).status_code == 201


def test_another_teams_component_is_a_problem_and_never_read(api, charlie):
    foreign = portrait(charlie, settings=[])
    answer = save(api, placed(foreign.pk))
    assert answer.status_code == 422
    assert [one["rule"] for one in answer.json()["violations"]] == ["unknown-component"]
    assert b"nano_banana" not in answer.content
    assert Workflow.objects.count() == 0
    for method in ("get", "delete", "put"):
        body = {"baseVersion": 1, **CONTENT} if method == "put" else None
        assert api(method, f"/components/{foreign.pk}", body).status_code == 404
    assert Component.objects.get().deleted_at is None
    assert ComponentVersion.objects.count() == 1


def test_what_was_exported_elsewhere_comes_in_as_a_copy(api, alice, charlie, client):
    theirs = Workflow.objects.get(pk=save(Api(client, charlie), placed(portrait(charlie).pk)).json()["id"])
    nodes, edges = theirs.graph_json()
    answer = api("post", "/workflows", {"name": "Mine", "nodes": nodes, "edges": edges})
    assert answer.status_code == 201
    assert inner(stored(Workflow.objects.get(pk=answer.json()["id"]))) == ["gen", "small"]


def test_who_edits_by_a_link_gets_nothing_of_the_team(api, alice, charlie, client):
    component = portrait(charlie)
    shared = Workflow.objects.get(pk=save(Api(client, charlie), placed(component.pk)).json()["id"])
    Workflow.objects.filter(pk=shared.pk).update(link_permission="EDIT")
    other = portrait(charlie)
    answer = api(
        "put", f"/workflows/{shared.pk}?strict=false", {"name": "Faces", **with_text(placed(other.pk))}
    )
    assert answer.status_code == 200
    assert "component" not in stored(shared)["data"]


def test_deleting_one_leaves_graphs_as_they_are(api, alice):
    component = portrait(alice)
    workflow = Workflow.objects.get(pk=save(api, placed(component.pk)).json()["id"])
    before = workflow.graph_json()
    assert api("delete", f"/components/{component.pk}").status_code == 200
    nodes, edges = before
    answer = api("put", f"/workflows/{workflow.pk}", {"name": "Faces", "nodes": nodes, "edges": edges})
    assert answer.status_code == 200
    workflow.refresh_from_db()
    assert workflow.graph_json() == before


def test_a_version_made_from_an_old_one_is_refused(api, alice):
    component = portrait(alice)
    path, body = f"/components/{component.pk}", {**CONTENT, "baseVersion": 1, "name": "Face"}
    changed = api("put", path, body)
    assert (changed.status_code, changed.json()["version"], changed.json()["name"]) == (200, 2, "Face")
    late = api("put", path, body)
    assert (late.status_code, late.json()["currentVersion"]) == (409, 2)
    assert ComponentVersion.objects.count() == 2


def test_one_cannot_stand_in_itself(api, alice):
    component = portrait(alice)
    around = {"nodes": [placed(component.pk)], "edges": [], "inputs": [], "outputs": [], "settings": []}
    outer = make_component(actor=actor_for(alice), name="Around", content=around).component
    for one in (component, outer):
        body = {"baseVersion": 1, "nodes": [placed(one.pk)]}
        answer = api("put", f"/components/{component.pk}", body)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("A component cannot stand in itself")
    assert Component.objects.get(pk=component.pk).version == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"nodes": [node("n", "utility:sticky_note")], "edges": [], "settings": []},
            "needs a node that runs",
        ),
        ({"outputs": [CONTENT["outputs"][0]] * 2}, "Two of the outputs are called “image”"),
        ({"settings": [{**CONTENT["settings"][0], "id": "prompt"}]}, "Two of the inputs are called “prompt”"),
        ({"outputs": [{**CONTENT["outputs"][0], "node": "gone"}]}, "“image” leads to “gone”"),
        ({"nodes": [node("x", "no:such")], "inputs": [], "outputs": []}, "failed validation"),
        ({"nodes": [{"id": "x"}]}, "missing model.name"),
        ({"nodes": [1]}, "nodes"),
        ({"nodes": []}, "nodes"),
        ({"inputs": [{"id": "a b", "label": "x", "type": "TEXT", "to": []}]}, "inputs"),
        ({"edges": [{"source": "gen"}]}, "must name its target"),
    ],
)
def test_what_cannot_be_one_is_refused(api, changes, said):
    answer = api("post", "/components", {"name": "Portrait", **copy.deepcopy(CONTENT), **changes})
    assert answer.status_code in (400, 422)
    assert said in answer.json()["error"]
    assert Component.objects.count() == 0


def test_so_deep_and_no_deeper(api, alice):
    name = portrait(alice).pk
    for depth in (2, 3):
        made = api("post", "/components", {"name": f"{depth} deep", "nodes": [placed(name)]})
        assert made.status_code == 201
        name = made.json()["id"]
    answer = api("post", "/components", {"name": "4 deep", "nodes": [placed(name)]})
    assert (answer.status_code, "3 deep" in answer.json()["error"]) == (400, True)


def test_a_team_has_only_so_many(api, alice):
    team = actor_for(alice).team
    Component.objects.bulk_create(Component(team=team, name=str(n)) for n in range(MOST_OF_A_TEAM))
    answer = api("post", "/components", {"name": "Portrait", **CONTENT})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_components")
    assert ComponentVersion.objects.count() == 0


def test_wires_of_a_deleted_port_are_told(api, alice):
    part = placed(portrait(alice).pk)
    graph = with_text(part)
    body = {"name": "Faces", "nodes": graph["nodes"], "edges": chain("text.prompt part.nothing")}
    answer = api("post", "/workflows", body)
    assert [one["rule"] for one in answer.json()["violations"]] == ["bad-target-handle"]
