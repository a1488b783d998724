"""Which fan-outs a node runs under.

``utility:iterate`` opens a level: everything downstream runs once per item, until ``utility:collect`` closes
it. Iterates that share a non-empty ``group`` and run under the same levels advance together: one level. One that
comes after what another one of its group opened was collected cannot advance with it, and opens a level of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: The iterate nodes that advance together, in the order of the graph's nodes.
Level = tuple[str, ...]

#: A node may stand below this many levels; deeper graphs are refused.
MAX_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Fan:
    """What a node does to levels: opens one (shared with its ``group``), or closes all or the innermost."""

    opens: bool = False
    closes: bool = False
    group: str = ""
    inner_only: bool = False


@dataclass(slots=True)
class _Open:
    """A level while the graph is walked; ``rank`` is its place among those it is not inside of.

    ``after`` are the levels that were opened somewhere before one of its members.
    """

    rank: int
    outside: frozenset[int]
    members: list[str] = field(default_factory=list)
    after: set[int] = field(default_factory=set)


def find_levels(
    order: Sequence[str],
    ranks: Mapping[str, int],
    parents: Mapping[str, Iterable[str]],
    fans: Mapping[str, Fan],
) -> tuple[dict[str, tuple[Level, ...]], dict[str, Level]]:
    """The levels each node runs under, outermost first, and the level each iterate opens.

    ``order`` is topological, ``ranks`` says where a node stands in the graph's list, and ``fans`` holds the
    nodes that open or close a level.
    """
    first_of_group: dict[str, int] = {}
    for node_id, fan in fans.items():
        if fan.opens and fan.group:
            first_of_group[fan.group] = min(ranks[node_id], first_of_group.get(fan.group, ranks[node_id]))

    opened: list[_Open] = []
    index: dict[tuple[frozenset[int], str], list[int]] = {}
    under: dict[str, frozenset[int]] = {}
    before: dict[str, frozenset[int]] = {}
    own: dict[str, int] = {}
    for node_id in order:
        reached: set[int] = set()
        passed: set[int] = set()
        for parent in parents.get(node_id, ()):
            reached |= under[parent]
            passed |= before[parent]
            if parent in own:
                reached.add(own[parent])
                passed.add(own[parent])
        before[node_id] = frozenset(passed)
        fan = fans.get(node_id, Fan())
        if fan.closes and reached:
            reached = set(_outermost_first(reached, opened)[:-1]) if fan.inner_only else set()
        under[node_id] = frozenset(reached)
        if fan.opens:
            key = (under[node_id], f"group:{fan.group}" if fan.group else f"node:{node_id}")
            earlier = _all_before(passed, opened)
            beside = [number for number in index.setdefault(key, []) if number not in earlier]
            if not beside:
                beside = [len(opened)]
                index[key] += beside
                opened.append(_Open(first_of_group.get(fan.group, ranks[node_id]), under[node_id]))
            own[node_id] = beside[0]
            opened[beside[0]].members.append(node_id)
            opened[beside[0]].after |= passed

    levels = [tuple(sorted(level.members, key=lambda node_id: ranks[node_id])) for level in opened]
    return (
        {
            node_id: tuple(levels[number] for number in _outermost_first(numbers, opened)) if numbers else ()
            for node_id, numbers in under.items()
        },
        {node_id: levels[number] for node_id, number in own.items()},
    )


def _all_before(numbers: Iterable[int], opened: Sequence[_Open]) -> set[int]:
    """These levels and all that must be worked off before them."""
    found: set[int] = set()
    waiting = list(numbers)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += opened[number].after
    return found


def _outermost_first(numbers: Iterable[int], opened: Sequence[_Open]) -> list[int]:
    """Levels sorted so that a level stands before those inside it, else by where their iterates stand."""
    waiting = set(numbers)
    if len(waiting) > 2 * MAX_LEVELS:
        return sorted(waiting)  # refused anyway, so the order in which they opened will do
    sorted_levels: list[int] = []
    while waiting:
        free = (number for number in waiting if not (opened[number].outside & waiting))
        outermost = min(free, key=lambda number: (opened[number].rank, number))
        sorted_levels.append(outermost)
        waiting.remove(outermost)
    return sorted_levels
