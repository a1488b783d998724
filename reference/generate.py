"""The OpenAPI document, from the routes, their views and serializers, and what `reference.calls` says of them.

Needed by those who change the API, not by those who serve it: the library is a development dependency, and the
server hands out the committed ``docs/openapi.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings, spectacular_settings

from reference.call import JSON, Answer, Call, Shape
from reference.calls import GROUPS, call_of
from reference.problems import HEADERS, PROBLEMS, headers_of, responses
from reference.shapes import SHAPES

Json = dict[str, Any]

SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "CAMELIZE_NAMES": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "GENERIC_ADDITIONAL_PROPERTIES": "dict",
    "PATH_CONVERTER_OVERRIDES": {"workflow": str},
    "DISABLE_ERRORS_AND_WARNINGS": False,
}
INTRODUCTION = """\
The REST API of Wireflow UI. Clients written for the Wireflow API work when their host is changed.

JSON in and out, no trailing slashes, times in UTC with milliseconds. Every answer carries `X-Request-Id` and the
`X-RateLimit` headers; every refusal is `{"error", "code", "type"}` with what else there is to know beside it."""
KEY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "sk-…",
    "description": "A key from Settings → API keys, sent as `Authorization: Bearer sk-…`.",
}


class MomentExtension(OpenApiSerializerFieldExtension):
    target_class = "executions.history_api.Moment"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Json:
        return {"type": "string", "format": "date-time"}


class CallSchema(AutoSchema):
    """One call. The library reads parameters and serializers; the rest is said in `reference.calls`."""

    call: Call

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Json | None:
        if not path.startswith("/api/"):  # pages, and addresses that are only handed out
            return None
        self.call = call_of(type(self.view), method.upper())
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        scopes, role = self._needs()
        more = {"x-scopes": list(scopes), "x-role": role} if scopes else {}
        return {**(operation or {}), **more}

    def _needs(self) -> tuple[tuple[str, ...], str]:
        """The scopes of which a key needs one, and the role."""
        for permission in self.view.permission_classes:
            one: Any = getattr(permission, "by_method", {}).get(self.method, permission)
            if hasattr(one, "scopes"):
                return one.scopes, one.role
        return (), ""

    def _get_serializer(self) -> None:
        """Views have none: which serializer reads a body is said in `reference.calls`."""

    def get_operation_id(self) -> str:
        return self.call.name_of_one if self.call.name_of_one and "{" in self.path else self.call.name

    def get_summary(self) -> str:
        return self.call.summary

    def get_description(self) -> str:  # type: ignore[override]  # the library's own has no arguments
        return self.call.text

    def get_tags(self) -> list[str]:
        return [self.call.group]

    def get_auth(self) -> list[Json]:
        if not self.view.authentication_classes:
            return [{}]
        return [{}, {"key": []}] if self._is_open() else [{"key": []}]

    def _is_open(self) -> bool:
        """Does it answer without a key? Then a key that it is shown changes who is counted, and nothing else."""
        return not self.view.permission_classes

    def get_override_parameters(self) -> list[Any]:
        return [import_string(self.call.query)] if self.call.query else []

    def _get_parameters(self) -> list[Json]:
        found: list[Json] = super()._get_parameters()
        for one in found:
            if one["in"] == "path":
                one["schema"] = {"type": "string"}
        found += [{"in": "query", **one} for one in self.call.more_query]
        if self.call.repeatable:
            found.append(dict(IDEMPOTENCY_KEY))
        return found

    def _get_request_body(self, direction: str = "request") -> Json | None:
        if not self.call.body:
            return None
        content: Json = {media: {"schema": self._shape(shape)} for media, shape in self.call.body.items()}
        if self.call.example is not None:
            content[JSON]["example"] = self.call.example
        return {"required": self.call.needs_body, "content": content}

    def _shape(self, shape: Shape) -> Json:
        if isinstance(shape, dict):
            return shape
        if "." not in shape:
            return {"$ref": f"#/components/schemas/{shape}"}
        ref: Json = self.resolve_serializer(import_string(shape), "request").ref
        return ref

    def _get_response_bodies(self, direction: str = "response") -> Json:
        found: Json = {str(status): self._answer(answer) for status, answer in self.call.answers.items()}
        for status in sorted(self._problem_statuses()):
            found[str(status)] = {"$ref": f"#/components/responses/{PROBLEMS[status]['name']}"}
        return found

    def _answer(self, answer: Answer) -> Json:
        told: Json = {"description": answer.text, "headers": headers_of(answer.headers)}
        if answer.shape is not None:
            body = {"schema": self._shape(answer.shape)}
            if answer.example is not None:
                body["example"] = answer.example
            told["content"] = {answer.media: body}
        return told

    def _problem_statuses(self) -> set[int]:
        statuses = {400, 429, 500, 503, *self.call.errors}
        if not self._is_open():
            statuses |= {401, 403}
        if "{" in self.path:
            statuses.add(404)
        if self.call.body:
            statuses |= {413, 415}
        return statuses


class Generator(SchemaGenerator):
    """All routes below ``/api`` whose views are classes of the REST framework."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        view.schema = CallSchema()
        return view


def document() -> Json:
    """The whole document, without an address of a server."""
    with patched_settings(SETTINGS):
        assert spectacular_settings.OAS_VERSION == "3.1.1"
        found: Json = Generator().get_schema(public=True)
    schemas = {name: dict(one) for name, one in found["components"]["schemas"].items()}
    for schema in schemas.values():
        _name_graphs(schema)
    paths = {path: one for path, one in found["paths"].items() if path.startswith("/api/")}
    whole = {
        "openapi": "3.1.1",
        "info": {
            "title": "Wireflow UI",
            "version": "1",
            "summary": "Draw, run and watch node-based AI media workflows.",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in GROUPS.items()],
        "paths": dict(sorted(paths.items(), key=lambda pair: _place(pair[1]))),
        "components": {
            "schemas": dict(sorted({**schemas, **SHAPES}.items())),
            "responses": responses(),
            "headers": HEADERS,
            "securitySchemes": {"key": KEY},
        },
    }
    _link(whole)
    _check_references(whole)
    return whole


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own, best a UUID. The same key and body within 24 hours are answered with the "
    "first answer, and start nothing again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def _place(path: Mapping[str, Json]) -> int:
    """Groups in the order of `GROUPS`; within one the order of the routes."""
    first = next(iter(path.values()))
    return list(GROUPS).index(first["tags"][0])


def _name_graphs(schema: Json) -> None:
    """Serializers take nodes and edges as lists of anything; what they must look like is a shape of its own."""
    for name, item in (("nodes", "Node"), ("edges", "Edge")):
        listed = schema.get("properties", {}).get(name)
        if listed and listed.get("type") == "array":
            listed["items"] = {"$ref": f"#/components/schemas/{item}"}


#: What was made → the name that other calls give it, and where its id stands in the answer.
MADE = {
    "SavedWorkflow": ("workflowId", "$response.body#/id"),
    "Copy": ("workflowId", "$response.body#/data/id"),
    "Started": ("executionId", "$response.body#/executionId"),
    "StartedRun": ("executionId", "$response.body#/executionId"),
    "Triggered": ("executionId", "$response.body#/executionId"),
    "OneAsset": ("assetId", "$response.body#/data/id"),
    "Uploaded": ("assetId", "$response.body#/data/id"),
    "Published": ("slug", "$response.body#/data/slug"),
}


def _link(whole: Json) -> None:
    """Say with each answer that makes something which calls take its id."""
    calls = [(one, path) for path, ways in whole["paths"].items() for one in ways.values()]
    for operation, _ in calls:
        for status, answer in operation["responses"].items():
            schema = answer.get("content", {}).get(JSON, {}).get("schema", {})
            made = schema.get("$ref", "").rpartition("/")[2]
            if status < "300" and made in MADE:
                name, where = MADE[made]
                answer["links"] = {
                    other["operationId"]: {"operationId": other["operationId"], "parameters": {name: where}}
                    for other, path in calls
                    if path.count("{") == 1 and f"{{{name}}}" in path
                }


def _check_references(whole: Json) -> None:
    for reference in set(re.findall(r'"#/components/(\w+)/([\w-]+)"', json.dumps(whole))):
        kind, name = reference
        if name not in whole["components"][kind]:
            raise LookupError(f"components.{kind} has no {name}.")


def as_text(whole: Json) -> str:
    """As it is committed: two runs give the same bytes."""
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
