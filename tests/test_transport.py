"""What holds for every address below /api: contract §1."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import bearer
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

NOT_FOUND = {"error": "Not found", "code": "not_found", "type": "invalid_request_error"}


def api_paths(patterns: object = None, before: str = "/") -> Iterator[tuple[str, object]]:
    """Every address of the API with its view, its parameters filled in."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from api_paths(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("/api/v1/") and hasattr(one.callback, "cls"):
            yield re.sub(r"<[^>]+>", "x", path), one.callback.cls


PATHS = sorted(api_paths(), key=lambda pair: pair[0])


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nope", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v1/workflows/x/y/z"]
)
def test_an_address_there_is_not_answers_json(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(("path", "view"), PATHS)
def test_no_address_ends_in_a_slash_or_redirects(client, alice, path, view):
    assert not path.endswith("/")
    answer = client.get(f"{path}/", headers=bearer(alice))
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(("path", "view"), PATHS)
def test_the_wrong_method_is_answered_with_those_there_are(client, alice, path, view):
    answer = client.generic("TRACE", path, headers=bearer(alice))
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    named = {name.strip() for name in answer.headers["Allow"].split(",")}
    own = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
    assert named - {"HEAD", "OPTIONS"} == own
    assert ("HEAD" in named) == ("GET" in own)


@pytest.mark.parametrize(("path", "view"), PATHS)
def test_a_preflight_needs_no_key(client, path, view):
    answer = client.options(path)
    assert answer.status_code in (200, 204)
    assert answer.content == b""
    assert answer.headers["X-Request-Id"]


def test_head_has_the_headers_of_get_and_no_body(client, alice):
    headers = bearer(alice)
    got, head = (
        client.get("/api/v1/workflows", headers=headers),
        client.head("/api/v1/workflows", headers=headers),
    )
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_json_is_compact(client, alice):
    Workflow.objects.create(team=alice.memberships.get().team, name="A b")
    text = client.get("/api/v1/workflows", headers=bearer(alice)).content
    assert b'"name":"A b","description":""' in text
    assert re.search(rb'"updatedAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"', text)


@pytest.mark.parametrize("path", ["", "/poll"])
def test_an_execution_id_that_cannot_be_one_is_not_found(client, alice, path):
    answer = client.get(f"/api/v1/workflows/executions/exec_456{path}", headers=bearer(alice))
    assert (answer.status_code, answer.json()) == (404, {**NOT_FOUND, "error": "Execution not found"})


@pytest.mark.parametrize("body", ["[]", "null", "1", '"x"', "true"])
def test_every_body_is_an_object(client, alice, body):
    """Also where all of it may be left out: what is sent and not read was meant as something."""
    workflow = Workflow.objects.create(team=alice.memberships.get().team, name="A b")
    for path in ("media/upload", *(f"workflows/{workflow.pk}/{word}" for word in ("execute", "duplicate"))):
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json", headers=bearer(alice))
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "error": "The body must be a JSON object.",
                "code": "invalid_body",
                "type": "invalid_request_error",
            },
        )
    assert Workflow.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("execute", {"inputs": []}, "inputs: This must be an object."),
        ("execute", {"nodes": [1]}, "nodes.0: This must be an object."),
        ("execute", {"iteratorConfigs": {}}, "iteratorConfigs: This must be a list."),
        ("publish", {"branding": 5}, "branding: This must be an object."),
        ("visibility", {"visibility": "public"}, "visibility: Choose view, edit or private."),
        (
            "execute",
            {"iteratorConfigs": [{"nodeId": "t", "items": [1], "mode": "x"}]},
            "iteratorConfigs.0.mode: Choose zip or product.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words_of_json(client, alice, path, body, sentence):
    workflow = Workflow.objects.create(team=alice.memberships.get().team, name="A b")
    answer = client.post(
        f"/api/v1/workflows/{workflow.pk}/{path}",
        body,
        content_type="application/json",
        headers=bearer(alice),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, sentence)
