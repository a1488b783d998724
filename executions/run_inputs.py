"""What a workflow can be given when it is run, for people and programs that do not know its graph: contract §7.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from providers.catalog import load_catalog
from wireflow_ui.errors import WireflowError
from workflows.graph import Graph, Node, read_graph

Json = Mapping[str, Any]

_EMPTY: tuple[Any, ...] = (None, "", [], {})


class MissingInput(WireflowError):
    """An input that the run cannot do without was not given."""

    code = "missing_input"


def describe_inputs(
    nodes: Sequence[Json], edges: Sequence[Json], exposed: Sequence[Json] | None = None
) -> list[dict[str, Any]]:
    """The inputs of a graph, in its order: those of ``exposed``, without it every input that nothing leads into.

    An input is required where its author says so, else where a node needs its value and none is written on it.
    """
    graph, _ = read_graph(nodes, edges, load_catalog())
    if exposed is None:
        return [_described(graph, node) for node in graph.nodes.values() if is_open(graph, node)]
    return [
        _described(graph, graph.nodes[one["nodeId"]], one)
        for one in exposed
        if one["nodeId"] in graph.nodes and graph.nodes[one["nodeId"]].kind.is_source
    ]


def is_open(graph: Graph, node: Node) -> bool:
    """Can a caller give this node its value? Those inside components have theirs from the component alone."""
    return (
        node.kind.is_source
        and not node.kind.is_note
        and not graph.wires_into(node.id)
        and not any(node.id in ids for ids in graph.inside.values())
    )


def check_given(inputs: Sequence[Json]) -> None:
    """Refuse a run whose inputs, described with what was given in them, lack a required one."""
    for one in inputs:
        if one["required"] and one["default"] in _EMPTY:
            name = one.get("key") or one["nodeId"]
            raise MissingInput(f"“{one['label']}” needs a value. Send it in inputs as “{name}”.", input=name)


def _described(graph: Graph, node: Node, exposed: Json | None = None) -> dict[str, Any]:
    value = _value(node)
    needed = any(
        graph.nodes[wire.target].input(wire.target_port).required for wire in graph.wires_from(node.id)
    )
    found = {
        "nodeId": node.id,
        "label": (exposed or {}).get("label") or node.label,
        "type": node.kind.spec["run_input"]["type"],
        "required": exposed["required"] if exposed else needed and value in _EMPTY,
        "default": value,
        "description": str(node.data.get("description") or ""),
    }
    if exposed:
        found["key"] = exposed["key"]
    if node.kind.name == "input:select":
        options = node.params.get("options") or []
        found["options"] = [one.get("value") if isinstance(one, Mapping) else one for one in options]
    return found


def _value(node: Node) -> Any:
    """What the node gives when nobody says otherwise; of tables the first of its parameters that holds something."""
    run_input = node.kind.spec["run_input"]
    names = [run_input["param"], *run_input.get("also", ())]
    return next(
        (node.params[name] for name in names if node.params.get(name) not in _EMPTY), node.params[names[0]]
    )
