"""What goes along each wire, as far as it is known before anything runs: type, list or single item, how many.

An output of type ANY has the type of what is wired to the inputs it names (``same_as``), so types run through
routers, branches and lists. Lengths are known for lists that people wrote down and what follows from those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import add, mul
from typing import Any

from providers.catalog import Port
from workflows.graph import Graph, Node, Wire
from workflows.tables import read_rows

MAX_ITEMS = 500

#: Remote nodes that give as many pictures as the graph or model behind them likes.
_FREE_COUNT = frozenset(["generate:comfyui"])


@dataclass(frozen=True, slots=True)
class Length:
    """At least ``low`` items and at most ``high``, None when nobody can say."""

    low: int
    high: int | None

    def plus(self, other: Length) -> Length:
        return Length(self.low + other.low, _and(self.high, other.high, add))

    def times(self, other: Length) -> Length:
        return Length(self.low * other.low, _and(self.high, other.high, mul))

    def at_most(self, most: int) -> Length:
        return Length(min(self.low, most), most if self.high is None else min(self.high, most))


NONE, ONE, ANY_NUMBER = Length(0, 0), Length(1, 1), Length(0, None)


@dataclass(frozen=True, slots=True)
class Flow:
    """What one output gives: a port type, whether it is a list, how many items, and ``mask`` or "" as role.

    Where a single JSON value is known to be an array, ``length`` is that array's.
    """

    type: str
    is_list: bool = False
    length: Length = ONE
    role: str = ""


@dataclass(frozen=True)
class Flows:
    """The flow of every wire, and how many items each iterate opens."""

    by_wire: Mapping[tuple[str, str], Flow]
    items: Mapping[str, Length]

    def of(self, wire: Wire) -> Flow:
        """What goes along this wire."""
        return self.by_wire[wire.source, wire.source_port]


def read_flows(graph: Graph) -> Flows:
    """Go through the graph once, in its order. Wires of a cycle carry ANY."""
    flows: dict[tuple[str, str], Flow] = {}
    items: dict[str, Length] = {}
    may_skip: set[str] = set()
    for node_id in graph.order:
        node = graph.nodes[node_id]
        arriving = _arriving(graph, node, flows)
        if _may_be_skipped(graph, node, may_skip):
            may_skip.add(node_id)
        if node.kind.fan == "out":
            items[node_id] = _opened(node, arriving.get("list", []))
        for port_id in _used_outputs(graph, node):
            flow = _output(graph, node, node.output(port_id), arriving, items)
            if node_id in may_skip:
                flow = replace(flow, length=Length(0, flow.length.high))
            flows[node_id, port_id] = flow
    return Flows(flows, items)


def _used_outputs(graph: Graph, node: Node) -> Iterable[str]:
    static = [port.id for port in node.kind.outputs]
    return dict.fromkeys([*static, *(wire.source_port for wire in graph.wires_from(node.id))])


def _arriving(graph: Graph, node: Node, flows: Mapping[tuple[str, str], Flow]) -> dict[str, list[Flow]]:
    """What reaches each input: the flows of its wires, or of the values given in their place."""
    arriving: dict[str, list[Flow]] = {}
    for wire in graph.wires_into(node.id):
        arriving.setdefault(wire.target_port, []).append(
            flows.get((wire.source, wire.source_port), Flow("ANY"))
        )
    for port_id, values in node.given.items():
        arriving.setdefault(port_id, [_given(value) for value in values])
    return arriving


def _given(value: Any) -> Flow:
    if isinstance(value, list):
        return Flow("ANY", is_list=True, length=exactly(len(value)))
    return Flow("ANY")


def _may_be_skipped(graph: Graph, node: Node, may_skip: set[str]) -> bool:
    """True when a branch not taken can leave this node, or one of its outputs, without a value."""
    if node.kind.name in ("logic:if", "logic:approval"):
        return True
    return any(wire.source in may_skip for wire in graph.wires_into(node.id))


def _opened(node: Node, arriving: Sequence[Flow]) -> Length:
    """How many items an iterate opens. One JSON value may turn out to be a list."""
    length = NONE
    for flow in arriving:
        opens_further = not flow.is_list and flow.type in ("JSON", "ANY") and flow.length == ONE
        length = length.plus(ANY_NUMBER if opens_further else flow.length)
    limit = node.params.get("limit")
    most = limit if isinstance(limit, int) and limit > 0 else MAX_ITEMS
    return length.at_most(min(most, MAX_ITEMS))


def _output(
    graph: Graph, node: Node, port: Port, arriving: Mapping[str, list[Flow]], items: Mapping[str, Length]
) -> Flow:
    if port.type_by_param:
        value = node.params.get(port.type_by_param["param"])
        return Flow(port.type_by_param["map"].get(value, port.type), port.multiple, role=port.role)
    named = [flow for port_id in port.same_as for flow in arriving.get(port_id, ())]
    if not named:
        return Flow(port.type, port.multiple, _length(graph, node, port), port.role)
    types = {flow.type for flow in named}
    roles = {flow.role for flow in named}
    carried = [
        flow
        for port_id in port.same_as
        if (target := node.kind.input(port_id)) is not None and target.keeps_list
        for flow in arriving.get(port_id, ())
        if flow.is_list
    ]
    is_list = port.multiple or bool(carried)
    length = ONE
    if node.kind.fan == "in":
        length = _collected(graph, node, named, items)
    elif port.multiple:
        length = _joined(named)
    elif carried:
        highs = [flow.length.high for flow in carried]
        high = None if None in highs else max(high for high in highs if high is not None)
        length = Length(min(flow.length.low for flow in named), high)
    return Flow(
        type=types.pop() if len(types) == 1 else "ANY",
        is_list=is_list,
        length=length,
        role=roles.pop() if len(roles) == 1 else "",
    )


def _joined(flows: Iterable[Flow]) -> Length:
    length = NONE
    for flow in flows:
        length = length.plus(flow.length)
    return length


def _collected(graph: Graph, node: Node, named: Sequence[Flow], items: Mapping[str, Length]) -> Length:
    """At most every item of the levels closed here; items may fail or be rejected, so the low end is open."""
    left_open = set(graph.levels[node.id])
    total = NONE
    for wire, flow in zip(graph.wires_into(node.id), named, strict=False):
        of_wire = flow.length
        for level in graph.output_levels(wire.source):
            if level not in left_open:
                of_wire = of_wire.times(items.get(level[0], ANY_NUMBER))
        total = total.plus(of_wire)
    return Length(0, total.high)


def _length(graph: Graph, node: Node, port: Port) -> Length:
    """How many items an output gives that is not ``same_as`` anything."""
    params, name = node.params, node.kind.name
    wired = {wire.target_port for wire in graph.wires_into(node.id)}
    if not port.multiple:
        if name == "input:json" and isinstance(params["json"], list):
            return exactly(len(params["json"]))
        bounds = _array_bounds(params.get("json_schema")) if port.type == "JSON" else None
        return bounds or ONE
    if "num_images" in params:
        param = node.kind.param("num_images")
        if "num_images" in wired:
            return Length(1, int(param.max) if param and param.max else None)
        return exactly(int(params["num_images"] or 1))
    if node.kind.is_remote and port.type == "IMAGE" and name not in _FREE_COUNT:
        return exactly(node.kind.spec["sandbox"].get("count") or 1)
    if name == "input:image_list":
        return exactly(len(params["images"] or ()))
    if name == "input:table":
        empty = not params["csv"] and not params["rows"]
        return ANY_NUMBER if params["file"] and empty else exactly(len(read_rows(params)))
    if name == "utility:image_split" and not wired & {"rows", "columns"}:
        return exactly(params["rows"] * params["columns"])
    if name == "utility:text_split" and not wired - {"text"}:
        text = _known_text(graph, node, "text")
        return ANY_NUMBER if text is None else exactly(_parts(text, params))
    if name == "utility:json_extract" and port.id == "items" and "path" not in wired:
        return _array_at(graph, node)
    return ANY_NUMBER


def exactly(count: int) -> Length:
    """A list whose length is known."""
    return Length(count, count)


def _known_text(graph: Graph, node: Node, port_id: str) -> str | None:
    """The text that will reach an input, when it is written down."""
    for wire in graph.wires_into(node.id):
        if wire.target_port == port_id:
            source = graph.nodes[wire.source]
            return str(source.params["prompt"]) if source.kind.name == "input:text" else None
    given = node.given.get(port_id)
    return given[0] if given and isinstance(given[0], str) else None


def _parts(text: str, params: Mapping[str, Any]) -> int:
    """How many items ``utility:text_split`` makes of a text."""
    separator = params["separator"].replace("\\n", "\n").replace("\\t", "\t") or "\n"
    parts = text.replace("\r\n", "\n").split(separator)
    count = sum(1 for part in parts if part.strip()) if params["drop_empty"] else len(parts)
    return min(count, params["limit"]) if params["limit"] else count


def _array_at(graph: Graph, node: Node) -> Length:
    """The bounds that the schema of the model before it sets for the array that a path names."""
    source = next((graph.nodes[wire.source] for wire in graph.wires_into(node.id)), None)
    schema = source.params.get("json_schema") if source else None
    path = str(node.params["path"]).removeprefix("$").strip(".")
    for key in path.split(".") if path else ():
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        schema = properties.get(key) if isinstance(properties, Mapping) else None
    return _array_bounds(schema) or ANY_NUMBER


def _array_bounds(schema: Any) -> Length | None:
    """How many items a JSON schema of an array allows; None for other schemas."""
    if not isinstance(schema, Mapping) or schema.get("type") != "array":
        return None
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    return Length(low if isinstance(low, int) else 0, high if isinstance(high, int) else None)


def _and(a: int | None, b: int | None, combine: Callable[[int, int], int]) -> int | None:
    return None if a is None or b is None else combine(a, b)
