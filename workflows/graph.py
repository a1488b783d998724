"""A graph as the engine sees it: names resolved, values effective, nodes in order, fan-outs known.

The input is the JSON of the API (`nodes`, `edges`); nothing here raises on it. What cannot be used is left
out of the graph and reported as a `Problem`.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.catalog import Catalog
from workflows.components import expand
from workflows.levels import Fan, Level, find_levels
from workflows.modes import UNNEEDED, switch_off, unneeded
from workflows.nodes import UNKNOWN, Node, read_node
from workflows.ports import find_input, find_output, input_hint, output_hint
from workflows.problems import ERROR, Problem

__all__ = ["Graph", "Level", "Node", "Problem", "Wire", "read_graph"]


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge with its handles resolved.

    ``source_port`` and ``target_port`` are catalog ids (for dynamic ports the name used). ``slot`` counts
    from 1 for numbered inputs, ``index`` is the place among the edges: a list input joins its wires by
    ``(slot, index)``. ``into_param`` says that the wire sets a parameter that is no port of its own.
    """

    id: str
    source: str
    source_port: str
    target: str
    target_port: str
    slot: int
    index: int
    into_param: bool


@dataclass(frozen=True)
class Graph:
    """What runs of a workflow: nodes in the given order, usable wires, and what follows from them.

    ``order`` is topological and stable by the given order (nodes of a cycle, which lint refuses, stand last).
    ``levels`` names the fan-outs each node runs under, outermost first; a level is the ids of the iterates
    that advance together. ``opened`` is the level that each iterate opens. ``inside`` names the nodes that stand here
    for a component. ``off`` says why which nodes do not run (`workflows.modes`); their wires are gone, and those past a
    bypassed one lead from where its values come.
    """

    nodes: Mapping[str, Node]
    wires: tuple[Wire, ...]
    order: tuple[str, ...]
    levels: Mapping[str, tuple[Level, ...]]
    opened: Mapping[str, Level] = field(repr=False)
    inside: Mapping[str, tuple[str, ...]] = field(repr=False)
    off: Mapping[str, str]
    _into: Mapping[str, tuple[Wire, ...]] = field(repr=False)
    _from: Mapping[str, tuple[Wire, ...]] = field(repr=False)

    def wires_into(self, node_id: str) -> tuple[Wire, ...]:
        """The wires that end at this node, in the order in which a list input joins them."""
        return self._into.get(node_id, ())

    def wires_from(self, node_id: str) -> tuple[Wire, ...]:
        """The wires that begin at this node, in the order of the edges."""
        return self._from.get(node_id, ())

    def output_levels(self, node_id: str) -> tuple[Level, ...]:
        """The levels the outputs of this node are spread over: its own, and the one it opens."""
        opened = self.opened.get(node_id)
        return self.levels[node_id] if opened is None else (*self.levels[node_id], opened)

    def ancestors(self, node_id: str) -> frozenset[str]:
        """Every node that this one depends on, without itself."""
        found: set[str] = set()
        waiting = [node_id]
        while waiting:
            for wire in self.wires_into(waiting.pop()):
                if wire.source not in found and wire.source != node_id:
                    found.add(wire.source)
                    waiting.append(wire.source)
        return frozenset(found)

    def named(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The nodes of these ids, and those that stand for the components among them. What is not here is left out."""
        found = [
            one for node_id in ids for one in (node_id, *self.inside.get(node_id, ())) if one in self.nodes
        ]
        return tuple(dict.fromkeys(found))

    def part_for(self, *target_ids: str) -> Graph:
        """The graph of these nodes and all they depend on. Raises KeyError for a node that is not here."""
        wanted = set(target_ids)
        for target_id in target_ids:
            wanted |= self.ancestors(self.nodes[target_id].id)
        nodes = {node_id: node for node_id, node in self.nodes.items() if node_id in wanted}
        wires = [wire for wire in self.wires if {wire.source, wire.target} <= wanted]
        off = {node_id: why for node_id, why in self.off.items() if node_id in wanted and why != UNNEEDED}
        return _assemble(nodes, wires, self.inside, off=off, wanted=target_ids)


def read_graph(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], catalog: Catalog
) -> tuple[Graph, tuple[Problem, ...]]:
    """Resolve a graph of the API, components opened. The problems are those of single nodes and edges, and cycles."""
    expanded = expand(nodes, edges)
    nodes, edges = expanded.nodes, expanded.edges
    problems = [*expanded.problems, *duplicates(nodes, edges)]
    read: dict[str, Node] = {}
    absent: dict[str, str] = {}  # id → why edges cannot end there
    for raw in nodes:
        node_id = str(raw.get("id") or "")
        if node_id in read or node_id in absent:
            continue
        node, found, why = read_node(node_id, raw, catalog)
        problems += found
        if node is None:
            absent[node_id] = why
        else:
            read[node_id] = node

    graph = _assemble(read, _read_wires(edges, read, absent, problems), expanded.inside)
    cycle = list(_cycle(graph))
    if not cycle and any(node.mode for node in read.values()):
        switched = switch_off(graph)
        graph = _assemble(read, switched.wires, expanded.inside, off=switched.off)
        problems += switched.problems
    return graph, (*problems, *cycle)


def duplicates(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Ids that more than one node or more than one edge has, each told once."""
    for node_id, count in Counter(str(raw.get("id") or "") for raw in nodes).items():
        if count > 1:
            message, fix = f'{count} nodes have the id "{node_id}".', "Give each node its own id."
            yield Problem("duplicate-node-id", ERROR, message, fix, node_id)
    for edge_id, count in Counter(str(edge["id"]) for edge in edges if edge.get("id")).items():
        if count > 1:
            message, fix = f'{count} edges have the id "{edge_id}".', "Give each edge its own id."
            yield Problem("duplicate-edge-id", ERROR, message, fix, edge_id=edge_id)


def _read_wires(
    edges: Sequence[Mapping[str, Any]],
    nodes: Mapping[str, Node],
    absent: Mapping[str, str],
    problems: list[Problem],
) -> list[Wire]:
    """The edges that can carry something; the others are added to ``problems``."""
    wires: list[Wire] = []
    taken: set[tuple[str, str]] = set()
    for index, edge in enumerate(edges):
        edge_id = str(edge.get("id") or f"edge-{index + 1}")
        source, target = nodes.get(str(edge.get("source"))), nodes.get(str(edge.get("target")))
        if source is None or target is None:
            problems += _dangling(edge, edge_id, nodes, absent)
            continue
        wire = _read_wire(edge, edge_id, index, source, target, problems)
        if wire is None:
            continue
        place = (wire.target, wire.target_port)
        if place in taken and not target.input(wire.target_port).multiple:
            message = f'"{target.label}" already has a wire into {wire.target_port}, which takes one.'
            fix = "Remove one, or join them before: branches with logic:merge, lists with utility:merge_list."
            problems.append(
                Problem("input-already-wired", ERROR, message, fix, target.id, edge_id, wire.target_port)
            )
            continue
        taken.add(place)
        wires.append(wire)
    return wires


def _read_wire(
    edge: Mapping[str, Any], edge_id: str, index: int, source: Node, target: Node, problems: list[Problem]
) -> Wire | None:
    """The edge with its handles resolved, or None when one of them means nothing there."""
    from_handle, to_handle = str(edge.get("sourceHandle") or ""), str(edge.get("targetHandle") or "")
    port = find_output(source.kind, from_handle, source.params)
    landing = find_input(target.kind, to_handle)
    if port is None:
        message = f'"{source.label}" has no output "{from_handle[:140]}".'
        fix = output_hint(source.kind, from_handle, source.params)
        problems.append(
            Problem("bad-source-handle", ERROR, message, fix, source.id, edge_id, from_handle[:140])
        )
    if landing is None:
        message = f'"{target.label}" has no input "{to_handle[:140]}".'
        fix = input_hint(target.kind, to_handle)
        problems.append(
            Problem("bad-target-handle", ERROR, message, fix, target.id, edge_id, to_handle[:140])
        )
    if port is None or landing is None:
        return None
    return Wire(
        edge_id, source.id, port.id, target.id, landing.port.id, landing.slot, index, landing.into_param
    )


def _dangling(
    edge: Mapping[str, Any], edge_id: str, nodes: Mapping[str, Node], absent: Mapping[str, str]
) -> Iterable[Problem]:
    """What to say about an edge one of whose ends is no node that runs."""
    for end, verb in (("source", "begins"), ("target", "ends")):
        node_id = str(edge.get(end) or "")
        if node_id in nodes or absent.get(node_id) == UNKNOWN:  # an unknown type was told on the node
            continue
        where = absent.get(node_id, "which is not there")
        message = f'The edge {verb} at "{node_id[:140]}", {where}.'
        yield Problem("dangling-edge", ERROR, message, "Remove the edge.", edge_id=edge_id)


def _assemble(
    nodes: Mapping[str, Node],
    wires: Sequence[Wire],
    inside: Mapping[str, tuple[str, ...]],
    *,
    off: Mapping[str, str] | None = None,
    wanted: Sequence[str] = (),
) -> Graph:
    """Order, levels and look-ups for nodes and wires that belong together. ``wanted`` nodes are needed by somebody."""
    off = dict(off or {})
    into: dict[str, list[Wire]] = {}
    outof: dict[str, list[Wire]] = {}
    for wire in wires:
        into.setdefault(wire.target, []).append(wire)
        outof.setdefault(wire.source, []).append(wire)
    for ending in into.values():
        ending.sort(key=lambda wire: (wire.slot, wire.index))

    ranks = {node_id: rank for rank, node_id in enumerate(nodes)}
    order = _topological(ranks, into, outof)
    settled = set(order)
    rest = [node_id for node_id in nodes if node_id not in settled]
    parents = {
        node_id: [wire.source for wire in ending if wire.source in settled]
        for node_id, ending in into.items()
    }
    fans = {node.id: _fan(node) for node in nodes.values() if node.kind.fan and node.id not in off}
    levels, opened = find_levels([*order, *rest], ranks, parents, fans)
    if any(node.pin for node in nodes.values()):
        off |= dict.fromkeys(unneeded(nodes, [*order, *rest], outof, levels, off, wanted), UNNEEDED)
    return Graph(
        nodes=nodes,
        wires=tuple(wires),
        order=(*order, *rest),
        levels=levels,
        opened=opened,
        inside=inside,
        off=off,
        _into={node_id: tuple(found) for node_id, found in into.items()},
        _from={node_id: tuple(found) for node_id, found in outof.items()},
    )


def _topological(
    ranks: Mapping[str, int], into: Mapping[str, Sequence[Wire]], outof: Mapping[str, Sequence[Wire]]
) -> list[str]:
    """Kahn's algorithm; of the nodes that are free the one that stands first goes first."""
    waits_for = {node_id: len(into.get(node_id, ())) for node_id in ranks}
    ids = list(ranks)
    free = [ranks[node_id] for node_id, count in waits_for.items() if count == 0]
    heapq.heapify(free)
    order: list[str] = []
    while free:
        node_id = ids[heapq.heappop(free)]
        order.append(node_id)
        for wire in outof.get(node_id, ()):
            waits_for[wire.target] -= 1
            if waits_for[wire.target] == 0:
                heapq.heappush(free, ranks[wire.target])
    return order


def _fan(node: Node) -> Fan:
    if node.kind.fan == "out":
        return Fan(opens=True, group=str(node.params.get("group") or "").strip())
    return Fan(closes=True, inner_only=node.params.get("level") == "inner")


def _cycle(graph: Graph) -> Iterable[Problem]:
    """One problem naming the nodes of a cycle, if there is one."""
    ranks = {node_id: rank for rank, node_id in enumerate(graph.nodes)}
    stuck = set(ranks) - set(_topological(ranks, graph._into, graph._from))
    if not stuck:
        return
    # Walking backwards among stuck nodes must come round: each of them waits for another one.
    node_id = next(node_id for node_id in graph.nodes if node_id in stuck)
    path: list[str] = []
    seen: set[str] = set()
    while node_id not in seen:
        seen.add(node_id)
        path.append(node_id)
        node_id = next(wire.source for wire in graph.wires_into(node_id) if wire.source in stuck)
    ring = path[path.index(node_id) :][::-1]
    edge = next(wire.id for wire in graph.wires_from(ring[-1]) if wire.target == ring[0])
    shown = [f'"{graph.nodes[node].label}"' for node in ring[:6]]
    names = " → ".join([*shown, *(["…"] if len(ring) > len(shown) else []), shown[0]])
    message = f"{names} go round in a circle, so none of them could start."
    yield Problem("cycle", ERROR, message, "Remove one of the edges between them.", ring[0], edge)
