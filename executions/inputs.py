"""What a node run gets: the values that reach its inputs and parameters, joined, chosen and converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from executions.board import Board, Path, Signal, project
from executions.values import BadValue, convert, fit_param
from providers.catalog import Port
from providers.errors import TooManyItems
from providers.local.archive import SOURCE_LABELS
from workflows.graph import Node, Wire

MAX_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Gathered:
    """``inputs``: port → value (a list where the port takes several); ``params``: every effective parameter."""

    inputs: Mapping[str, Any]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One wire and what it brings."""

    wire: Wire
    value: Any


def arrivals(board: Board, node: Node, path: Path) -> list[Arrival]:
    """What every wire into this node brings for ``path``, signals included.

    Of a list that leads into a single input one item arrives: the one chosen on its source when the source's
    stored result is reused, else the first.
    """
    return [
        Arrival(wire, _one_of(board, wire, path, board.read(wire, path)))
        for wire in board.graph.wires_into(node.id)
    ]


def _one_of(board: Board, wire: Wire, path: Path, value: Any) -> Any:
    if isinstance(value, Signal) or not board.carries_list(wire.source, wire.source_port):
        return value
    if not wire.into_param and _takes_list(board.graph.nodes[wire.target], wire.target_port):
        return value
    if not value:
        return Signal.EMPTY
    source = board.graph.nodes[wire.source]
    cell = board.cells[wire.source, project(path, board.levels(wire.target), board.levels(wire.source))]
    chosen = source.selected_index if cell.is_cached else 0
    return value[chosen if 0 <= chosen < len(value) else 0]


def _takes_list(node: Node, port_id: str) -> bool:
    port = node.kind.input(port_id)
    return port is None or port.multiple or port.keeps_list


def gather(board: Board, node: Node, arrived: list[Arrival]) -> Gathered:
    """Join what arrived with what is written on the node.

    Signals count as not wired. Raises `BadValue` or `TooManyItems` with a sentence naming the input.
    """
    arrived = [one for one in arrived if not isinstance(one.value, Signal)]
    params = dict(node.params)
    for one in arrived:
        if one.wire.into_param:
            param = node.kind.param(one.wire.target_port)
            if param is not None:
                params[param.id] = fit_param(param, one.value, _where(node, param.id))
    inputs: dict[str, Any] = {}
    for port in node.kind.inputs:
        wired = [one for one in arrived if one.wire.target_port == port.id and not one.wire.into_param]
        value = _wired(board, node, port, wired) if wired else _written(node, port, params)
        if value is None:
            continue
        inputs[port.id] = value
        if port.id in params:
            params[port.id] = value
    for one in arrived:  # dynamic inputs: every unknown name is a port of its own
        name = one.wire.target_port
        if not one.wire.into_param and node.kind.input(name) is None:
            inputs[name] = one.value
    if node.kind.name == "utility:zip_files":
        inputs[SOURCE_LABELS] = _labels(board, node, arrived)
    return Gathered(inputs, params)


def check_texts(node: Node, gathered: Gathered) -> None:
    """Raises `BadValue` where a model would be asked, and paid, without the text that it cannot do without."""
    for port in node.kind.inputs if node.kind.is_remote else ():
        text = gathered.inputs.get(port.id)
        if port.required and port.type == "TEXT" and isinstance(text, str) and not text.strip():
            raise BadValue(
                f"“{node.label}” got an empty text for {port.label}. It was not started and cost nothing."
            )


def _labels(board: Board, node: Node, arrived: list[Arrival]) -> list[str]:
    """For each value that reaches the first input the label of the node that made it."""
    port = node.kind.inputs[0].id
    wired = [one for one in arrived if one.wire.target_port == port]
    labels: list[str] = []
    for one in wired:
        count = len(one.value) if board.carries_list(one.wire.source, one.wire.source_port) else 1
        labels += [_maker(board, one.wire).label] * count
    return labels


def _maker(board: Board, wire: Wire) -> Node:
    """The node that made what ``wire`` brings, behind those that only pass on what one wire brings them."""
    node = board.graph.nodes[wire.source]
    port = node.kind.output(wire.source_port)
    passed_on = [one for one in board.graph.wires_into(node.id) if port and one.target_port in port.same_as]
    return _maker(board, passed_on[0]) if len(passed_on) == 1 else node


def _where(node: Node, port_id: str) -> str:
    return f"“{node.label}”: {port_id}"


def _wired(board: Board, node: Node, port: Port, wired: list[Arrival]) -> Any:
    where = _where(node, port.id)
    if port.keeps_list and not port.multiple:
        return _converted(wired[0].value, board, wired[0], port, where)
    if not port.multiple:
        return convert(wired[0].value, port.type, where)
    items: list[Any] = []
    for one in sorted(wired, key=lambda one: (one.wire.slot, one.wire.index)):
        if board.carries_list(one.wire.source, one.wire.source_port):
            items += one.value
        else:
            items.append(one.value)
    if node.kind.fan == "out" and len(items) == 1 and isinstance(items[0], list):
        items = items[0]
    _check_count(items, port, where)
    return [convert(item, port.type, where) for item in items]


def _converted(value: Any, board: Board, one: Arrival, port: Port, where: str) -> Any:
    if board.carries_list(one.wire.source, one.wire.source_port):
        return [convert(item, port.type, where) for item in value]
    return convert(value, port.type, where)


def _written(node: Node, port: Port, params: Mapping[str, Any]) -> Any:
    """A value given on the node instead of a wire; None when there is none."""
    where = _where(node, port.id)
    if port.id in node.given:
        items = [convert(item, port.type, where) for item in node.given[port.id]]
        if port.multiple:
            _check_count(items, port, where)
            return items
        return items[0] if items else None
    value = params.get(port.id)
    if value in (None, ""):
        return None
    return [value] if port.multiple and not isinstance(value, list) else value


def _check_count(items: list[Any], port: Port, where: str) -> None:
    most = port.max or MAX_ITEMS
    if len(items) > most:
        raise TooManyItems(f"{where} takes {most} items at most, but got {len(items)}.")
