"""Decides what may start, what is skipped, what a list opens, and whether a run is over.

Pure: it changes the cells of a `Board` and says which; `executions.actions` writes them down. The rules are the
catalog's ``list_semantics`` and ``branch_semantics``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from executions.board import BRANCH, LEFT_OUT, UPSTREAM_FAILED, Board, Cell, Key, Level, Path, Signal
from executions.gates import Gates, goes_on
from executions.inputs import MAX_ITEMS, Arrival, Gathered, arrivals, check_texts, gather
from executions.letters import letter_of, sends
from executions.questions import is_answered, may_ask, outputs_of, question_of
from executions.states import ACTIVE, ExecutionStatus, NodeStatus
from providers.base import Value
from providers.errors import ProviderError
from workflows.graph import Node
from workflows.modes import PINNED

MAX_NODE_RUNS = 2000

#: Computes a node on the spot (port → value), or returns None when its work is for a worker.
Compute = Callable[[Node, Gathered], "dict[str, Value] | None"]


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended. ``warnings`` are sentences about items that failed in a run that went on."""

    status: ExecutionStatus
    error: str = ""
    error_code: str = ""
    warnings: tuple[str, ...] = ()


def advance(board: Board, compute: Compute) -> dict[Key, Cell]:
    """Move everything that can move. Returns the cells that were made or changed, by key."""
    changed: dict[Key, Cell] = {}
    while _pass(board, compute, changed):
        pass
    return changed


def _pass(board: Board, compute: Compute, changed: dict[Key, Cell]) -> bool:
    """Decide every PENDING cell once, in the order of the graph. True when that lets earlier ones move."""
    pending = _open_cells(board, changed)
    gates = Gates(board)
    for node_id, paths in pending.items():
        node = board.graph.nodes[node_id]
        moved = False
        for path in paths if node.kind.fan == "in" else gates.with_room(node_id, paths):
            key = (node_id, path)
            cell = board.cells[key]
            if _decide(board, gates, node, key, cell, compute):
                moved = True
                gates.note(key, cell)
                if key not in board.blocked:
                    changed[key] = cell
        if moved and node.kind.fan == "out":
            return True  # the cells of its items come first, so that they count for those who wait
    return gates.was_freed


def end_of(board: Board) -> End | None:
    """How the run ended, or None while something is or may be done."""
    if any(cell.status in ACTIVE for cell in board.cells.values()):
        return None
    failed = [(key, cell) for key, cell in board.cells.items() if cell.status == NodeStatus.FAILED]
    fatal = [(key, cell) for key, cell in failed if not _is_tolerated(board, key)]
    if not fatal and not failed:
        return End(ExecutionStatus.COMPLETED)
    sentences = tuple(_failure_sentence(board, key, cell) for key, cell in failed)
    if not fatal and any(_is_result(board, key, cell) for key, cell in board.cells.items()):
        return End(ExecutionStatus.COMPLETED, warnings=sentences)
    key, cell = (fatal or failed)[0]
    return End(ExecutionStatus.FAILED, _failure_sentence(board, key, cell), cell.error_code, sentences)


def _failure_sentence(board: Board, key: Key, cell: Cell) -> str:
    node_id, path = key
    item = f" (item {'.'.join(str(index + 1) for index in path)})" if path else ""
    return f"{board.graph.nodes[node_id].label}{item}: {cell.error}"


def _is_result(board: Board, key: Key, cell: Cell) -> bool:
    return cell.status == NodeStatus.COMPLETED and not board.graph.wires_from(key[0])


def _is_tolerated(board: Board, key: Key) -> bool:
    """Does the run go on without what failed here?"""
    return board.graph.nodes[key[0]].skips_failure or _goes_on_beside(board, key)


def _goes_on_beside(board: Board, key: Key) -> bool:
    """Is this in a list whose other items go on when one fails?"""
    levels = board.levels(key[0])
    return bool(levels) and goes_on(board, levels[-1])


def _open_cells(board: Board, changed: dict[Key, Cell]) -> dict[str, list[Path]]:
    """Make the cells of every item that is known by now. Returns node id → its undecided items, in order."""
    board.promised = 0
    paths: dict[tuple[Level, ...], list[Path]] = {}
    pending: dict[str, list[Path]] = {}
    for node_id in board.graph.order:
        levels = board.levels(node_id)
        if levels not in paths:
            paths[levels] = board.paths(levels)[0]
        undecided = []
        for path in paths[levels]:
            key = (node_id, path)
            cell = board.cells.get(key)
            if cell is None:
                cell = board.cells[key] = changed[key] = Cell()
            if cell.status == NodeStatus.PENDING and key not in board.blocked:
                undecided.append(path)
        pending[node_id] = undecided
    return pending


def _decide(board: Board, gates: Gates, node: Node, key: Key, cell: Cell, compute: Compute) -> bool:
    """Move one PENDING cell as far as it goes, or block it for good. False when it must wait."""
    path = key[1]
    if node.id in board.graph.off:
        cell.status, cell.skip_reason = NodeStatus.SKIPPED, board.graph.off[node.id]
        return True
    if node.pin is not None:
        return _take_pinned(board, node, key, cell)
    if node.kind.fan == "in":
        return _collect(board, node, key, cell)
    arrived = arrivals(board, node, path)
    values = [one.value for one in arrived]
    if Signal.DEAD in values:
        return _block(board, key, cell)
    if Signal.WAIT in values:
        return False
    if _is_skipped(node, arrived):
        left_out = any(one.value is Signal.EMPTY and board.is_left_out(one.wire, path) for one in arrived)
        cell.status, cell.skip_reason = NodeStatus.SKIPPED, LEFT_OUT if left_out else BRANCH
        return True
    if path and not gates.allow(key):
        return False
    try:
        gathered = gather(board, node, arrived)
        check_texts(node, gathered)
        asked = may_ask(node) and question_of(node, gathered, board.carries_list(node.id, "approved"))
        if asked and not is_answered(asked):
            cell.status, cell.question = NodeStatus.WAITING, asked
            return True
        if sends(node):
            cell.status, cell.letter = NodeStatus.WAITING, letter_of(node, gathered)
            return True
        if asked:  # about the items of an empty list
            outputs: dict[str, Value] | None = outputs_of(asked)
        elif node.kind.fan == "out":
            outputs = _iterate(board, node, path, gathered)
        else:
            outputs = compute(node, gathered)
    except ProviderError as error:
        cell.status, cell.error, cell.error_code = NodeStatus.FAILED, error.message, error.code
        return True
    if outputs is None:
        cell.status, cell.was_ready = NodeStatus.READY, True
    else:
        cell.status, cell.outputs = NodeStatus.COMPLETED, outputs
    return True


def _take_pinned(board: Board, node: Node, key: Key, cell: Cell) -> bool:
    """Give what was made in an earlier run, whatever comes in now. What was not made then is not made now either."""
    made = board.pinned.get(key)
    if made is None:
        cell.status, cell.error_code = NodeStatus.FAILED, "pinned_result_missing"
        cell.error = "There is no pinned result for this item. Unpin the node to run it."
    else:
        cell.status, cell.outputs = NodeStatus.COMPLETED, made
        cell.is_cached, cell.skip_reason = True, PINNED
    return True


def _block(board: Board, key: Key, cell: Cell) -> bool:
    """An earlier node failed: inside a list that goes on the item ends here, else this never starts."""
    if _goes_on_beside(board, key):
        cell.status, cell.skip_reason = NodeStatus.SKIPPED, UPSTREAM_FAILED
    else:
        board.blocked.add(key)
    return True


def _is_skipped(node: Node, arrived: list[Arrival]) -> bool:
    """A wired required input is empty, or all wired inputs are."""
    into_ports = [one for one in arrived if not one.wire.into_param]
    if not into_ports:
        return False
    empty = [one for one in into_ports if one.value is Signal.EMPTY]
    if len(empty) == len(into_ports):
        return True
    filled = {one.wire.target_port for one in into_ports if one.value is not Signal.EMPTY}
    return any(
        (port := node.kind.input(one.wire.target_port)) is not None
        and port.required
        and port.id not in filled
        for one in empty
    )


def _iterate(board: Board, node: Node, path: Path, gathered: Gathered) -> dict[str, Value]:
    """Open a list: its items, in order."""
    items = list(gathered.inputs.get("list", []))
    limit = int(gathered.params.get("limit") or 0)
    items = items[:limit] if limit else items
    if len(items) > MAX_ITEMS:
        raise _TooMany(f"“{node.label}” got {len(items)} items; a list may have {MAX_ITEMS} at most.")
    level = board.graph.output_levels(node.id)[-1]
    for other in level:
        beside = board.cells.get((other, path))
        if other != node.id and beside is not None and beside.status == NodeStatus.COMPLETED:
            length = len(beside.outputs["item"])
            if length != len(items) and 1 not in (length, len(items)):
                label = board.graph.nodes[other].label
                raise _Mismatch(
                    f"“{node.label}” has {len(items)} items and “{label}” {length}; "
                    "lists of one group must be equally long."
                )
    more = len(items) * sum(level in board.levels(other) for other in board.graph.order)
    if len(board.cells) + board.promised + more > MAX_NODE_RUNS:
        raise _TooMany(
            f"“{node.label}” would make more than {MAX_NODE_RUNS} node runs in this run; shorten the list."
        )
    board.promised += more if level[0] == node.id else 0  # those of a group open the same cells together
    return {"item": items, "index": list(range(len(items)))}


class _TooMany(ProviderError):
    code = "too_many_items"


class _Mismatch(ProviderError):
    code = "list_length_mismatch"


def _collect(board: Board, node: Node, key: Key, cell: Cell) -> bool:
    """Close the open lists: all values in item order, without those that failed or were skipped."""
    items: list[Value] = []
    failed = 0
    for wire in board.graph.wires_into(node.id):
        if wire.into_param:
            continue
        got = board.gathered(wire, key[1])
        if got is Signal.DEAD:
            return _block(board, key, cell)
        if isinstance(got, Signal):
            return False
        items += got[0]
        failed += got[1]
    least = int(node.params.get("min_items") or 0)
    if not items and not failed and least:
        cell.status, cell.skip_reason = NodeStatus.SKIPPED, BRANCH
    elif len(items) < least:
        cell.status, cell.error_code = NodeStatus.FAILED, "too_few_items"
        cell.error = f"{len(items)} of {len(items) + failed} items succeeded; at least {least} are needed."
    else:
        cell.status = NodeStatus.COMPLETED
        cell.outputs = {port.id: items for port in node.kind.outputs if port.multiple}
        cell.outputs |= {port.id: len(items) for port in node.kind.outputs if port.type == "NUMBER"}
    return True
