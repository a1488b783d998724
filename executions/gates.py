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
    """One open list: the innermost of some levels, for one outer item.

    ``busy`` items have begun and go on, without those that wait for a person or a receiver: they keep nobody from
    working.
    """

    begun: set[int] = field(default_factory=set)
    asking: set[int] = field(default_factory=set)
    unfinished: Counter[int] = field(default_factory=Counter)
    busy: int = 0
    is_shut: bool = False

    def begin(self, item: int) -> None:
        if item not in self.begun:
            self.begun.add(item)
            self.busy += self.unfinished[item] > 0 and item not in self.asking

    def add(self, item: int) -> None:
        self.unfinished[item] += 1
        self.busy += self.unfinished[item] == 1 and item in self.begun and item not in self.asking

    def take(self, item: int) -> bool:
        """One node run of the item is over. True when that makes room for another item."""
        self.unfinished[item] -= 1
        is_room = self.unfinished[item] == 0 and item in self.begun and item not in self.asking
        self.busy -= is_room
        return is_room

    def ask(self, item: int) -> bool:
        """The item waits for somebody outside. True when that makes room for another item."""
        if item in self.asking:
            return False
        is_room = self.unfinished[item] > 0 and item in self.begun
        self.busy -= is_room
        self.asking.add(item)
        return is_room


#: Which list, the how-manieth work on it (`Board.phases`), and for which outer item.
_Place = tuple[tuple[Level, ...], int, Path]


class Gates:
    """The gates of all lists of a board, kept up to date with `note`.

    ``was_freed`` says that an item was finished since, so that another one may begin.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._gates: defaultdict[_Place, _Gate] = defaultdict(_Gate)
        self._most: dict[Level, int] = {}
        self.was_freed = False
        for key, cell in board.cells.items():
            if key[1]:
                self._count(key, cell)

    def _around(self, key: Key) -> Iterator[tuple[_Gate, Level, int]]:
        node_id, path = key
        levels = self._board.levels(node_id)
        phases = self._board.phases[node_id]
        for depth, level in enumerate(levels):
            yield self._gates[levels[: depth + 1], phases.get(level, 0), path[:depth]], level, path[depth]

    def _count(self, key: Key, cell: Cell) -> None:
        is_open = cell.status not in ENDED and key not in self._board.blocked
        for gate, level, item in self._around(key):
            if cell.was_ready:
                gate.begin(item)
            if is_open:
                gate.add(item)
            if cell.waits_outside:
                gate.ask(item)
            if self._shuts(key, cell, level):
                gate.is_shut = True

    def note(self, key: Key, cell: Cell) -> None:
        """A PENDING cell was decided or blocked."""
        for gate, level, item in self._around(key):
            if cell.was_ready:
                gate.begin(item)
            if (cell.status in ENDED or key in self._board.blocked) and gate.take(item):
                self.was_freed = True
            if cell.waits_outside and gate.ask(item):
                self.was_freed = True
            if self._shuts(key, cell, level):
                gate.is_shut = True

    def _shuts(self, key: Key, cell: Cell, level: Level) -> bool:
        """Did this fail, and does this list stop for it? An inner list that goes on keeps it to itself."""
        is_fatal = cell.status == NodeStatus.FAILED and not self._board.graph.nodes[key[0]].skips_failure
        if not is_fatal or goes_on(self._board, level):
            return False
        return not goes_on(self._board, self._board.levels(key[0])[-1])

    def with_room(self, node_id: str, paths: list[Path]) -> Iterator[Path]:
        """The item paths worth looking at: not those that could not begin, while their outermost list is full."""
        levels = self._board.levels(node_id)
        if not levels:
            yield from paths
            return
        gate = self._gates[levels[:1], self._board.phases[node_id].get(levels[0], 0), ()]
        most = self._most_of(levels[0])
        for path in paths:
            if gate.busy < most or path[0] in gate.begun:
                yield path

    def allow(self, key: Key) -> bool:
        """May work start for this item now?"""
        return all(self._allows(gate, level, item) for gate, level, item in self._around(key))

    def _allows(self, gate: _Gate, level: Level, item: int) -> bool:
        if gate.is_shut:
            return False
        return item in gate.begun or gate.busy < self._most_of(level)

    def _most_of(self, level: Level) -> int:
        if level not in self._most:
            iterates = (self._board.graph.nodes[iterate] for iterate in level)
            self._most[level] = min(int(iterate.params.get("concurrency") or 1) for iterate in iterates)
        return self._most[level]


def goes_on(board: Board, level: Level) -> bool:
    """Do the other items of this list go on when one fails?"""
    on_item_error: str = board.graph.nodes[level[0]].params.get("on_item_error", "continue")
    return on_item_error == "continue"
