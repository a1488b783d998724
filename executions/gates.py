"""How many items of a list are worked on at a time.

An item has begun once work for it was handed out (what is computed on the spot does not count), and is finished
when all its node runs are over. A list that stops on errors lets no further item begin after one failed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from executions.board import ENDED, Board, Cell, Key, Level, Path
from executions.states import NodeStatus


@dataclass(slots=True)
class _Gate:
    """One open list: the innermost of some levels, for one outer item."""

    begun: set[int] = field(default_factory=set)
    unfinished: Counter[int] = field(default_factory=Counter)
    is_shut: bool = False


class Gates:
    """The gates of all lists of a board, kept up to date with `note`."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._gates: defaultdict[tuple[tuple[Level, ...], Path], _Gate] = defaultdict(_Gate)
        for key, cell in board.cells.items():
            if key[1]:
                self._count(key, cell)

    def _around(self, key: Key) -> Iterator[tuple[_Gate, Level, int]]:
        node_id, path = key
        levels = self._board.levels(node_id)
        for depth, level in enumerate(levels):
            yield self._gates[levels[: depth + 1], path[:depth]], level, path[depth]

    def _count(self, key: Key, cell: Cell) -> None:
        is_open = cell.status not in ENDED and key not in self._board.blocked
        for gate, level, item in self._around(key):
            if cell.was_ready:
                gate.begun.add(item)
            if is_open:
                gate.unfinished[item] += 1
            if cell.status == NodeStatus.FAILED and not goes_on(self._board, level):
                gate.is_shut = True

    def note(self, key: Key, cell: Cell) -> None:
        """A PENDING cell was decided."""
        for gate, level, item in self._around(key):
            if cell.was_ready:
                gate.begun.add(item)
            if cell.status in ENDED or key in self._board.blocked:
                gate.unfinished[item] -= 1
            if cell.status == NodeStatus.FAILED and not goes_on(self._board, level):
                gate.is_shut = True

    def allow(self, key: Key) -> bool:
        """May work start for this item now?"""
        return all(self._allows(gate, level, item) for gate, level, item in self._around(key))

    def _allows(self, gate: _Gate, level: Level, item: int) -> bool:
        if gate.is_shut:
            return False
        if item in gate.begun:
            return True
        iterates = (self._board.graph.nodes[iterate] for iterate in level)
        most = min(int(iterate.params.get("concurrency") or 1) for iterate in iterates)
        return sum(1 for begun in gate.begun if gate.unfinished[begun] > 0) < most


def goes_on(board: Board, level: Level) -> bool:
    """Do the other items of this list go on when one fails?"""
    return bool(board.graph.nodes[level[0]].params.get("on_item_error", "continue") == "continue")
