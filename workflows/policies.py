"""What a node does when it fails and how long it may take: ``onError``, ``fallback`` and ``timeLimit`` of its data.

They stand beside the label, not among the settings: they say nothing about what the node makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from providers.catalog import Catalog, NodeType
from workflows.ports import find_input, find_output
from workflows.problems import ERROR, Problem, did_you_mean
from workflows.values import read_values

if TYPE_CHECKING:
    from workflows.graph import Graph
    from workflows.nodes import Node

STOP, SKIP, FALLBACK = "stop", "skip", "fallback"
#: Spellings of another editor whose graphs people bring along.
_SPELLINGS = {
    "stopWorkflow": STOP,
    "continueRegularOutput": SKIP,
    "continueErrorOutput": SKIP,
}
MOST_SECONDS = 1800


def with_policies(node: Node, catalog: Catalog, problems: list[Problem]) -> Node:
    """The node with what its data say about failing and time; what cannot be is added to ``problems``."""
    data = node.data
    if "timeLimit" in data and data["timeLimit"] is not None:
        node = _limited(node, data["timeLimit"], problems)
    wanted = data.get("onError") or STOP
    match _SPELLINGS.get(wanted, wanted) if isinstance(wanted, str) else wanted:
        case "stop":
            return node
        case "skip":
            return replace(node, skips_failure=True)
        case "fallback":
            other = _fallback(node, data.get("fallback"), catalog, problems)
            return node if other is None else replace(node, fallback=other)
        case _:
            message = f'onError of "{node.label}" must be stop, skip or fallback.'
            problems.append(
                Problem(
                    "bad-param-value", ERROR, message, "Choose one of the three.", node.id, field="onError"
                )
            )
            return node


def _limited(node: Node, seconds: Any, problems: list[Problem]) -> Node:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 1 <= seconds <= MOST_SECONDS:
        message = f'timeLimit of "{node.label}" must be a number of seconds from 1 to {MOST_SECONDS}.'
        fix = "Write another number, or leave it out."
        problems.append(Problem("bad-param-value", ERROR, message, fix, node.id, field="timeLimit"))
        return node
    return replace(node, kind=_with_timeout(node.kind, float(seconds)))


def _with_timeout(kind: NodeType, seconds: float) -> NodeType:
    """The node type, given up after so many seconds."""
    return replace(
        kind, spec={**kind.spec, "latency_s": {**kind.spec.get("latency_s", {}), "timeout": seconds}}
    )


def _fallback(node: Node, said: Any, catalog: Catalog, problems: list[Problem]) -> Node | None:
    """The node as another model makes it: the values that it knows by the same names, and those said for it."""

    def refuse(message: str, fix: str) -> None:
        problems.append(Problem("bad-fallback", ERROR, message, fix, node.id, field="fallback"))

    said = said if isinstance(said, Mapping) else {}
    name = said.get("nodeType") or node.kind.name
    kind = catalog.find(name) if isinstance(name, str) else None
    own = said.get("params")
    own = own if isinstance(own, Mapping) else {}
    if not node.kind.is_remote:
        refuse(f'"{node.label}" calls no model, so there is no other one to try.', "Choose stop or skip.")
    elif kind is None:
        fix = did_you_mean(str(name), list(catalog.names), otherwise="Choose another node type.")
        refuse(f'"{node.label}" is to fall back to "{str(name)[:100]}", which there is not.', fix)
    elif not kind.is_remote or kind.status in ("retired", "unsupported"):
        refuse(f'"{node.label}" cannot fall back to {kind.title}.', "Choose a node type that calls a model.")
    elif kind.name == node.kind.name and not own:
        refuse(f'"{node.label}" falls back to itself.', "Choose another node type, or another model of it.")
    else:
        carried = {key: value for key, value in node.params.items() if kind.param(key) and key not in own}
        for key, _ in read_values(kind, {"params": carried}, {}).misfits:
            del carried[key]
        values = read_values(kind, {"params": {**carried, **own}}, {})
        for key, misfit in values.misfits:
            refuse(
                f'{key} of the fallback of "{node.label}" {misfit.reason}.', misfit.fix or "Choose another."
            )
        limit = node.kind.timeout if node.data.get("timeLimit") else None
        return replace(
            node,
            kind=kind if limit is None else _with_timeout(kind, limit),
            given_name=kind.name,
            params=values.params,
            given={key: value for key, value in node.given.items() if kind.input(key)},
        )
    return None


def misfits_of_fallback(graph: Graph, node: Node) -> Iterator[Problem]:
    """The wires of a node that its fallback could not serve."""
    other = node.fallback
    if other is None:
        return
    for wire in graph.wires_into(node.id):
        landing = find_input(other.kind, f"in-{wire.target_port}")
        mine = node.input(wire.target_port)
        if landing is None or landing.port.type != mine.type or (mine.multiple and not landing.port.multiple):
            message = f'{other.kind.title}, the fallback of "{node.label}", does not take {mine.label}.'
            fix = "Choose another fallback, or remove the edge."
            yield Problem("bad-fallback", ERROR, message, fix, node.id, wire.id, "fallback")
    wired = {wire.target_port for wire in graph.wires_into(node.id)}
    for needed in other.kind.inputs:
        has_it = needed.id in wired or needed.id in other.given or other.params.get(needed.id)
        if needed.required and not has_it and node.kind.input(needed.id) is None:
            message = f'{other.kind.title}, the fallback of "{node.label}", needs {needed.label}.'
            yield Problem(
                "bad-fallback", ERROR, message, "Choose another fallback.", node.id, field="fallback"
            )
    for wire in graph.wires_from(node.id):
        port = find_output(other.kind, f"out-{wire.source_port}", other.params)
        mine = node.output(wire.source_port)
        if port is None or (port.id, port.type, port.multiple) != (mine.id, mine.type, mine.multiple):
            message = f'{other.kind.title}, the fallback of "{node.label}", does not give {mine.label}.'
            fix = "Choose another fallback, or remove the edge."
            yield Problem("bad-fallback", ERROR, message, fix, node.id, wire.id, "fallback")
