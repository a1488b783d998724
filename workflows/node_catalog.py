"""The body of ``GET /api/v1/nodes``: made once per process, since the catalog never changes while we run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from providers.catalog import Catalog, NodeType, load_catalog
from providers.local import SUPPORTED
from workflows.lint import why_not_runnable

#: Keys of a catalog entry that the canvas reads as they stand.
_RAW = (
    "category", "execution", "summary", "inputs", "outputs", "params", "dynamic_ports", "credits", "credits_by",
    "credits_basis", "price", "status", "aliases", "alias_presets", "alias_lint", "fan", "pauses", "requires",
    "replacement", "run_input", "latency_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeCatalog:
    """JSON text and the ETag that names it."""

    body: bytes
    etag: str


@lru_cache(maxsize=1)
def node_catalog() -> NodeCatalog:
    """What this server's nodes are, for clients (``nodes``) and for the canvas (``types``)."""
    catalog = load_catalog()
    answer = {
        "nodes": [_for_clients(kind) for kind in catalog.kinds.values()],
        "types": [_for_the_canvas(kind, catalog.providers) for kind in catalog.kinds.values()],
        "accepts": catalog.accepts,
        "categories": catalog.categories,
        "limits": _limits(catalog),
    }
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    return NodeCatalog(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _limits(catalog: Catalog) -> dict[str, int]:
    return {"nodes": catalog.max_nodes, "edges": catalog.max_edges}


def _for_clients(kind: NodeType) -> dict[str, Any]:
    numbered = [port.max for port in kind.inputs if port.numbered and port.max]
    ports = [
        {"id": port.id, "type": port.type, "label": port.label, "required": port.required, "isPort": True}
        for port in kind.inputs
    ]
    params = [
        {
            "id": param.id,
            "type": "SELECT" if param.type == "enum" else param.type.upper(),
            "label": param.id.replace("_", " ").capitalize(),
            "required": bool(param.spec.get("required")),
            "isPort": False,
            "default": param.default,
        }
        | ({"options": param.values} if param.type == "enum" else {})
        for param in kind.params
    ]
    return {
        "nodeType": kind.name,
        "label": kind.title,
        "category": kind.category,
        "description": kind.summary,
        "inputs": ports + params,
        "outputs": [{"id": port.id, "type": port.type, "label": port.label} for port in kind.outputs],
        "credits": kind.spec["credits"],
        "expandedImageInputs": max(numbered, default=0),
        "dynamicPorts": "dynamic_ports" in kind.spec,
    }


def _for_the_canvas(kind: NodeType, providers: Mapping[str, Any]) -> dict[str, Any]:
    reason = why_not_runnable(kind, SUPPORTED)
    entry = {key: kind.spec[key] for key in _RAW if key in kind.spec}
    return {
        "type": kind.name,
        "title": kind.title,
        **entry,
        "served_by": _served_by(kind, providers),
        "runnable": reason is None,
        "reason": reason.message if reason else "",
    }


def _served_by(kind: NodeType, providers: Mapping[str, Any]) -> list[str]:
    """The services that serve it and what they call it, for who searches by that. A model may stand in a setting."""
    names = [
        name
        for route in kind.spec.get("routes", ())
        for name in (route["provider"], providers[route["provider"]]["name"], route.get("model") or "$")
    ]
    return [name for name in dict.fromkeys(names) if not name.startswith("$")]


def _plain(value: Any) -> Any:
    """Read-only views of dicts, which JSON does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
