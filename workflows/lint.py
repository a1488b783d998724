"""What is wrong with a graph before it runs, and how to mend it.

Errors stop a contract write; three of the warnings stop an execution. Everything here is linear in nodes and
edges and walks with loops: the graph comes from outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.catalog import Catalog, NodeType, Port
from workflows.components import expand
from workflows.flows import Flow, Flows, Length, read_flows
from workflows.graph import Graph, Node, Wire, duplicates, read_graph
from workflows.levels import MAX_LEVELS
from workflows.modes import NOTHING_PASSES, UNNEEDED
from workflows.policies import misfits_of_fallback
from workflows.problems import ERROR, WARNING, Problem

STOPS_EXECUTION = frozenset(
    ["required-input-missing", "unsupported-node", "requirement-missing", NOTHING_PASSES]
)


@dataclass(frozen=True)
class Report:
    """What lint found: errors, warnings, the graph it read and what flows along its wires."""

    violations: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    graph: Graph
    flows: Flows

    @property
    def ok(self) -> bool:
        return not self.violations


def lint(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    catalog: Catalog,
    *,
    executing: bool = False,
    supported: Collection[str] | None = None,
) -> Report:
    """Check a graph of the API.

    Of a graph that is beyond the caps, components opened, only that is told, and ids given twice. ``supported`` names
    the local node types that this server can run; None takes them all. With ``executing`` the findings that stop an
    execution are errors, and those of nodes that do not run are none.
    """
    whole = expand(nodes, edges)
    too_big = list(_caps(whole.nodes, whole.edges, catalog))
    graph, found = read_graph([], [], catalog) if too_big else read_graph(nodes, edges, catalog)
    if too_big:
        found = (*whole.problems, *duplicates(nodes, edges))
    flows = read_flows(graph)
    problems = [*too_big, *found]
    problems += _kinds(graph, catalog, supported)
    for node in graph.nodes.values():
        problems += _missing(graph, node)
        problems += _items(graph, node, flows)
        problems += misfits_of_fallback(graph, node)
    problems += _fan_outs(graph, flows)
    for wire in graph.wires:
        problems += _wire(graph, wire, flows, catalog)
    problems = [problem for problem in problems if not _is_moot(problem, graph, executing=executing)]
    if executing:
        problems = [
            replace(problem, severity=ERROR) if problem.rule in STOPS_EXECUTION else problem
            for problem in problems
        ]
    return Report(
        violations=tuple(problem for problem in problems if problem.severity == ERROR),
        warnings=tuple(problem for problem in problems if problem.severity == WARNING),
        graph=graph,
        flows=flows,
    )


def why_not_runnable(kind: NodeType, supported: Collection[str] | None = None) -> Problem | None:
    """Why this server cannot run a node type, or None when it can."""
    if kind.status == "unsupported":
        message = str(kind.spec["lint"]["message"])
        return Problem("unsupported-node", WARNING, message, "Remove the node before running.")
    if not kind.is_local or kind.fan or supported is None or kind.name in supported:
        return None
    if kind.requires:
        message = f"{kind.title} needs {' and '.join(kind.requires)}, which this server does not have."
        return Problem("requirement-missing", WARNING, message, "Remove the node before running.")
    message = f"{kind.title} cannot run on this server yet."
    return Problem("unsupported-node", WARNING, message, "Remove the node before running.")


def _is_moot(problem: Problem, graph: Graph, *, executing: bool) -> bool:
    """Is this about a node that does not run, and would only keep it from running?

    A pinned node needs nothing. What only pinned nodes need runs when it is asked for by itself, so what is wrong with
    it is told.
    """
    why = graph.off.get(problem.node_id, UNNEEDED)
    node = graph.nodes.get(problem.node_id)
    if node is not None and node.pin is not None and problem.rule == "required-input-missing":
        return True
    return (
        why != UNNEEDED and problem.rule != NOTHING_PASSES and (executing or problem.rule in STOPS_EXECUTION)
    )


def _caps(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], catalog: Catalog
) -> Iterator[Problem]:
    for rule, what, count, most in (
        ("max-nodes", "nodes", len(nodes), catalog.max_nodes),
        ("max-edges", "edges", len(edges), catalog.max_edges),
    ):
        if count > most:
            message = f"The workflow has {count} {what}; {most} is the most."
            yield Problem(rule, ERROR, message, "Split it into several workflows.")


def _kinds(graph: Graph, catalog: Catalog, supported: Collection[str] | None) -> Iterator[Problem]:
    """Retired, old and unsupported node types."""
    for node in graph.nodes.values():
        kind = catalog[node.given_name]  # as named: `node.kind` is what runs for a retired type
        notes = [kind.spec.get("alias_lint", {}).get(node.given_name)]
        notes += [kind.spec["lint"]] if kind.status in ("retired", "legacy") else []
        current = kind.spec.get("replacement", {}).get("type", kind.name)
        for note in notes:
            if note:
                message = f'"{node.label}": {note["message"]}'
                yield Problem(note["rule"], note["severity"], message, f"Use {current}.", node.id)
        reason = why_not_runnable(kind, supported)
        if reason is not None:
            yield replace(reason, message=f'"{node.label}": {reason.message}', node_id=node.id)


def _missing(graph: Graph, node: Node) -> Iterator[Problem]:
    """Required inputs and settings that have neither wire nor value."""
    wired = {wire.target_port for wire in graph.wires_into(node.id)}
    for port in node.kind.inputs:
        if port.required and port.id not in wired and not node.holds(port.id):
            fix = f"Wire something into in-{port.id}"
            fix += f", or write its {port.id}." if port.id in node.params else "."
            message = f'"{node.label}" needs {port.label}.'
            yield Problem("required-input-missing", WARNING, message, fix, node.id, field=port.id)
        elif port.required and port.type == "TEXT" and node.kind.is_remote:
            yield from _blank(graph, node, port)
    for param in node.kind.params:
        if param.spec.get("required") and param.id not in wired and _empty(node, param.id):
            message, fix = f'"{node.label}" needs {param.id}.', f"Fill in {param.id}."
            yield Problem("required-input-missing", WARNING, message, fix, node.id, field=param.id)
    if node.kind.is_source and _lacks_file(node) and _is_needed(graph, node):
        what, field = ("table", "csv") if "csv" in node.params else ("file", _file_param(node))
        message = f'"{node.label}" has no {what}, and a node after it needs one.'
        fix = "Add it to the node, or give it when running."
        yield Problem("required-input-missing", WARNING, message, fix, node.id, field=field)


def _blank(graph: Graph, node: Node, port: Port) -> Iterator[Problem]:
    """A model that would be asked, and paid, with no words: its text is known before the run, and is blank."""
    sources = [graph.nodes[wire.source] for wire in graph.wires_into(node.id) if wire.target_port == port.id]
    message = f'"{node.label}" needs {port.label}'
    if not sources:
        texts = [*node.given.get(port.id, ())] or [node.params.get(port.id)]
        if all(isinstance(text, str) and not text.strip() for text in texts):
            fix = f"Write its {port.id}, or wire something into in-{port.id}."
            yield Problem("required-input-missing", WARNING, f"{message}.", fix, node.id, field=port.id)
    elif all(_is_blank_text(graph, source) for source in sources):
        message += f', and "{sources[0].label}", which is wired to it, is empty.'
        fix = f'Write a text in "{sources[0].label}", or give it when running.'
        yield Problem("required-input-missing", WARNING, message, fix, node.id, field=port.id)


def _is_blank_text(graph: Graph, node: Node) -> bool:
    """True for a text that somebody wrote, or did not write; what is wired into it is known only in the run."""
    return (
        node.kind.name == "input:text"
        and not graph.wires_into(node.id)
        and not str(node.params.get("prompt") or "").strip()
    )


def _empty(node: Node, param_id: str) -> bool:
    return node.params.get(param_id) in (None, "", [], {})


def _file_param(node: Node) -> str:
    return next((param.id for param in node.kind.params if param.type in ("asset", "asset_list")), "")


def _lacks_file(node: Node) -> bool:
    """True for a source of files or rows in which nothing was put."""
    if "csv" in node.params:
        return all(_empty(node, key) for key in ("csv", "rows", "file"))
    name = _file_param(node)
    return bool(name) and _empty(node, name)


def _is_needed(graph: Graph, node: Node) -> bool:
    return any(
        graph.nodes[wire.target].input(wire.target_port).required for wire in graph.wires_from(node.id)
    )


def _items(graph: Graph, node: Node, flows: Flows) -> Iterator[Problem]:
    """More items than an input takes, where the number is known."""
    for port in node.kind.inputs:
        if not port.multiple or port.max is None or node.kind.fan == "out":
            continue
        wires = [wire for wire in graph.wires_into(node.id) if wire.target_port == port.id]
        fewest = (
            sum(_count(flows.of(wire)).low for wire in wires) if wires else len(node.given.get(port.id, ()))
        )
        if fewest > port.max:
            message = f'"{node.label}" gets {fewest} items at {port.label}; {port.max} is the most.'
            fix = "Wire fewer, or choose some with utility:select_item."
            yield Problem("too-many-items", ERROR, message, fix, node.id, field=port.id)


def _count(flow: Flow) -> Length:
    return flow.length if flow.is_list else Length(min(flow.length.low, 1), 1)


def _fan_outs(graph: Graph, flows: Flows) -> Iterator[Problem]:
    """Too deep, uneven and missing iterates."""
    for node_id in graph.order:
        node, depth = graph.nodes[node_id], len(graph.levels[node_id])
        above = max((len(graph.levels[wire.source]) for wire in graph.wires_into(node_id)), default=0)
        if depth > MAX_LEVELS and above <= MAX_LEVELS:
            message = f'"{node.label}" stands below {depth} For Each nodes; {MAX_LEVELS} is the most.'
            fix = "Close one with utility:collect before, or let two advance together by the same group."
            yield Problem("too-many-iterates", ERROR, message, fix, node_id)
        sources = [wire.source for wire in graph.wires_into(node_id)]
        if node.kind.fan == "in" and sources and not any(map(graph.output_levels, sources)):
            message = f'"{node.label}" collects, but no For Each stands before it.'
            fix = "Remove it, or open the list with utility:iterate."
            yield Problem("collect-without-iterate", WARNING, message, fix, node_id)
    for level in dict.fromkeys(graph.opened.values()):
        lengths = {member: flows.items.get(member) for member in level}
        known = {member: found.low for member, found in lengths.items() if found and found.low == found.high}
        several = {count for count in known.values() if count != 1}
        if len(several) > 1:
            each = ", ".join(f'"{graph.nodes[member].label}" {count}' for member, count in known.items())
            message = f"These advance together and have lists of different lengths: {each}."
            fix = "Give them equally long lists, or different groups."
            yield Problem("list-length-mismatch", ERROR, message, fix, level[-1], field="group")


def _wire(graph: Graph, wire: Wire, flows: Flows, catalog: Catalog) -> Iterator[Problem]:
    """Whether what flows along a wire fits where it ends."""
    source, target = graph.nodes[wire.source], graph.nodes[wire.target]
    flow, port = flows.of(wire), target.input(wire.target_port)
    accepts = catalog.accepts.get(port.type, {})
    if flow.type not in accepts:
        gives = f'"{source.label}" gives {_named(flow.type)}'
        message = f'{gives}, and {port.label} of "{target.label}" takes {_named(port.type)}.'
        fix = _better(target, port, flow, catalog)
        yield Problem("type-mismatch", ERROR, message, fix, target.id, wire.id, port.id)
        return
    single = not port.multiple and not port.keeps_list
    if flow.is_list and single and flow.length.high not in (0, 1):
        message = (
            f'{port.label} of "{target.label}" takes one item of the list: the chosen one, else the first.'
        )
        fix = "To run it once per item put utility:iterate before it; to choose one, utility:select_item."
        yield Problem("list-into-single", WARNING, message, fix, target.id, wire.id, port.id)
    if port.role == "mask" and flow.type == "IMAGE" and flow.role != "mask" and not source.kind.is_source:
        message = f'{port.label} of "{target.label}" takes a mask, and "{source.label}" gives a picture.'
        fix = "Make a mask of it with utility:mask_from_alpha."
        yield Problem("image-into-mask", WARNING, message, fix, target.id, wire.id, port.id)


def _better(target: Node, port: Port, flow: Flow, catalog: Catalog) -> str:
    """Another input of the node that takes what is wired."""
    fitting = [
        other.id
        for other in target.kind.inputs
        if other.id != port.id and flow.type in catalog.accepts.get(other.type, {}) and other.role != "mask"
    ]
    return f'Did you mean "in-{fitting[0]}"?' if fitting else "Remove the edge."


def _named(port_type: str) -> str:
    return "anything" if port_type == "ANY" else port_type
