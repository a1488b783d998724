"""Components: pieces of a graph that stand in other graphs as one node.

A node of type ``component:<id>`` carries in ``data.component`` what it stands for: the version, the inner nodes and
wires, and which of their ports and settings are its own. So a graph says everything about itself, wherever it is read;
`expand` puts the inner nodes in the place of the node, and all that checks, prices, plans and runs works on those.
Pure, and nothing here raises on what a graph says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workflows.modes import BYPASSED, DISABLED, PINNED
from workflows.nodes import data_of, position_of, type_name
from workflows.problems import ERROR, Problem

Json = Mapping[str, Any]
_Port = TypeVar("_Port")

PREFIX = "component:"
#: Between the id of the node and that of a node inside it. No slash: ids stand in addresses.
JOINT = "."
#: Components may stand in components so deep.
MOST_DEEP = 3
#: Ids of inner nodes become longer; what is stored of a run takes ids of this length.
_LONGEST_ID = 128
_LONGEST_LABEL = 200
#: What of a port those see who do not care what is inside.
_PORT = ("id", "type", "label", "required", "multiple")


@dataclass(frozen=True, slots=True)
class Landing:
    """Where an input leads: a handle inside. ``place`` counts the inner wires at that handle that come before."""

    node: str
    handle: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """What a node of such a type stands for, as far as it can be read."""

    nodes: Sequence[Json]
    edges: Sequence[Json]
    inputs: Mapping[str, tuple[Landing, ...]]
    outputs: Mapping[str, tuple[str, str]]
    settings: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Expanded:
    """A graph without components. ``inside`` says of each component node which nodes came of it, at any depth."""

    nodes: Sequence[Json]
    edges: Sequence[Json]
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def component_id(raw: Json) -> str:
    """The id that a node names as its component; "" for every other node."""
    name = type_name(raw)
    return name[len(PREFIX) :] if name.startswith(PREFIX) else ""


def components_in(nodes: Iterable[Json]) -> Iterator[tuple[str, int]]:
    """The id of every component that stands in these nodes, at any depth, and how deep."""
    waiting = [(raw, 1) for raw in nodes]
    while waiting:
        raw, depth = waiting.pop()
        if own := component_id(raw):
            yield own, depth
            waiting += [(inner, depth + 1) for inner in _objects(_of(raw).get("nodes"))]


def read_component(raw: Json) -> Component | None:
    """What a component node stands for; None where it does not say."""
    said = _of(raw)
    nodes = [one for one in _objects(said.get("nodes")) if one.get("id") not in (None, "")]
    if not nodes:
        return None
    inputs: dict[str, tuple[Landing, ...]] = {}
    for port in _objects(said.get("inputs")):
        inputs[str(port.get("id"))] = tuple(
            Landing(str(to.get("node")), str(to.get("handle")), _count(to.get("place")))
            for to in _objects(port.get("to"))
        )
    settings: dict[str, tuple[str, str]] = {}
    for one in _objects(said.get("settings")):
        name, node, param = str(one.get("id")), str(one.get("node")), str(one.get("param"))
        settings[name] = (node, param)
        inputs.setdefault(name, (Landing(node, f"in-{param}"),))
    outputs = {
        str(port.get("id")): (str(port.get("node")), str(port.get("handle")))
        for port in _objects(said.get("outputs"))
    }
    return Component(nodes, _objects(said.get("edges")), inputs, outputs, settings)


def ports_of(data: Json) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Inputs and outputs of a component node as other nodes have them, from what its ``data`` says of the component."""
    said = _object(data.get("component"))
    sides = []
    for side in ("inputs", "outputs"):
        ports = [{key: port[key] for key in _PORT if key in port} for port in _objects(said.get(side))]
        sides.append(ports)
    return sides[0], sides[1]


def listing_of(content: Json) -> dict[str, Any]:
    """What a library says of a component with this inside: how many nodes there are, and its ports."""
    inputs, outputs = ports_of({"component": content})
    return {"nodes": len(_objects(content.get("nodes"))), "inputs": inputs, "outputs": outputs}


def expand(nodes: Sequence[Json], edges: Sequence[Json]) -> Expanded:
    """The graph with the inner nodes of every component in the place of its node, as ``<node>.<inner node>``.

    A component that cannot be read is left out and told as a problem; a graph without components stays the same.
    """
    found = Expanded(nodes, edges)
    for _ in range(MOST_DEEP):
        if not any(map(component_id, found.nodes)):
            return found
        found = _opened(found)
    problems = [*found.problems]
    kept: list[Json] = []
    for raw in found.nodes:
        if component_id(raw):
            message = f"Components stand in components here more than {MOST_DEEP} deep."
            problems.append(
                Problem("components-too-deep", ERROR, message, "Unpack one of them.", str(raw["id"]))
            )
        else:
            kept.append(raw)
    return Expanded(kept, found.edges, found.inside, tuple(problems))


def _opened(graph: Expanded) -> Expanded:
    """The graph with its components opened once."""
    parts: dict[str, Component] = {}
    lost: set[str] = set()
    problems = [*graph.problems]
    nodes: list[Json] = []
    inside = dict(graph.inside)
    for raw in graph.nodes:
        own_id = str(raw.get("id") or "")
        if not component_id(raw):
            nodes.append(raw)
            continue
        part = read_component(raw)
        if part is None or own_id in parts:
            lost.add(own_id)
            problems.append(_unreadable(raw))
            continue
        parts[own_id] = part
        if why := _whole_only(raw):
            message = f'"{_label(raw)}" is a component, which cannot be {why}; what is in it can.'
            problems.append(
                Problem("bad-param-value", ERROR, message, "Run or disable it.", own_id, field="runMode")
            )
        inner = [_inner_node(raw, part, one) for one in part.nodes]
        too_long = [str(one["id"]) for one in inner if len(str(one["id"])) > _LONGEST_ID]
        if too_long:
            message = f'The ids inside "{_label(raw)}" become longer than {_LONGEST_ID} characters.'
            problems.append(Problem("id-too-long", ERROR, message, "Give it a shorter id.", own_id))
        nodes += inner
        ids = tuple(str(one["id"]) for one in inner)
        inside[own_id] = ids
        for outer, known in graph.inside.items():
            if own_id in known:
                inside[outer] = (*inside[outer], *ids)
    wires = _wires(graph.edges, parts, lost, problems)
    return Expanded(nodes, wires, inside, tuple(problems))


def _whole_only(raw: Json) -> str:
    """What was said of a component that only single nodes can be."""
    data = data_of(raw)
    return BYPASSED if data.get("runMode") == BYPASSED else PINNED if data.get("pinned") is not None else ""


def _inner_node(outer: Json, part: Component, raw: Json) -> Json:
    """A node of the component as it stands in the graph, with the settings of the outer node put into it."""
    inner_id = str(raw["id"])
    data = dict(data_of(raw))
    said = data_of(outer)
    given = {**_object(said.get("params")), **_object(said.get("config"))}
    values = {
        param: given[name]
        for name, (node, param) in part.settings.items()
        if node == inner_id and name in given
    }
    if values:
        data |= {key: {**_object(data.get(key)), **values} for key in ("config", "params")}
    if isinstance(data.get("childNodeIds"), list):
        data["childNodeIds"] = [_inside(outer, one) for one in data["childNodeIds"] if isinstance(one, str)]
    if said.get("runMode") == DISABLED:
        data["runMode"] = DISABLED
    own = data.get("label")
    data["label"] = f"{_label(outer)} › {own if isinstance(own, str) and own else inner_id}"[:_LONGEST_LABEL]
    (x, y), (dx, dy) = position_of(outer), position_of(raw)
    return {**raw, "id": _inside(outer, inner_id), "position": {"x": x + dx, "y": y + dy}, "data": data}


def _wires(
    edges: Sequence[Json], parts: Mapping[str, Component], lost: set[str], problems: list[Problem]
) -> list[Json]:
    """The edges between what is there now. Those into a component stand among its own, each at its place."""
    kept: list[Json] = []
    arriving: dict[str, list[tuple[Landing, Json]]] = defaultdict(list)
    for edge in edges:
        source, target = str(edge.get("source")), str(edge.get("target"))
        if source in lost or target in lost:
            continue  # told on the node
        made = edge
        if source in parts:
            port = _named(parts[source].outputs, edge.get("sourceHandle"), "out-")
            if port is None:
                problems.append(_no_port("source", edge, parts[source].outputs))
                continue
            made = {**made, "source": source + JOINT + port[0], "sourceHandle": port[1]}
        if target not in parts:
            kept.append(made)
            continue
        landings = _named(parts[target].inputs, edge.get("targetHandle"), "in-")
        if landings is None:
            problems.append(_no_port("target", edge, parts[target].inputs))
            continue
        for number, landing in enumerate(landings):
            ending = {"target": target + JOINT + landing.node, "targetHandle": landing.handle}
            # The component is in the name: wires that part again in components inside keep names of their own.
            own = f"{edge.get('id')}{JOINT}{target}{JOINT}{number + 1}"
            name = {"id": own} if number and edge.get("id") else {}
            arriving[target].append((landing, {**made, **ending, **name}))
    for own_id, part in parts.items():
        kept += _woven(own_id, part.edges, arriving[own_id])
    return kept


def _woven(own_id: str, edges: Sequence[Json], arriving: Sequence[tuple[Landing, Json]]) -> Iterator[Json]:
    """The wires inside a component and those that come in, in the order in which each input takes them."""
    waiting: dict[tuple[str, str], list[tuple[Landing, Json]]] = defaultdict(list)
    for landing, edge in arriving:
        waiting[landing.node, _bare(landing.handle)].append((landing, edge))
    for entering in waiting.values():
        entering.sort(key=lambda one: one[0].place)
    passed: dict[tuple[str, str], int] = defaultdict(int)
    for edge in edges:
        end = (str(edge.get("target")), _bare(edge.get("targetHandle")))
        entering = waiting.get(end, [])
        while entering and entering[0][0].place <= passed[end]:
            yield entering.pop(0)[1]
        passed[end] += 1
        name = {"id": f"{own_id}{JOINT}{edge['id']}"} if edge.get("id") else {}
        ends = {key: own_id + JOINT + str(edge.get(key)) for key in ("source", "target")}
        yield {**edge, **ends, **name}
    for entering in waiting.values():
        for _, edge in entering:
            yield edge


def _unreadable(raw: Json) -> Problem:
    message = f'"{_label(raw)}" is a component that your team does not have.'
    fix = "Choose one of GET /api/v1/components, or send what is inside as data.component."
    return Problem("unknown-component", ERROR, message, fix, str(raw.get("id") or ""), field="nodeType")


def _no_port(end: str, edge: Json, ports: Mapping[str, Any]) -> Problem:
    side, word = ("in-", "input") if end == "target" else ("out-", "output")
    handle = str(edge.get(f"{end}Handle") or "")[:140]
    names = ", ".join(f"{side}{name}" for name in list(ports)[:12])
    message = f'The component has no {word} "{handle}".'
    fix = f"Its {word}s are {names}." if names else f"It has no {word}s: remove the edge."
    rule = f"bad-{end}-handle"
    return Problem(rule, ERROR, message, fix, str(edge.get(end)), str(edge.get("id") or ""), handle)


def _named(ports: Mapping[str, _Port], handle: Any, side: str) -> _Port | None:
    """The port that a handle names; a component with one port needs no name for it."""
    name = str(handle or "").removeprefix(side)
    if not name and len(ports) == 1:
        return next(iter(ports.values()))
    return ports.get(name)


def _label(raw: Json) -> str:
    said = data_of(raw).get("label")
    return said if isinstance(said, str) and said.strip() else str(_of(raw).get("name") or "Component")


def _inside(outer: Json, inner_id: str) -> str:
    return f"{outer.get('id')}{JOINT}{inner_id}"


def _of(raw: Json) -> Json:
    return _object(data_of(raw).get("component"))


def _object(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _bare(handle: Any) -> str:
    return str(handle or "").removeprefix("in-")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
