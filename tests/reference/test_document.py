"""The OpenAPI document: whole, fresh, and served."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator

from reference import calls
from reference.document import PATH
from reference.generate import as_text, document
from reference.problems import COMMON_HEADERS

WHOLE = document()
OPERATIONS = [(path, method, one) for path, ways in WHOLE["paths"].items() for method, one in ways.items()]

#: Calls that any key may make, whatever its scopes.
ANY_SCOPE = {"sendFeedback", "readGuidelines"}


def api_routes(patterns=None, before="/"):
    """(path, method, view's name) of every route of the API, as Django resolves them."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from api_routes(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("/api/") and hasattr(one.callback, "cls"):
            view = one.callback.cls
            for method in ("get", "post", "put", "patch", "delete"):
                if hasattr(view, method):
                    yield path, method, f"{view.__module__}.{view.__qualname__}"


def test_the_committed_document_is_what_the_code_says():
    assert PATH.read_text(encoding="utf-8") == as_text(WHOLE), "write it anew: bin/manage openapi"


def test_every_route_and_method_is_in_it():
    def plain(path: str) -> str:
        return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path)

    told = {(plain(path), method) for path, method, _ in OPERATIONS}
    assert told == {(plain(path), method) for path, method, _ in api_routes()}


def test_every_call_has_a_name_of_its_own_and_tells_what_it_needs():
    names = [one["operationId"] for _, _, one in OPERATIONS]
    assert len(names) == len(set(names))
    for path, method, one in OPERATIONS:
        assert one["summary"], (path, method)
        needs_scope = one["security"] == [{"key": []}] and one["operationId"] not in ANY_SCOPE
        assert ("x-scopes" in one) == needs_scope, (path, method)


def test_every_answer_carries_the_headers_of_all_answers():
    for path, method, one in OPERATIONS:
        for status, answer in one["responses"].items():
            name = answer.get("$ref", "").rpartition("/")[2]
            headers = WHOLE["components"]["responses"][name]["headers"] if name else answer["headers"]
            assert set(COMMON_HEADERS) <= set(headers), (path, method, status)


def test_every_call_tells_the_refusals_that_any_call_can_meet():
    for path, method, one in OPERATIONS:
        assert {"400", "429", "500", "503"} <= set(one["responses"]), (path, method)
        if one["security"] == [{"key": []}]:
            assert {"401", "403"} <= set(one["responses"]), (path, method)
        if "requestBody" in one:
            assert {"413", "415"} <= set(one["responses"]), (path, method)


def test_examples_fit_their_schemas():
    tried = 0
    for _, _, one in OPERATIONS:
        for media in one.get("requestBody", {}).get("content", {}).values():
            tried += _check(media)
    for answer in WHOLE["components"]["responses"].values():
        tried += _check(answer["content"]["application/json"])
    assert tried > 25


def _check(media) -> int:
    if "example" not in media:
        return 0
    schema = {**media["schema"], "components": WHOLE["components"]}
    Draft202012Validator(schema).validate(media["example"])
    return 1


def test_every_schema_is_one():
    for schema in WHOLE["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/openapi.json", "/api/v1/openapi.json"])
def test_it_is_served_without_a_key_and_with_the_address_of_the_server(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        **json.loads(PATH.read_text("utf-8")),
        "servers": [{"url": "http://127.0.0.1:8000"}],
    }


def test_a_call_that_nobody_has_told_of_stops_the_document():
    class Unknown:
        pass

    with pytest.raises(LookupError, match="Say in reference/calls what GET of"):
        calls.call_of(Unknown, "GET")
