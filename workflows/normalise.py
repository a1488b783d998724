"""Graphs as we keep them: what was left out filled in, old names rewritten, ports drawn from the catalog."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.catalog import Catalog, NodeType, Port
from wireflow_ui.errors import WireflowError
from workflows.components import component_id, ports_of
from workflows.nodes import DRAWN_ONLY, data_of, position_of, tidy, type_name
from workflows.ports import find_input, find_output
from workflows.values import read_values

#: Values of ``data.category`` in the API; the palette groups of the catalog are another thing.
CATEGORIES = frozenset(
    [
        "input", "generate", "edit", "llm", "video", "audio", "talking",
        "utility", "logic", "process", "output", "iterator", "model",
    ]
)  # fmt: skip

_LEFT_BY_RUNS = ("result", "output", "selectedOutput", "selectedIndex")
_LEFT_BY_CANVAS = ("selected", "dragging", "resizing", "positionAbsolute", "dims")
_TOKEN = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}")
_MAX_ID, _MAX_LABEL = 128, 200
#: Graphs that break the caps of the catalog may be kept while somebody edits; beyond this nothing is.
MOST_NODES, MOST_EDGES = 1_000, 5_000


class BadGraph(WireflowError):
    """What was sent has not the shape of a graph."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """The graph to keep, and the names that were rewritten: ``[{"nodeId", "from", "to"}]``.

    ``without_ports`` and ``without_category`` are the ids of nodes that came without them.
    """

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    migrations: list[dict[str, str]]
    without_ports: list[str] = field(default_factory=list)
    without_category: list[str] = field(default_factory=list)


def check_shape(nodes: Any, edges: Any, *, unfinished: bool = False) -> None:
    """Raise BadGraph (400) unless these are nodes and edges. ``unfinished`` allows nodes without a type."""
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise BadGraph("nodes and edges must be lists.")
    if len(nodes) > MOST_NODES or len(edges) > MOST_EDGES:
        raise BadGraph(f"A graph may have {MOST_NODES:,} nodes and {MOST_EDGES:,} edges at most.")
    for raw in nodes:
        if not isinstance(raw, dict) or raw.get("id") in (None, ""):
            raise BadGraph("All nodes must have an id")
        _check_text(raw["id"], "The node id")
        if not isinstance(raw.get("data") or {}, dict):
            raise BadGraph(f"data of node {raw['id']} must be an object.")
        for key in ("config", "params"):
            if not isinstance(data_of(raw).get(key) or {}, dict):
                raise BadGraph(f"{key} of node {raw['id']} must be an object.")
        label = data_of(raw).get("label")
        if label is not None and (not isinstance(label, str) or len(label) > _MAX_LABEL):
            raise BadGraph(f"The label of node {raw['id']} must be a text of up to {_MAX_LABEL} characters.")
        if raw.get("type") is not None and (not isinstance(raw["type"], str) or len(raw["type"]) > _MAX_ID):
            raise BadGraph(f"The type of node {raw['id']} must be a text of up to {_MAX_ID} characters.")
        component = data_of(raw).get("component")
        if component_id(raw) and component is not None:
            if not isinstance(component, dict):
                raise BadGraph(f"component of node {raw['id']} must be an object.")
            # Bodies are not nested deep, so this may call itself.
            check_shape(component.get("nodes", []), component.get("edges", []), unfinished=True)
        if not unfinished and not type_name(raw) and raw.get("type") not in DRAWN_ONLY:
            raise BadGraph(f"Node {raw['id']} is missing model.name")
    for number, edge in enumerate(edges, 1):
        if not isinstance(edge, dict):
            raise BadGraph(f"Edge {number} must be an object.")
        for key in ("source", "target"):
            if not isinstance(edge.get(key), str) or not edge[key]:
                raise BadGraph(f"Edge {number} must name its {key}.")
        for key in ("id", "source", "target", "sourceHandle", "targetHandle"):
            if edge.get(key) is not None:
                _check_text(edge[key], f"The {key} of edge {number}", longest=_MAX_ID + 20)


def _check_text(value: Any, what: str, *, longest: int = _MAX_ID) -> None:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise BadGraph(f"{what} must be a text of 1 to {longest} printable characters.")


def normalise(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    catalog: Catalog,
    *,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
) -> Normalised:
    """Bring a graph whose shape was checked into the form we keep. Doing it twice changes nothing.

    ``previous`` holds the stored ``data`` of the workflow's nodes by id: results are dropped from nodes that
    are not among them, and of ``config`` and ``params``, which mirror each other, the edited one wins.
    """
    stored = previous or {}
    migrations: list[dict[str, str]] = []
    without_ports: list[str] = []
    without_category: list[str] = []
    kept_edges = _edges(edges)
    handles: dict[str, list[str]] = {}
    for edge in kept_edges:
        handles.setdefault(edge["target"], []).append(str(edge.get("targetHandle") or ""))
    kept: list[dict[str, Any]] = []
    for raw in nodes:
        node = {key: value for key, value in raw.items() if key not in _LEFT_BY_CANVAS}
        data = dict(data_of(raw))
        name = type_name(raw)
        if not name and raw.get("type") == "stickyNote":
            name = "utility:sticky_note"
        if name in catalog.migrations:
            migrations.append({"nodeId": raw["id"], "from": name, "to": catalog.migrations[name]})
            name = catalog.migrations[name]
        kind = catalog.find(name)
        if name:
            data["nodeType"] = name
        data.pop("isExecuting", None)
        if raw["id"] not in stored:
            for key in _LEFT_BY_RUNS:
                data.pop(key, None)
        drawn_as = "stickyNote" if kind is not None and kind.is_note else raw.get("type") or "basedNode"
        if drawn_as != "custom_group":
            _mirror(data, stored.get(raw["id"], {}))
        if kind is not None:
            if "inputs" not in data and "outputs" not in data:
                without_ports.append(raw["id"])
            if not _is_category(data.get("category")):
                without_category.append(raw["id"])
            _hydrate(data, kind, name, handles.get(raw["id"], ()))
        elif component_id({"data": data}):
            data.setdefault("label", "Component")
            data["category"] = "process"
            data["inputs"], data["outputs"] = ports_of(data)
        elif name:
            data.setdefault("label", name)
        x, y = position_of(raw)
        node["type"] = drawn_as
        node["position"] = {"x": tidy(x), "y": tidy(y)}
        node["data"] = data
        kept.append(node)
    _fill_handles(kept, kept_edges, catalog)
    return Normalised(kept, kept_edges, migrations, without_ports, without_category)


def _edges(edges: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Edges with an id each."""
    taken = {edge.get("id") for edge in edges}
    kept: list[dict[str, Any]] = []
    number = 0
    for edge in edges:
        copy = {key: value for key, value in edge.items() if key != "selected"}
        if not copy.get("id"):
            number += 1
            while f"e{number}" in taken:
                number += 1
            copy["id"] = f"e{number}"
        kept.append(copy)
    return kept


def _mirror(data: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Make ``config`` and ``params`` equal: the one that was edited, else ``config`` over ``params``."""
    config, params = (
        dict(found) if isinstance(found := data.get(key), Mapping) else None for key in ("config", "params")
    )
    if config is None or params is None:
        both = config if config is not None else params if params is not None else {}
    elif config == before.get("config") and config == before.get("params"):
        both = params
    elif params == before.get("params") and params == before.get("config"):
        both = config
    else:
        both = params | config
    data["config"], data["params"] = both, dict(both)


def _hydrate(data: dict[str, Any], kind: NodeType, name: str, handles: Sequence[str]) -> None:
    """Label, category and ports from the catalog, with the ports that settings and ``handles`` call for.

    ``handles`` are those at which wires end here.
    """
    if not isinstance(data.get("label"), str) or not data["label"].strip():
        data["label"] = kind.title
    if not _is_category(data.get("category")):
        data["category"] = "process" if kind.name == "compv3" else name.partition(":")[0]
    inputs = [_input(port) for port in kind.inputs]
    named = dict.fromkeys(port["id"] for port in inputs)
    for extra in _extra_inputs(data, kind, handles):
        if extra["id"] not in named:
            named[extra["id"]] = None
            inputs.append(extra)
    data["inputs"] = inputs
    data["outputs"] = [_output(port) for port in kind.outputs]
    rule = kind.spec.get("dynamic_ports", {}).get("outputs", {})
    if rule.get("kind") == "from_param":
        params = read_values(kind, data, kind.spec.get("alias_presets", {}).get(name, {})).params
        paths = params.get(rule["param"])
        ports = (find_output(kind, f"out-{path}", params) for path in paths or ())
        data["outputs"] += [_output(port) for port in ports if port is not None]


def _is_category(value: Any) -> bool:
    return isinstance(value, str) and value in CATEGORIES


def _extra_inputs(
    data: Mapping[str, Any], kind: NodeType, handles: Sequence[str]
) -> Iterable[dict[str, Any]]:
    """Numbered and dynamic inputs that a wire ends at or a text speaks of."""
    numbered: dict[str, int] = {}
    for handle in handles:
        landing = find_input(kind, handle)
        if landing is None or landing.into_param:
            continue
        if landing.slot > 1:
            numbered[landing.port.id] = max(landing.slot, numbered.get(landing.port.id, 1))
        elif kind.input(landing.port.id) is None:
            yield _input(landing.port)
    for port in kind.inputs:
        for slot in range(2, numbered.get(port.id, 1) + 1):
            yield {
                **_input(port),
                "id": f"{port.stem}{slot}",
                "label": f"{port.label} {slot}",
                "required": False,
            }
    if kind.spec.get("dynamic_ports", {}).get("inputs", {}).get("kind") == "named":
        texts = json.dumps([data[key] for key in ("config", "text") if key in data], ensure_ascii=False)
        for token in dict.fromkeys(_TOKEN.findall(texts)):
            landing = find_input(kind, f"in-{token}")
            if landing is not None and not landing.into_param:
                yield _input(landing.port)


def _input(port: Port) -> dict[str, Any]:
    wire = {"id": port.id, "type": port.type, "label": port.label, "required": port.required}
    return wire | {"multiple": True} if port.multiple else wire


def _output(port: Port) -> dict[str, Any]:
    wire: dict[str, Any] = {"id": port.id, "type": port.type, "label": port.label}
    return wire | {"multiple": True} if port.multiple else wire


def _fill_handles(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[dict[str, Any]], catalog: Catalog
) -> None:
    """Write the handle where it was left out and the node has one port only."""
    kinds = {node["id"]: catalog.find(node["data"].get("nodeType") or "") for node in nodes}
    for edge in edges:
        source, target = kinds.get(edge["source"]), kinds.get(edge["target"])
        if not edge.get("sourceHandle") and source is not None and len(source.outputs) == 1:
            edge["sourceHandle"] = f"out-{source.outputs[0].id}"
        if not edge.get("targetHandle") and target is not None and len(target.inputs) == 1:
            edge["targetHandle"] = f"in-{target.inputs[0].id}"
