"""The REST doors, in the contract's shapes."""

from __future__ import annotations

import re

import pytest

from tests.factories import team_of
from tests.workflows.conftest import make_workflow
from tests.workflows.doors import BODY, FULL_KEYS, LIST_KEYS, Api
from tests.workflows.graphs import CATALOG, chain, node
from workflows import actions
from workflows.ids import written
from workflows.models import Workflow

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def api(client, alice):
    return Api(client, alice)


def test_a_workflow_is_made_and_answered_in_every_form(api, alice):
    answer = api("post", "/workflows", BODY)
    assert answer.status_code == 201
    body = answer.json()
    assert re.fullmatch(r"cm[0-9a-z]{23}", body["id"])
    assert list(body) == [*FULL_KEYS, "data", "meta", "diagnostics"]
    assert body["data"] == {key: body[key] for key in FULL_KEYS}
    assert body["meta"] == {"migrations": [], "warnings": []}
    assert MOMENT.fullmatch(body["updatedAt"])
    assert body["nodes"][1]["data"]["inputs"][0]["id"] == "prompt"
    assert body["nodes"][1]["dims"]["source"] == "estimated"
    assert body["diagnostics"]["version"] == 1
    assert [found["code"] for found in body["diagnostics"]["diagnostics"]] == [
        "layout.overlap",
        *["node.ports_hydrated"] * 3,
        *["node.category_set"] * 3,
    ]
    assert b'"code":"layout.overlap"' in answer.content
    workflow = Workflow.objects.get(pk=body["id"])
    assert (workflow.team, workflow.created_by) == (team_of(alice), alice)


def test_diagnostics_say_what_was_found_and_what_was_filled_in(api):
    nodes = [
        {**node("a", "input:text"), "position": {"x": 0, "y": 0}},
        {**node("b", "input:text"), "position": {"x": 10, "y": 10}},
    ]
    nodes[1]["data"] |= {"inputs": [], "outputs": [], "category": "input"}
    found = api("post", "/workflows", {"name": "d", "nodes": nodes, "edges": []}).json()["diagnostics"]
    assert found == {
        "version": 1,
        "counts": {"error": 0, "warning": 1, "info": 2},
        "diagnostics": [
            {"code": "layout.overlap", "severity": "warning", "message": "1 pair of nodes cover each other.",
             "target": {"nodeId": "a", "sceneIndex": None, "path": "position"},
             "hint": "POST …/layout arranges them.", "docs": None, "data": {"pairs": [["a", "b"]]}},
            {"code": "node.ports_hydrated", "severity": "info", "message": "Its ports were taken from the catalog.",
             "target": {"nodeId": "a", "sceneIndex": None, "path": "data.inputs"}, "hint": None, "docs": None},
            {"code": "node.category_set", "severity": "info", "message": "Its category was taken from its type.",
             "target": {"nodeId": "a", "sceneIndex": None, "path": "data.category"}, "hint": None, "docs": None},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("category", [None, [], {}, 7, "no such"])
def test_a_category_that_is_none_is_set(api, category):
    raw = node("a", "input:text")
    raw["data"]["category"] = category
    body = api("post", "/workflows", {"name": "d", "nodes": [raw], "edges": []}).json()
    assert body["nodes"][0]["data"]["category"] == "input"
    assert [one["code"] for one in body["diagnostics"]["diagnostics"]][-1] == "node.category_set"


def test_a_workflow_is_read_bare_and_unchanged(api):
    made = api(
        "post", "/workflows", BODY | {"description": "d", "tags": ["a", "b"], "isActive": False}
    ).json()
    answer = api("get", f"/workflows/{made['id']}")
    assert answer.status_code == 200
    assert answer.json() == made["data"]
    assert (made["description"], made["tags"], made["isActive"]) == ("d", ["a", "b"], False)


def test_the_list_is_bare_and_newest_first(api, alice):
    old, new = make_workflow(alice, "old"), make_workflow(alice, "new", is_active=False, media_id="m1")
    actions.change_settings(workflow=new, description="x")
    answer = api("get", "/workflows")
    assert [item["id"] for item in answer.json()] == [new.pk, old.pk]
    assert list(answer.json()[0]) == LIST_KEYS
    assert "X-Total-Count" not in answer.headers
    for query, names in (
        ("isActive=true", ["old"]),
        ("isActive=false", ["new"]),
        ("mediaId=m1", ["new"]),
        (f"teamId={team_of(alice).pk}", ["new", "old"]),
        ("teamId=none", []),
    ):
        assert [item["name"] for item in api("get", f"/workflows?{query}").json()] == names
    assert api("get", "/workflows?isActive=maybe").status_code == 400


def test_the_list_can_be_paged(api, alice):
    for number in range(3):
        make_workflow(alice, str(number))
    answer = api("get", "/workflows?limit=1&offset=1")
    assert len(answer.json()) == 1
    assert answer.headers["X-Total-Count"] == "3"
    assert 'offset=2>; rel="next"' in answer.headers["Link"]
    assert 'offset=0>; rel="prev"' in answer.headers["Link"]
    assert len(api("get", "/workflows?limit=5000").json()) == 3
    assert api("get", "/workflows?limit=0").status_code == 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "Missing required fields: name, nodes, edges"),
        ({"edges": None}, "Missing required fields: name, nodes, edges"),
        ({"nodes": [], "edges": []},
         "Cannot save workflow with 0 nodes and 0 edges. This appears to be a frontend bug. Reload the page."),
        ({"nodes": []}, "At least one node must be provided"),
        ({"nodes": [{"data": {}}]}, "All nodes must have an id"),
        ({"nodes": [{"id": "x", "data": {}}]}, "Node x is missing model.name"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_workflow_is_refused_in_the_contracts_words(api, change, message):
    answer = api("post", "/workflows", {**BODY, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, message)
    assert Workflow.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 201}, {"name": "  "}, {"tags": ["t"] * 21}, {"tags": ["t" * 51]}, {"tags": "t"},
        {"description": "d" * 50_001}, {"isActive": "perhaps"}, {"nodes": "x"}, {"nodes": [3]},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(api, change):
    answer = api("post", "/workflows", {**BODY, **change})
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)
    assert Workflow.objects.count() == 0


def test_a_graph_with_errors_is_refused_with_the_way_out(api):
    bad = {**BODY, "edges": chain("text.prompt image.promt")}
    answer = api("post", "/workflows", bad)
    assert answer.status_code == 422
    body = answer.json()
    assert (body["error"], body["code"], body["type"]) == (
        "Workflow graph failed validation (1 error).", "invalid_graph", "invalid_request_error",
    )  # fmt: skip
    assert body["violations"] == [
        {"rule": "bad-target-handle", "severity": "error", "message": '"Nano Banana 2" has no input "in-promt".',
         "fix": 'Did you mean "in-prompt"?', "nodeId": "image", "edgeId": "e1", "field": "in-promt"}
    ]  # fmt: skip
    assert body["migrations"] == []
    assert body["diagnostics"]["counts"]["error"] == 1
    assert Workflow.objects.count() == 0
    kept = api("post", "/workflows?strict=false", bad)
    assert kept.status_code == 201
    assert kept.json()["diagnostics"]["counts"]["error"] == 1


def test_rewritten_names_are_reported(api):
    body = api(
        "post", "/workflows", {"name": "v", "nodes": [node("v", "compose:remotion")], "edges": []}
    ).json()
    assert body["meta"]["migrations"] == [{"nodeId": "v", "from": "compose:remotion", "to": "video:remotion"}]
    assert [warning["rule"] for warning in body["meta"]["warnings"]] == ["requirement-missing"]


def test_put_and_post_with_an_id_replace(api, workflow):
    new = {"name": "New", "nodes": [node("t", "input:text")], "edges": []}
    answer = api("put", f"/workflows/{workflow.pk}", new)
    assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, workflow.pk, "New")
    assert [raw["id"] for raw in answer.json()["nodes"]] == ["t"]
    assert answer.json()["updatedAt"] > written(workflow.updated_at)
    answer = api("post", "/workflows", {**BODY, "id": workflow.pk})
    assert (answer.status_code, answer.json()["name"]) == (200, "Lighthouse")
    assert Workflow.objects.count() == 1


def test_a_stale_put_is_refused_and_changes_nothing(api, workflow):
    base = written(workflow.updated_at)
    api("put", f"/workflows/{workflow.pk}", {**BODY, "name": "First", "baseUpdatedAt": base})
    answer = api("put", f"/workflows/{workflow.pk}", {**BODY, "name": "Second", "baseUpdatedAt": base})
    workflow.refresh_from_db()
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "Workflow changed since you loaded it", "code": "stale_write", "type": "conflict_error",
        "currentUpdatedAt": written(workflow.updated_at), "yourBaseUpdatedAt": base,
    }  # fmt: skip
    assert workflow.name == "First"


@pytest.mark.parametrize("verb", ["put", "post"])
def test_sharing_is_not_set_by_replacing(api, workflow, verb):
    path = f"/workflows/{workflow.pk}" if verb == "put" else "/workflows"
    answer = api(verb, path, {**BODY, "id": workflow.pk, "name": "Shared", "linkPermission": "VIEW"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_field")
    assert "/visibility" in answer.json()["error"]
    workflow.refresh_from_db()
    assert (workflow.name, workflow.link_permission) == ("Lighthouse", "PRIVATE")


def test_read_only_fields_are_ignored(api):
    body = api(
        "post", "/workflows", {**BODY, "userId": "9", "executionCount": 7, "teamId": "8", "createdAt": "x"}
    ).json()
    assert body["executionCount"] == 0
    assert body["teamId"] == str(Workflow.objects.get().team_id)


def test_a_webhook_id_cannot_be_chosen_and_that_is_said(api):
    made = api("post", "/workflows", {**BODY, "webhookId": "whk_of_my_own"}).json()
    [warning] = made["meta"]["warnings"]
    assert (made["webhookId"], warning["rule"], warning["field"]) == (None, "webhook-id-ignored", "webhookId")
    assert made["diagnostics"]["counts"]["warning"] == 2  # and the nodes without places cover each other
    put = api("put", f"/workflows/{made['id']}", {**BODY, "webhookId": "whk_another"}).json()
    assert [one["rule"] for one in put["meta"]["warnings"]] == ["webhook-id-ignored"]
    workflow = Workflow.objects.get()
    assert (workflow.webhook_digest, workflow.webhook_seed) == (None, "")
    refused = api("post", "/workflows", {**BODY, "webhookId": ["x"]})
    assert refused.status_code == 400


def test_what_was_read_can_be_written_back_without_a_word(api):
    made = api("post", "/workflows", BODY).json()
    assert api("post", f"/workflows/{made['id']}/webhook", {}).status_code == 201
    read = api("get", f"/workflows/{made['id']}").json()
    assert read["webhookId"].startswith("whk_")
    read.pop("linkPermission")
    assert api("put", f"/workflows/{made['id']}", read).json()["meta"] == {"migrations": [], "warnings": []}


def test_an_editor_deletes_what_they_made_and_nothing_else(client, workflow, bob):
    as_bob = Api(client, bob)
    refused = as_bob("delete", f"/workflows/{workflow.pk}")
    assert (refused.status_code, refused.json()) == (
        403,
        {
            "error": "Forbidden",
            "code": "forbidden",
            "type": "invalid_request_error",
            "requiredRole": "owner",
        },
    )
    assert Workflow.objects.get().deleted_at is None
    made = as_bob("post", "/workflows", BODY).json()["id"]
    assert as_bob("delete", f"/workflows/{made}").json() == {"success": True, "id": made}
    assert Workflow.objects.get(pk=made).deleted_at is not None


def test_a_deleted_workflow_is_gone(api, workflow):
    assert api("delete", f"/workflows/{workflow.pk}").json() == {"success": True, "id": workflow.pk}
    for method, path in (
        ("get", ""),
        ("put", ""),
        ("delete", ""),
        ("post", "/duplicate"),
        ("post", "/layout"),
    ):
        answer = api(method, f"/workflows/{workflow.pk}{path}", BODY if method == "put" else None)
        assert (answer.status_code, answer.json()["error"]) == (404, "Workflow not found")
    assert api("get", "/workflows").json() == []


def test_one_node_is_patched_key_by_key(api, workflow):
    path = f"/workflows/{workflow.pk}/nodes/image"
    body = {
        "config": {"resolution": "2K"},
        "params": {"seed": 7},
        "label": "Picture",
        "position": {"x": 10, "y": 20},
    }
    answer = api("patch", path, body)
    assert answer.status_code == 200
    found = answer.json()["data"]["node"]
    assert (found["data"]["label"], found["position"]) == ("Picture", {"x": 10, "y": 20})
    assert found["data"]["config"] == found["data"]["params"] == {"resolution": "2K", "seed": 7}
    answer = api(
        "patch", path, {"config": {"seed": None}, "baseUpdatedAt": answer.json()["data"]["updatedAt"]}
    )
    assert answer.json()["data"]["node"]["data"]["params"] == {"resolution": "2K"}
    stored = api("get", f"/workflows/{workflow.pk}").json()
    assert stored["nodes"][1]["data"]["params"] == {"resolution": "2K"}
    assert stored["updatedAt"] == answer.json()["data"]["updatedAt"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Old\nharbour ", "Old harbour"),
        ("👩‍🎨 in مرحبا", "👩‍🎨 in مرحبا"),
        ("\u202eabc", "abc"),
        ("\u200b", None),
        ("\x07", None),
    ],
)
def test_a_name_is_one_line_that_can_be_seen(api, name, kept):
    answer = api("post", "/workflows", {**BODY, "name": name})
    assert (answer.status_code, answer.json().get("name")) == (201 if kept else 400, kept)
    assert Workflow.objects.count() == (1 if kept else 0)


def test_a_node_is_patched_whatever_its_id_holds(api, workflow):
    nodes, edges = workflow.graph_json()
    body = {**BODY, "nodes": [*nodes, {**node("x", "input:text"), "id": "a/b"}], "edges": edges}
    assert api("put", f"/workflows/{workflow.pk}", body).status_code == 200
    answer = api("patch", f"/workflows/{workflow.pk}/nodes/a%2Fb", {"label": "Slash"})
    assert (answer.status_code, answer.json()["data"]["node"]["id"]) == (200, "a/b")
    answer = api("patch", f"/workflows/{workflow.pk}/nodes/a%2Fc", {"label": "Slash"})
    assert (answer.status_code, answer.json()["error"]) == (404, "Node not found")


def test_patching_an_input_refreshes_what_it_gives(api, workflow):
    answer = api("patch", f"/workflows/{workflow.pk}/nodes/text", {"params": {"prompt": "a fox"}})
    assert answer.json()["data"]["node"]["data"]["output"] == {"prompt": "a fox"}
    answer = api("patch", f"/workflows/{workflow.pk}/nodes/text", {"params": {"prompt": None}})
    assert "output" not in answer.json()["data"]["node"]["data"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("image", {"output": {}}, 400, "invalid_field"),
        ("image", {"nodeType": "input:text", "label": "x"}, 400, "invalid_field"),
        ("image", {}, 400, "missing_fields"),
        ("image", {"position": {"x": "a", "y": 1}}, 400, "invalid_request"),
        ("image", {"config": [1]}, 400, "invalid_request"),
        ("nobody", {"label": "x"}, 404, "not_found"),
        ("image", {"label": "x", "baseUpdatedAt": "2020-01-01T00:00:00.000Z"}, 409, "stale_write"),
        ("image", {"config": {str(n): "x" * 1_000 for n in range(300)}}, 413, "too_large"),
    ],
)
def test_a_patch_that_cannot_be_made_changes_nothing(api, workflow, path, body, status, code):
    before = workflow.graph_json()
    answer = api("patch", f"/workflows/{workflow.pk}/nodes/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Workflow.objects.get(pk=workflow.pk).graph_json() == before


def test_lint_answers_without_keeping_anything(api):
    answer = api("post", "/workflows/lint", {"nodes": [node("r", "utility:image_resize")], "edges": []})
    data = answer.json()["data"]
    assert (answer.status_code, data["ok"], data["violations"]) == (200, True, [])
    assert [warning["rule"] for warning in data["warnings"]] == ["required-input-missing"]
    assert (
        api("post", "/workflows/lint", {**BODY, "nodes": [node("x", "no:such")]}).json()["data"]["ok"]
        is False
    )
    assert api("post", "/workflows/lint", {}).status_code == 400
    assert Workflow.objects.count() == 0


def test_a_duplicate_is_a_workflow_of_its_own(api, workflow):
    answer = api("post", f"/workflows/{workflow.pk}/duplicate")
    data = answer.json()["data"]
    assert (answer.status_code, data["name"]) == (201, "Lighthouse (copy)")
    assert data["url"].endswith(f"/workflows/{data['id']}")
    copy = Workflow.objects.get(pk=data["id"])
    assert copy.graph_json() == workflow.graph_json()
    assert (
        api("post", f"/workflows/{workflow.pk}/duplicate", {"name": "Mine"}).json()["data"]["name"] == "Mine"
    )


def test_layout_moves_the_nodes_and_says_where(api, workflow):
    answer = api("post", f"/workflows/{workflow.pk}/layout", {"gapX": 20})
    body = answer.json()
    assert body["data"] == {key: body[key] for key in ("positions", "moved", "bounds")}
    assert [place["x"] for place in body["positions"].values()] == [0, 300, 600]
    stored = api("get", f"/workflows/{workflow.pk}").json()
    assert {raw["id"]: raw["position"] for raw in stored["nodes"]} == body["positions"]
    assert stored["updatedAt"] == body["updatedAt"]
    again = api("post", f"/workflows/{workflow.pk}/layout", {"gapX": 20}).json()
    assert (again["moved"], again["updatedAt"]) == ([], body["updatedAt"])
    assert api("post", f"/workflows/{workflow.pk}/layout", {"scope": ["nobody"]}).status_code == 404
    assert api("post", f"/workflows/{workflow.pk}/layout", {"gapX": -1}).status_code == 400


def test_node_types_are_listed_for_clients_and_for_the_canvas(api):
    answer = api("get", "/nodes")
    body = answer.json()
    assert len(body["nodes"]) == len(body["types"]) == len(CATALOG.kinds)
    banana = next(entry for entry in body["nodes"] if entry["nodeType"] == "generate:nano_banana_pro")
    assert (banana["label"], banana["credits"], banana["expandedImageInputs"], banana["dynamicPorts"]) == (
        "Nano Banana Pro", 13, 14, False,
    )  # fmt: skip
    assert banana["inputs"][0] == {
        "id": "prompt", "type": "TEXT", "label": "Prompt", "required": True, "isPort": True,
    }  # fmt: skip
    ratio = next(entry for entry in banana["inputs"] if entry["id"] == "aspect_ratio" and not entry["isPort"])
    assert (ratio["type"], "16:9" in ratio["options"]) == ("SELECT", True)
    types = {entry["type"]: entry for entry in body["types"]}
    assert types["utility:image_resize"]["runnable"] is True
    assert types["action:social_publish"]["runnable"] is False
    assert types["action:social_publish"]["reason"]
    assert body["accepts"]["TEXT"]["NUMBER"] == "converted"


def test_unchanged_node_types_are_not_sent_again(api, client):
    etag = api("get", "/nodes").headers["ETag"]
    again = client.get("/api/v1/nodes", headers={**api.headers, "If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("path", ["/workflows/lint", "/nodes"])
def test_the_wrong_method_is_named(api, path):
    answer = api("delete", path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"]


def test_the_canvas_is_told_who_serves_a_node_and_as_what(api):
    types = {one["type"]: one for one in api("get", "/nodes").json()["types"]}
    assert types["generate:flux_schnell"]["served_by"][:2] == ["fal", "fal.ai"]
    assert "fal-ai/flux/schnell" in types["generate:flux_schnell"]["served_by"]
    assert not any(name.startswith("$") for name in types["generate:gpt_image"]["served_by"])
    assert types["input:text"]["served_by"] == []
