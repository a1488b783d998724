"""The document arranged for the page: groups of calls, each with rows to be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString

from reference.document import document
from reference.markdown import as_html, code
from reference.samples import Sample, samples_of

Json = Mapping[str, Any]
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a body, or a parameter; ``path`` such as ``data.inputs[].key``."""

    path: str
    kind: str
    is_required: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Reply:
    status: str
    text: SafeString
    rows: list[Row]
    example: str
    headers: list[str]

    @property
    def example_html(self) -> SafeString:
        return code(self.example, "JSON")

    @property
    def is_problem(self) -> bool:
        return self.status >= "400"


@dataclass(frozen=True, slots=True)
class Entry:
    """One call on the page."""

    name: str
    method: str
    path: str
    summary: str
    text: SafeString
    scopes: list[str]
    role: str
    parameters: list[Row]
    bodies: list[tuple[str, list[Row]]]
    replies: list[Reply]
    samples: list[Sample]
    needs_key: bool
    is_start: bool

    @property
    def search_text(self) -> str:
        words = [
            self.method,
            self.path,
            self.name,
            self.summary,
            *self.scopes,
            *(row.path for row in self.parameters),
        ]
        words += [row.path for _, rows in self.bodies for row in rows]
        return " ".join(words).lower()


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    text: str
    entries: list[Entry]


@lru_cache(maxsize=1)
def groups() -> list[Group]:
    whole = document()
    found = {tag["name"]: Group(tag["name"], tag["description"], []) for tag in whole["tags"]}
    for path, ways in whole["paths"].items():
        for method, operation in ways.items():
            found[operation["tags"][0]].entries.append(_entry(whole, path, method, operation))
    return [group for group in found.values() if group.entries]


@lru_cache(maxsize=1)
def refusals() -> list[Reply]:
    """Every status that a call can be refused with."""
    found = {reply.status: reply for group in groups() for entry in group.entries for reply in entry.replies}
    return [found[status] for status in sorted(found) if found[status].is_problem]


def _entry(whole: Json, path: str, method: str, operation: Json) -> Entry:
    bodies = operation.get("requestBody", {}).get("content", {})
    parameters = operation.get("parameters", [])
    return Entry(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=as_html(operation.get("description", "")),
        scopes=operation.get("x-scopes", []),
        role=operation.get("x-role", ""),
        parameters=[
            Row(
                one["name"], f"{one['in']} · {_kind(whole, one['schema'])}", bool(one.get("required")),
                as_html(one.get("description", "")),
            )
            for one in parameters
        ],
        bodies=[(media, list(_rows(whole, body["schema"]))) for media, body in bodies.items()],
        replies=[_reply(whole, status, answer) for status, answer in operation["responses"].items()],
        samples=samples_of(settings.PUBLIC_URL, path, method, operation),
        needs_key=operation.get("security") == [{"key": []}],
        is_start=any(one["name"] == "Idempotency-Key" for one in parameters),
    )  # fmt: skip


def _reply(whole: Json, status: str, answer: Json) -> Reply:
    answer = _resolved(whole, answer)
    media: Json = next(iter(answer.get("content", {}).values()), {})
    example = media.get("example")
    schema = media.get("schema", {})
    return Reply(
        status,
        as_html(answer["description"]),
        list(_rows(whole, schema)) if status < "400" else [],
        json.dumps(example, ensure_ascii=False, indent=2) if example is not None else "",
        [name for name in answer.get("headers", {}) if not name.startswith("X-R")],
    )


def _resolved(whole: Json, schema: Json) -> Json:
    while "$ref" in schema:
        _, _, kind, name = schema["$ref"].split("/")
        schema = whole["components"][kind][name]
    return schema


def _rows(whole: Json, schema: Json, before: str = "", depth: int = 0) -> Iterator[Row]:
    """Every field of a body, the deeper ones after the field that holds them."""
    schema = _resolved(whole, schema)
    for part in schema.get("allOf") or schema.get("anyOf", ())[:1]:  # of several shapes the team's own
        yield from _rows(whole, part, before, depth)
    if schema.get("type") == "array":
        yield from _rows(whole, schema.get("items", {}), f"{before}[]", depth)
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        path = f"{before}.{name}" if before else name
        yield Row(path, _kind(whole, one), name in required, as_html(_text(whole, one)))
        if depth < DEEPEST and "$ref" not in one and "$ref" not in one.get("items", {}):
            yield from _rows(whole, one, path, depth + 1)


def _text(whole: Json, schema: Json) -> str:
    return str(schema.get("description") or _resolved(whole, schema).get("description", ""))


def _kind(whole: Json, schema: Json) -> str:
    """The type in a word or three, with what limits it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(word) for word in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "anyOf" in schema:
        return " or ".join(_kind(whole, one) for one in schema["anyOf"])
    kinds = schema.get("type", "any")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds:
        return f"list of {_kind(whole, schema.get('items', {}))}"
    limits = [f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    return ", ".join([" or ".join(kinds), *limits])


_LIMITS = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "at least",
    "maxLength": "at most",
    "default": "else",
}
