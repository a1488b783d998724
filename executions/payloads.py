"""What the body of a webhook's call must look like, and by what a delivery that came before is known.

Pure. A webhook node's ``schema`` names the keys of the body with their kinds, its ``dedupe_by`` the path of an id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from executions.values import BadValue
from providers.errors import InvalidInput
from providers.local.json_paths import parse_path, read_path
from workflows.graph import Node

KINDS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "string": lambda value: isinstance(value, str),
        "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": lambda value: isinstance(value, bool),
        "array": lambda value: isinstance(value, list),
        "object": lambda value: isinstance(value, Mapping),
    }
)


def check_rules(node: Node) -> None:
    """Raises `BadValue` when what the node asks of a body cannot be read."""
    for key, kind in node.params["schema"].items():
        if not isinstance(kind, str) or kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise BadValue(f"“{node.label}”: its schema must say for “{key[:60]}” one of {kinds}.")
    try:
        parse_path(node.params["dedupe_by"])
    except InvalidInput as error:
        raise BadValue(f"“{node.label}”: {error.message}") from None


def check_payload(node: Node, payload: Mapping[str, Any]) -> None:
    """Raises `BadValue`, naming the key, when the body lacks one of the node's schema or has another kind there."""
    for key, kind in node.params["schema"].items():
        fits = KINDS.get(kind) if isinstance(kind, str) else None
        if fits is None or (key in payload and fits(payload[key])):
            continue
        article = "an" if kind[0] in "ao" else "a"
        found = f"what came is {_kind_of(payload[key])}" if key in payload else "it is missing"
        raise BadValue(f"The body must have “{key[:60]}” as {article} {kind}; {found}.")


def delivery_of(nodes: Iterable[Node], payload: Mapping[str, Any]) -> str:
    """What a second delivery of the same thing has in common with the first; "" where no node asks, or no id came."""
    ids = []
    for node in nodes:
        path = node.params["dedupe_by"].strip()
        try:
            value = read_path(payload, path) if path else None
        except InvalidInput:
            continue
        if value not in (None, ""):
            ids.append([node.id, path, value])
    if not ids:
        return ""
    return hashlib.sha256(
        json.dumps(sorted(ids, key=lambda one: one[0]), sort_keys=True).encode()
    ).hexdigest()


def _kind_of(value: Any) -> str:
    """In words, with its article."""
    kind = next((name for name, fits in KINDS.items() if fits(value)), "")
    return f"{'an' if kind[0] in 'ao' else 'a'} {kind}" if kind else "null"
