"""Sharing by link: who sees what, and that no secret goes with it."""

from __future__ import annotations

import json

import pytest

from tests.factories import team_of
from tests.workflows.conftest import make_workflow
from tests.workflows.doors import FULL_KEYS, Api
from tests.workflows.graphs import PICTURE_GRAPH, node
from workflows import actions
from workflows.ids import written
from workflows.models import Workflow
from workflows.sharing import without_secrets

BODY = {"name": "Lighthouse", **PICTURE_GRAPH}
NOT_FOUND = {"error": "Workflow not found", "code": "not_found", "type": "invalid_request_error"}
FORBIDDEN = {"error": "Forbidden", "code": "forbidden", "type": "invalid_request_error"}


@pytest.fixture
def api(client, alice):
    return Api(client, alice)


@pytest.fixture
def stranger(client, charlie):
    return Api(client, charlie)


@pytest.fixture
def shared(api, workflow) -> Workflow:
    return share(api, workflow, "view")


def share(api, workflow: Workflow, how: str) -> Workflow:
    assert api("post", f"/workflows/{workflow.pk}/visibility", {"visibility": how}).status_code == 200
    workflow.refresh_from_db()
    return workflow


@pytest.mark.parametrize(("asked", "stored"), [("view", "VIEW"), ("edit", "EDIT"), ("private", "PRIVATE")])
def test_visibility_is_set_and_answered(api, workflow, asked, stored):
    before = workflow.updated_at
    answer = api("post", f"/workflows/{workflow.pk}/visibility", {"visibility": asked})
    workflow.refresh_from_db()
    url = f"http://127.0.0.1:8000/workflows/{workflow.pk}"
    assert answer.status_code == 200
    assert answer.json() == {
        "linkPermission": stored,
        "url": url,
        "data": {
            "id": workflow.pk,
            "linkPermission": stored,
            "url": url,
            "updatedAt": written(workflow.updated_at),
        },
    }
    assert workflow.link_permission == stored
    assert workflow.updated_at > before
    assert api("get", f"/workflows/{workflow.pk}").json()["linkPermission"] == stored


@pytest.mark.parametrize("body", [{}, {"visibility": "all"}, {"visibility": None}, []])
def test_other_words_share_nothing(api, workflow, body):
    answer = api("post", f"/workflows/{workflow.pk}/visibility", body)
    assert answer.status_code == 400
    workflow.refresh_from_db()
    assert workflow.link_permission == "PRIVATE"


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("api_key", "abc", ""), ("apiKey", "abc", ""), ("x-api-key", "abc", ""), ("authToken", "abc", ""),
        ("token", "abc", ""), ("client_secret", "abc", ""), ("password", "abc", ""), ("Authorization", "abc", ""),
        ("headers", {"Cookie": "a=b", "Accept": "x"}, {"Cookie": "", "Accept": "x"}), ("secrets", ["a", "b"], ["", ""]),
        ("prompt", "use sk-0123456789abcdef0123 here", "use  here"),
        ("prompt", "Bearer abcdefghijklmnopqrstuvwxyz", ""),
        ("url", "https://me:secret@example.com/x", "https://example.com/x"),
        ("text", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc-DEF", ""),
        ("text", "whk_" + "a" * 26, ""), ("text", "AKIAABCDEFGHIJKLMNOP", ""),
        ("max_tokens", 100, 100), ("imageKey", "bg", "bg"), ("prompt", "a token of love", "a token of love"),
        ("prompt", "ask-me-anything-about-lighthouses", "ask-me-anything-about-lighthouses"),
        ("keyword", "x", "x"), ("tokenizer", "x", "x"), ("seed", 7, 7), ("on", True, True), ("none", None, None),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_wiped_and_nothing_else(name, value, kept):
    raw = {
        "id": "a",
        "data": {"nodeType": "input:text", "params": {name: value}, "config": {name: value}, name: value},
    }
    data = without_secrets(raw)["data"]
    assert (data["params"], data["config"], data[name]) == ({name: kept}, {name: kept}, kept)
    assert raw["data"]["params"] == {name: value}


def test_sharing_wipes_what_is_stored_and_stopping_leaves_it(api, alice, workflow):
    secret = "sk-0123456789abcdef0123"
    api("patch", f"/workflows/{workflow.pk}/nodes/text", {"params": {"prompt": secret, "api_key": "x"}})
    workflow.refresh_from_db()
    share(api, workflow, "private")
    assert secret in json.dumps(workflow.graph_json())
    share(api, workflow, "view")
    assert secret not in json.dumps(workflow.graph_json())
    stored = workflow.nodes.get(node_id="text").data["params"]
    assert stored == {"prompt": "", "api_key": ""}
    assert workflow.nodes.get(node_id="image").data == workflow.graph_json()[0][1]["data"]


def test_a_secret_written_later_is_not_shown_to_strangers(api, stranger, shared):
    api("patch", f"/workflows/{shared.pk}/nodes/text", {"params": {"prompt": "sk-0123456789abcdef0123"}})
    assert "sk-0123456789abcdef0123" in json.dumps(api("get", f"/workflows/{shared.pk}").json())
    for path in (f"/workflows/{shared.pk}",):
        assert "sk-0123456789abcdef0123" not in json.dumps(stranger("get", path).json())
    copy = Workflow.objects.get(pk=stranger("post", f"/workflows/{shared.pk}/duplicate").json()["data"]["id"])
    assert "sk-0123456789abcdef0123" not in json.dumps(copy.graph_json())


def test_a_stranger_with_the_link_reads_and_copies(stranger, charlie, shared):
    got = stranger("get", f"/workflows/{shared.pk}").json()
    assert list(got) == FULL_KEYS
    assert (got["teamId"], got["userId"], got["webhookId"], got["webhookUrl"]) == (None, None, None, None)
    assert [raw["id"] for raw in got["nodes"]] == ["text", "image", "out"]
    answer = stranger("post", f"/workflows/{shared.pk}/duplicate")
    copy = Workflow.objects.get(pk=answer.json()["data"]["id"])
    assert (answer.status_code, copy.team, copy.link_permission) == (201, team_of(charlie), "PRIVATE")
    assert stranger("get", "/workflows").json()[0]["id"] == copy.pk
    assert len(stranger("get", "/workflows").json()) == 1


OWN = [
    ("delete", "", None),
    ("post", "/visibility", {"visibility": "private"}),
    ("post", "/execute", {}),
    ("post", "/estimate", {}),
    ("get", "/executions", None),
]
EDITS = [
    ("put", "", {**BODY, "name": "Mine"}),
    ("patch", "/nodes/image", {"label": "x"}),
    ("post", "/layout", {"gapX": 5}),
]


@pytest.mark.parametrize(("verb", "path", "body"), [*OWN, *EDITS])
def test_a_link_to_look_at_allows_no_change(stranger, shared, verb, path, body):
    before = shared.graph_json(), shared.updated_at
    answer = stranger(verb, f"/workflows/{shared.pk}{path}", body)
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
    shared.refresh_from_db()
    assert (shared.graph_json(), shared.updated_at, shared.deleted_at) == (*before, None)


@pytest.mark.parametrize(("verb", "path", "body"), EDITS)
def test_a_link_to_edit_allows_changes_of_the_graph(api, stranger, workflow, verb, path, body):
    before = share(api, workflow, "edit").updated_at
    assert stranger(verb, f"/workflows/{workflow.pk}{path}", body).status_code == 200
    workflow.refresh_from_db()
    assert workflow.updated_at > before


@pytest.mark.parametrize(("verb", "path", "body"), OWN)
def test_a_link_to_edit_gives_nothing_away(api, stranger, workflow, verb, path, body):
    share(api, workflow, "edit")
    assert stranger(verb, f"/workflows/{workflow.pk}{path}", body).json() == FORBIDDEN
    workflow.refresh_from_db()
    assert (workflow.link_permission, workflow.deleted_at) == ("EDIT", None)


@pytest.mark.parametrize(
    ("verb", "path", "body"), [("get", "", None), ("post", "/duplicate", None), *OWN, *EDITS]
)
def test_what_is_private_again_is_not_there(api, stranger, shared, verb, path, body):
    share(api, shared, "private")
    answer = stranger(verb, f"/workflows/{shared.pk}{path}", body)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_sharing_needs_the_role_and_the_scope(client, alice, vera, rita, workflow):
    for person, key in ((vera, {}), (rita, {}), (alice, {"scopes": ["workflows:read"]})):
        answer = Api(client, person, **key)(
            "post", f"/workflows/{workflow.pk}/visibility", {"visibility": "view"}
        )
        assert answer.status_code == 403
    workflow.refresh_from_db()
    assert workflow.link_permission == "PRIVATE"


# The page


def test_the_page_shows_a_shared_workflow_to_anybody(client, api, alice, shared):
    answer = client.get(f"/workflows/{shared.pk}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<h1>Lighthouse</h1>" in page
    assert "3 steps" in page
    assert '<svg class="diagram"' in page
    assert "Make my own copy" not in page
    assert alice.email not in page


def test_the_page_escapes_what_people_wrote_and_hides_secrets(client, alice, api):
    workflow = make_workflow(alice, "<script>x</script>")
    nodes = [node("t", "input:text", prompt="<b>bold</b> sk-0123456789abcdef0123")]
    share(api, workflow, "view")
    actions.replace_workflow(workflow=workflow, nodes=nodes, edges=[])
    page = client.get(f"/workflows/{workflow.pk}").content.decode()
    assert "<script>x" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "sk-0123456789" not in page


def test_a_private_page_asks_to_sign_in_whether_there_is_one_or_not(client, workflow):
    for workflow_id in (workflow.pk, "cmnothing"):
        answer = client.get(f"/workflows/{workflow_id}")
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"/sign-in?next=/workflows/{workflow_id}",
        )


def test_somebody_who_is_signed_in_can_copy_what_is_shared(signed_in, charlie, shared, workflow):
    browser = signed_in(charlie)
    assert "Make my own copy" in browser.get(f"/workflows/{shared.pk}").content.decode()
    answer = browser.post(f"/workflows/{shared.pk}/duplicate")
    copy = Workflow.objects.get(team=team_of(charlie))
    assert answer.headers["Location"] == f"/flow/{copy.pk}"
    assert browser.get(f"/flow/{shared.pk}").status_code in (403, 404)


def test_a_signed_in_stranger_sees_no_private_page(signed_in, charlie, workflow):
    browser = signed_in(charlie)
    assert browser.get(f"/workflows/{workflow.pk}").status_code == 404
    assert browser.post(f"/workflows/{workflow.pk}/duplicate").status_code == 404
