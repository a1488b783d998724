"""Words to write JSON schemas in."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ADDRESS: Schema = {"type": "string", "format": "uri-reference"}
ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}
ID: Schema = {"type": "string", "format": "uuid"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def many(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def maybe(schema: Schema) -> Schema:
    """It may be null."""
    if "$ref" in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def a(text: str, schema: Schema) -> Schema:
    """The schema with a sentence for its reader."""
    return {**schema, "description": text}


def has(text: str = "", /, *, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object; all properties are always sent, but for those named ``optional``."""
    shape = {"type": "object", "required": [name for name in properties if name not in optional]}
    return {**shape, "properties": properties, **({"description": text} if text else {})}


def in_data(schema: Schema) -> Schema:
    return has(data=schema)


def of_all(text: str, name: str, **more: Any) -> Schema:
    """A shape with further properties."""
    return {"description": text, "allOf": [ref(name), has(**more)]}


def either(*names: str) -> Schema:
    """One shape for the team, another for guests."""
    return {"anyOf": [ref(name) for name in names]}
