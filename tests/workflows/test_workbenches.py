"""Workbenches: a component is drawn, saved as a version, put aside, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from tests.factories import actor_for
from tests.workflows.doors import Api
from tests.workflows.graphs import node
from tests.workflows.parts import CONTENT, placed, portrait, with_text
from workflows.actions import keep_version
from workflows.component_actions import change_component, make_component
from workflows.ids import written
from workflows.models import Component, Version, Workflow
from workflows.together import merge_draft
from workflows.workbench import PUT_ASIDE

pytestmark = pytest.mark.django_db

SMALLER = {**CONTENT, "nodes": CONTENT["nodes"][:1], "edges": [], "settings": []}
SMALLER["outputs"] = [{**CONTENT["outputs"][0], "node": "gen", "handle": "out-images"}]


@pytest.fixture
def api(client: Client, alice: User) -> Api:
    return Api(client, alice)


@pytest.fixture
def component(alice: User) -> Component:
    return portrait(alice)


def draw(workflow_id: str, node_id: str = "more") -> Workflow:
    """Another node on the workbench, as a canvas saves it."""
    workflow = Workflow.objects.get(pk=workflow_id)
    raw = {**node(node_id, "input:text", prompt="x"), "type": "basedNode", "position": {"x": 0, "y": 0}}
    changes: dict[str, Any] = {"nodes": {"added": [{"after": "small", "item": raw}]}}
    merge_draft(workflow=workflow, base_updated_at="", op_id=node_id, changes=changes)
    return workflow


def ids_on(workflow_id: str) -> list[str]:
    return [raw["id"] for raw in Workflow.objects.get(pk=workflow_id).graph_json()[0]]


def test_it_holds_what_is_inside_and_is_made_once(api, component):
    opened = api("post", f"/components/{component.pk}/workbench").json()
    again = api("post", f"/components/{component.pk}/workbench").json()
    workflow = Workflow.objects.get(pk=opened["workflowId"])
    assert again == opened == {
        "componentId": component.pk,
        "workflowId": workflow.pk,
        "version": 1,
        "updatedAt": written(workflow.updated_at),
        "isChanged": False,
    }  # fmt: skip
    nodes, edges = workflow.graph_json()
    assert [raw["id"] for raw in nodes] == ["gen", "small"]
    assert nodes[0]["position"] == {"x": 10, "y": 20}
    assert len(edges) == 1
    assert workflow.name == "Portrait"


def test_no_list_shows_it_and_its_address_does(api, alice, component, client):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    assert api("get", "/workflows").json() == []
    assert api("get", f"/workflows/{bench}").status_code == 200
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert bench not in page
    canvas = client.get(f"/flow/{bench}")
    assert canvas.context["canvas_data"]["component"] == {
        "id": component.pk,
        "name": "Portrait",
        "savedAt": written(Component.objects.get(pk=component.pk).bench_saved_at),
    }
    assert canvas.context["canvas_data"]["trail"] == []


def test_the_canvas_says_where_one_came_from(api, alice, component, client, workflow, charlie):
    client.force_login(alice)
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    strange = Workflow.objects.create(team=actor_for(charlie).team, name="Charlie's")
    data = client.get(f"/flow/{bench}?from={workflow.pk},{strange.pk},,x").context["canvas_data"]
    assert data["trail"] == [{"id": workflow.pk, "name": workflow.name}]
    assert client.get(f"/flow/{workflow.pk}").context["canvas_data"]["component"] is None


def test_what_is_drawn_stays_until_it_is_a_version(api, alice, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    draw(bench)
    change_component(actor=actor_for(alice), component=component, base_version=1, content=SMALLER)
    opened = api("post", f"/components/{component.pk}/workbench").json()
    assert (opened["isChanged"], opened["version"], ids_on(bench)) == (True, 1, ["gen", "small", "more"])
    body = {"baseVersion": 2, **CONTENT, "workbenchUpdatedAt": opened["updatedAt"]}
    assert api("put", f"/components/{component.pk}", body).json()["version"] == 3
    opened = api("post", f"/components/{component.pk}/workbench").json()
    assert (opened["isChanged"], opened["version"], ids_on(bench)) == (False, 3, ["gen", "small", "more"])


def test_one_without_changes_follows_the_newest_version(api, alice, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    change_component(
        actor=actor_for(alice), component=component, base_version=1, content=SMALLER, name="Face"
    )
    opened = api("post", f"/components/{component.pk}/workbench").json()
    assert (opened["isChanged"], opened["version"], ids_on(bench)) == (False, 2, ["gen"])
    assert Workflow.objects.get(pk=bench).name == "Face"
    assert not Version.objects.filter(workflow=bench).exists()  # the component has it


def test_what_was_drawn_while_a_version_was_made_is_unsaved(api, component):
    opened = api("post", f"/components/{component.pk}/workbench").json()
    draw(opened["workflowId"])
    body = {"baseVersion": 1, **CONTENT, "workbenchUpdatedAt": opened["updatedAt"]}
    assert api("put", f"/components/{component.pk}", body).status_code == 200
    assert api("post", f"/components/{component.pk}/workbench").json()["isChanged"] is True


def test_what_is_said_to_be_a_version_and_is_not_stays_among_its_versions(api, alice, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    drawn = draw(bench)
    body = {"baseVersion": 1, **CONTENT, "workbenchUpdatedAt": written(drawn.updated_at)}
    assert api("put", f"/components/{component.pk}", body).status_code == 200
    change_component(actor=actor_for(alice), component=component, base_version=2, content=SMALLER)
    opened = api("post", f"/components/{component.pk}/workbench").json()
    assert (opened["isChanged"], opened["version"], ids_on(bench)) == (False, 3, ["gen"])
    kept = Version.objects.get(workflow=bench)
    assert (kept.name, [raw["id"] for raw in kept.nodes]) == (PUT_ASIDE, ["gen", "small", "more"])


def test_taking_it_back_keeps_what_it_held_among_its_versions(api, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    draw(bench)
    cleared = api("delete", f"/components/{component.pk}/workbench").json()
    assert (cleared["isChanged"], ids_on(bench)) == (False, ["gen", "small"])
    kept = Version.objects.get(workflow=bench)
    assert (kept.name, [raw["id"] for raw in kept.nodes]) == (PUT_ASIDE, ["gen", "small", "more"])
    api("delete", f"/components/{component.pk}/workbench")
    assert Version.objects.filter(workflow=bench).count() == 1


def test_a_version_that_somebody_named_keeps_its_name_when_it_is_put_aside(api, alice, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    keep_version(workflow=draw(bench), actor=actor_for(alice), name="Night shots, client B")
    api("delete", f"/components/{component.pk}/workbench")
    assert Version.objects.get(workflow=bench).name == "Night shots, client B"


def test_when_the_component_goes_only_what_no_version_holds_stays(api, alice, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    api("delete", f"/components/{component.pk}")
    assert Workflow.objects.get(pk=bench).deleted_at is not None
    other = portrait(alice)
    bench = api("post", f"/components/{other.pk}/workbench").json()["workflowId"]
    draw(bench)
    api("delete", f"/components/{other.pk}")
    assert [item["id"] for item in api("get", "/workflows").json()] == [bench]
    assert api("post", f"/components/{other.pk}/workbench").status_code == 404


def test_a_workbench_that_was_deleted_comes_back_as_it_was(api, component):
    bench = api("post", f"/components/{component.pk}/workbench").json()["workflowId"]
    draw(bench)
    api("delete", f"/workflows/{bench}")
    assert api("post", f"/components/{component.pk}/workbench").json()["workflowId"] == bench
    assert ids_on(bench) == ["gen", "small", "more"]
    assert api("get", f"/workflows/{bench}").status_code == 200
    assert AuditEntry.objects.filter(action="workflow.restored", subject="Portrait").count() == 1


def test_the_workflows_with_nodes_of_it_are_told(api, alice, component):
    uses = f"/components/{component.pk}/workflows"
    assert api("get", uses).json() == {"workflows": []}
    inside = with_text(placed(component.pk))
    other = make_component(
        actor=actor_for(alice),
        name="Around it",
        content={**inside, "inputs": [], "outputs": [], "settings": []},
    ).component
    api("post", f"/components/{other.pk}/workbench")
    assert api("get", uses).json() == {"workflows": []}
    first = api("post", "/workflows", {"name": "Faces", **with_text(placed(component.pk))}).json()["id"]
    change_component(actor=actor_for(alice), component=component, base_version=1, content=CONTENT)
    second = api("post", "/workflows", {"name": "More", **with_text(placed(component.pk))}).json()["id"]
    gone = api("post", "/workflows", {"name": "Gone", **with_text(placed(component.pk))}).json()["id"]
    api("delete", f"/workflows/{gone}")
    assert api("get", uses).json() == {
        "workflows": [
            {"id": second, "name": "More", "versions": [2]},
            {"id": first, "name": "Faces", "versions": [1]},
        ]
    }
