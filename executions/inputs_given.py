"""Values that a caller gives for input nodes, put into a copy of the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from providers.catalog import NodeType, load_catalog
from wireflow_ui.errors import WireflowError

Json = Mapping[str, Any]


def apply_inputs(nodes: Sequence[Json], inputs: Json) -> list[Json]:
    """The nodes with ``inputs`` written into their input nodes.

    A key is a node id, else a label (any case, or as a slug), else the key of a value such as ``prompt``, which
    goes to the first input node that has it. A key that fits nothing is refused, naming those that would.
    """
    if not inputs:
        return list(nodes)
    sources = _sources(nodes)
    written: dict[str, dict[str, Any]] = {}
    for key, value in inputs.items():
        node_id, kind, param = _found(key, sources)
        param = param or _param_for(kind, value)
        if isinstance(value, (Mapping, list)) and _is_text(kind, param):
            label = _label(sources[node_id][0], kind)
            raise WireflowError(f"“{label}” must be a text.", code="invalid_inputs", input=key)
        written.setdefault(node_id, {})[param] = value
    return [
        _with_params(node, written[str(node.get("id"))]) if str(node.get("id")) in written else node
        for node in nodes
    ]


def by_node(nodes: Sequence[Json], inputs: Json) -> dict[str, Any]:
    """``inputs`` by the ids of the nodes that they go to; refused as `apply_inputs` refuses them."""
    sources = _sources(nodes)
    return {_found(key, sources)[0]: value for key, value in inputs.items()}


def fitting_inputs(nodes: Sequence[Json], given: Json) -> dict[str, Any]:
    """What of ``given`` has an input node to go to, as `apply_inputs` finds it; the rest is left out."""
    sources = _sources(nodes)
    return {key: value for key, value in given.items() if _find(key, sources) is not None}


def nodes_given(nodes: Sequence[Json], given: Json) -> set[str]:
    """The ids of the input nodes that ``given`` has a value for."""
    sources = _sources(nodes)
    return {found[0] for key in given if (found := _find(key, sources)) is not None}


def _sources(nodes: Sequence[Json]) -> dict[str, tuple[Json, NodeType]]:
    catalog = load_catalog()
    found = {}
    for node in nodes:
        kind = catalog.find(str(_data(node).get("nodeType", "")))
        if kind is not None and kind.is_source:
            found[str(node.get("id"))] = (node, kind)
    return found


def set_value(nodes: Sequence[Json], node_id: str, key: str, value: Any) -> list[Json]:
    """The nodes with ``value`` as the parameter ``key`` of one of them, which need not be an input node."""
    for place, node in enumerate(nodes):
        if node.get("id") != node_id:
            continue
        kind = load_catalog().find(str(_data(node).get("nodeType", "")))
        for param in kind.params if kind is not None else ():
            if key in (param.id, *param.aliases):
                return [*nodes[:place], _with_params(node, {param.id: value}), *nodes[place + 1 :]]
        raise WireflowError(f"“{node_id}” has no setting “{key[:100]}”.", code="unknown_input")
    raise WireflowError(f"The workflow has no node “{node_id[:100]}”.", code="unknown_input")


def _data(node: Json) -> Json:
    data = node.get("data")
    return data if isinstance(data, Mapping) else {}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _label(node: Json, kind: NodeType) -> str:
    return str(_data(node).get("label") or kind.title)


def _named(node_id: str, node: Json, kind: NodeType) -> str:
    """An input by its id, with the label that goes for it as well, and what it takes."""
    return f"{node_id} (“{_label(node, kind)[:60]}”, {kind.spec['run_input']['type']})"


def _is_text(kind: NodeType, param_id: str) -> bool:
    param = kind.param(param_id)
    return param is not None and param.type in ("text", "string")


def _find(key: str, sources: Mapping[str, tuple[Json, NodeType]]) -> tuple[str, NodeType, str] | None:
    if key in sources:
        return key, sources[key][1], ""
    for node_id, (node, kind) in sources.items():
        label = _label(node, kind)
        if key.lower() == label.lower() or (_slug(key) and _slug(key) == _slug(label)):
            return node_id, kind, ""
    for node_id, (_, kind) in sources.items():
        for param in kind.params:
            if param.spec.get("runtime_input") and key in (param.id, *param.aliases):
                return node_id, kind, param.id
    return None


def _found(key: str, sources: Mapping[str, tuple[Json, NodeType]]) -> tuple[str, NodeType, str]:
    """The same, for what must be found."""
    found = _find(key, sources)
    if found is None:
        known = ", ".join(_named(node_id, *source) for node_id, source in sources.items())
        known = known or "none: the workflow has no input nodes"
        raise WireflowError(f"There is no input “{key[:100]}”. Inputs: {known}.", code="unknown_input")
    return found


def _param_for(kind: NodeType, value: Any) -> str:
    """Which parameter a caller's value goes to: for tables a text is csv, a list rows, anything else a file."""
    run_input = kind.spec["run_input"]
    if "also" in run_input and not isinstance(value, str):
        return "rows" if isinstance(value, list) else "file"
    return str(run_input["param"])


def _with_params(node: Json, values: Json) -> Json:
    """In ``config``, under the parameter's own name: there it wins over whatever else is written on the node."""
    data = _data(node)
    config, params = ({**(data.get(part) or {}), **values} for part in ("config", "params"))
    return {**node, "data": {**data, "config": config, "params": params}}
