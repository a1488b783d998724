"""Which nodes of a graph do not run, and what flows past them: ``runMode`` and ``pinned`` of their data.

A *disabled* node does not run, nor does what cannot do without it; an input that can do without, or in which a value is
written as well, counts as not wired. A *bypassed* node does not run either: what comes into its first wired input of
the same kind goes on in its place. A *pinned* node gives what it gave in an earlier run, whatever comes before it, and
what served it alone is not needed. Everybody asks here: lint, plan, estimate and planner read a graph in which this is
done. `frontend/src/graph/modes.ts` does the same in the browser, and `tests/workflows/modes.json` is what both are
held to.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from providers.catalog import Port
from workflows.problems import ERROR, WARNING, Problem

if TYPE_CHECKING:
    from workflows.graph import Graph, Wire
    from workflows.levels import Level
    from workflows.nodes import Node

#: Why a node does not run: it was said of it; it cannot do without one that is disabled; only pinned nodes need it.
DISABLED, BYPASSED, DEPENDS, UNNEEDED = "disabled", "bypassed", "depends", "unneeded"
OFF = frozenset([DISABLED, BYPASSED, DEPENDS, UNNEEDED])
#: Why a node has a result without having run.
PINNED = "pinned"
#: A bypassed node through which nothing can go where something is needed.
NOTHING_PASSES = "nothing-passes"
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class Pin:
    """Whose results a node gives: those of this node in this execution."""

    execution_id: uuid.UUID
    node_id: str


@dataclass(frozen=True, slots=True)
class Switched:
    """What is left of the wires of a graph, and why which nodes do not run."""

    wires: list[Wire]
    off: dict[str, str]
    problems: list[Problem]


def with_mode(node: Node, problems: list[Problem]) -> Node:
    """The node with what its data say about running; what cannot be is added to ``problems``."""

    def refuse(message: str, fix: str, field: str) -> None:
        problems.append(Problem("bad-param-value", ERROR, message, fix, node.id, field=field))

    mode, said = node.data.get("runMode"), node.data.get("pinned")
    if mode in (DISABLED, BYPASSED):
        node = replace(node, mode=mode)
    elif mode not in (None, ""):
        refuse(
            f'runMode of "{node.label}" must be disabled or bypassed.', "Leave it out to run it.", "runMode"
        )
    if said is None:
        return node
    pin = _pin(said, node.id)
    if pin is None:
        refuse(
            f'pinned of "{node.label}" must name an execution by its executionId.',
            "Unpin the node.",
            "pinned",
        )
        return node
    if node.kind.is_source:
        refuse(
            f'"{node.label}" gives what is written on it and cannot be pinned.', "Unpin the node.", "pinned"
        )
        return node
    return replace(node, pin=pin)


def _pin(said: object, own_id: str) -> Pin | None:
    if not isinstance(said, Mapping) or not isinstance(said.get("executionId"), str):
        return None
    node_id = said.get("nodeId") or own_id
    if not isinstance(node_id, str) or len(node_id) > _MAX_ID:
        return None
    try:
        return Pin(uuid.UUID(said["executionId"]), node_id)
    except ValueError:
        return None


def switch_off(graph: Graph) -> Switched:
    """Go once through a graph without cycles, in its order."""
    found = Switched([], {}, [])
    passed: dict[tuple[str, str], list[Wire]] = {}
    for node_id in graph.order:
        node, before = graph.nodes[node_id], graph.wires_into(node_id)
        arriving = [one for wire in before for one in _behind(wire, node, found.off, passed)]
        if node.mode:
            found.off[node_id] = node.mode
        elif _depends(node, before, arriving):
            found.off[node_id] = DEPENDS
        else:
            found.wires.extend(arriving)
        if node.mode == BYPASSED:
            for port_id in dict.fromkeys(wire.source_port for wire in graph.wires_from(node_id)):
                port = node.output(port_id)
                gate = _gate(node, port, before)
                if gate is None:
                    found.problems.append(_nothing_passes(node, port))
                else:
                    passed[node_id, port_id] = [wire for wire in arriving if wire.target_port == gate.id]
    return found


def _behind(
    wire: Wire, target: Node, off: Mapping[str, str], passed: Mapping[tuple[str, str], Sequence[Wire]]
) -> Iterable[Wire]:
    """The wire, or where its source does not run, the wires that bring what goes past it."""
    if wire.source not in off:
        return [wire]
    instead = [
        replace(wire, source=one.source, source_port=one.source_port)
        for one in passed.get((wire.source, wire.source_port), ())
    ]
    port = None if wire.into_param else target.input(wire.target_port)
    return instead if port is not None and (port.multiple or port.keeps_list) else instead[:1]


def _gate(node: Node, port: Port, before: Sequence[Wire]) -> Port | None:
    """The input of a bypassed node whose values stand for this output: the first of its kind that is wired."""
    wired = {wire.target_port for wire in before if not wire.into_param}
    return next((one for one in node.kind.inputs if one.id in wired and _is_alike(one, port)), None)


def _is_alike(one: Port, port: Port) -> bool:
    return one.id in port.same_as or (
        one.type == port.type and (one.role == "mask") == (port.role == "mask") and one.type != "ANY"
    )


def _nothing_passes(node: Node, port: Port) -> Problem:
    message = f'"{node.label}" is bypassed, and nothing wired into it can stand for its {port.label}.'
    kind = "something" if port.type == "ANY" else port.type
    fix = f"Wire {kind} into it, or run or disable it."
    return Problem(NOTHING_PASSES, WARNING, message, fix, node.id, field="runMode")


def _depends(node: Node, before: Sequence[Wire], arriving: Sequence[Wire]) -> bool:
    """Has a node lost what it cannot do without? A pinned one needs nothing, a value in place of the wire will do."""
    if node.pin is not None:
        return False
    left = {wire.target_port for wire in arriving}
    lost = {wire.target_port for wire in before} - left
    if not lost:
        return False
    required = [port.id for port in node.kind.inputs if port.required]
    required += [
        param.id for param in node.kind.params if param.spec.get("required") and not node.holds(param.id)
    ]
    only_passes_on = not required and not node.kind.is_remote
    return any(not node.holds(one) for one in lost & set(required)) or (only_passes_on and not left)


def unneeded(
    nodes: Mapping[str, Node],
    order: Sequence[str],
    outof: Mapping[str, Sequence[Wire]],
    levels: Mapping[str, tuple[Level, ...]],
    off: Collection[str],
    wanted: Collection[str],
) -> list[str]:
    """The nodes that only pinned ones need. What opens the list in which a pinned one stands is needed as well."""
    needed: set[str] = set()
    opening: set[str] = set()
    for node_id in reversed(order):
        if node_id in off:
            continue
        ways = outof.get(node_id, ())
        serves = any(wire.target in needed and nodes[wire.target].pin is None for wire in ways)
        if serves or not ways or node_id in wanted or node_id in opening:
            needed.add(node_id)
            opening.update(member for level in levels[node_id] for member in level)
    return [node_id for node_id in order if node_id not in needed and node_id not in off]
