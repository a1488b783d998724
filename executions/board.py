"""The state of one execution as the planner sees it: a cell per node run, and where values come from.

Plain values only. A cell is found by node id and item path: () outside every list, (2,) the third item.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from executions.letters import Letter, sends
from executions.questions import may_ask
from executions.states import ACTIVE, NodeStatus
from workflows.graph import Graph, Wire

Path = tuple[int, ...]
Key = tuple[str, Path]
Level = tuple[str, ...]

#: Why a cell was skipped: its branch was not taken, an earlier node failed for this item, or one failed that the run
#: goes on without.
BRANCH = "branch"
UPSTREAM_FAILED = "upstream_failed"
LEFT_OUT = "left_out"


@dataclass(slots=True)
class Cell:
    """One node run. ``outputs`` (port → stored value) is there once it is COMPLETED.

    ``was_ready`` says that it was handed out as work at some time, ``question`` what a person was asked, ``letter``
    what is to be sent now, ``is_sent`` that it waits for what becomes of such a letter.
    """

    status: NodeStatus = NodeStatus.PENDING
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    error_code: str = ""
    skip_reason: str = ""
    is_cached: bool = False
    was_ready: bool = False
    question: Mapping[str, Any] | None = None
    letter: Letter | None = None
    is_sent: bool = False

    @property
    def asks(self) -> bool:
        """Does it wait for a person?"""
        return self.question is not None and self.status == NodeStatus.WAITING

    @property
    def waits_outside(self) -> bool:
        """Does it wait for a person or a receiver, who may take their time?"""
        return self.asks or ((self.is_sent or self.letter is not None) and self.status == NodeStatus.WAITING)


class Signal(Enum):
    """What a wire carries when it carries no value."""

    WAIT = "wait"  # not known yet
    EMPTY = "empty"  # the source ended without this output
    DEAD = "dead"  # the source failed, or never will run


@dataclass
class Board:
    """Cells of the nodes of ``graph``; ``blocked`` are PENDING ones that can never start.

    ``promised`` counts the cells of lists that were opened and have not been made yet; ``pinned`` holds the results of
    pinned nodes.
    """

    graph: Graph
    cells: dict[Key, Cell] = field(default_factory=dict)
    blocked: set[Key] = field(default_factory=set)
    promised: int = 0
    pinned: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)

    def levels(self, node_id: str) -> tuple[Level, ...]:
        return self.graph.levels[node_id]

    def item_count(self, level: Level, path: Path, outer: tuple[Level, ...]) -> int | Signal:
        """How many items ``level`` has for the outer items ``path``: a number, WAIT or DEAD."""
        counts = []
        for iterate in level:
            key = (iterate, project(path, outer, self.levels(iterate)))
            cell = self.cells.get(key)
            if cell is None or (cell.status not in ENDED and key not in self.blocked):
                return Signal.WAIT
            if self.is_dead(key, cell):
                return Signal.DEAD
            if cell.status in (NodeStatus.SKIPPED, NodeStatus.FAILED):
                return 0
            counts.append(len(cell.outputs["item"]))
        return max(counts) if all(counts) else 0  # beside an empty list one of one item is repeated no times

    def paths(self, levels: tuple[Level, ...]) -> tuple[list[Path], Signal | None]:
        """All item paths of a node under ``levels`` known so far.

        The signal is None when they are all there, WAIT when more may come, DEAD when a list failed to open.
        """
        return self.paths_within(levels, (), ())

    def paths_within(
        self, levels: tuple[Level, ...], outer: tuple[Level, ...], at: Path
    ) -> tuple[list[Path], Signal | None]:
        """Those of `paths` that belong to the item ``at`` of the levels ``outer``."""
        fixed = dict(zip(outer, at, strict=True))
        paths: list[Path] = [()]
        signal: Signal | None = None
        for depth, level in enumerate(levels):
            longer: list[Path] = []
            for path in paths:
                count = self.item_count(level, path, levels[:depth])
                if isinstance(count, Signal):
                    signal = Signal.DEAD if Signal.DEAD in (count, signal) else Signal.WAIT
                elif level in fixed:
                    longer += [(*path, fixed[level])] if fixed[level] < count else []
                else:
                    longer += [(*path, index) for index in range(count)]
            paths = longer
        return paths, signal

    def is_dead(self, key: Key, cell: Cell) -> bool:
        """Did this cell fail, or will it never run because another one did?"""
        return (
            key in self.blocked
            or cell.status == NodeStatus.CANCELLED
            or (cell.status == NodeStatus.FAILED and not self.graph.nodes[key[0]].skips_failure)
            or cell.skip_reason == UPSTREAM_FAILED
        )

    def is_left_out(self, wire: Wire, path: Path) -> bool:
        """Does ``wire`` bring its target at ``path`` nothing because the run goes on without something that failed?"""
        cell = self.cells.get(
            (wire.source, project(path, self.levels(wire.target), self.levels(wire.source)))
        )
        return cell is not None and (cell.status == NodeStatus.FAILED or cell.skip_reason == LEFT_OUT)

    def value_at(self, wire: Wire, path: Path) -> Any:
        """What ``wire`` brings from its source's cell at the source's own ``path``: a value or a `Signal`."""
        key = (wire.source, path)
        cell = self.cells.get(key)
        if cell is None:
            return Signal.WAIT
        if self.is_dead(key, cell):
            return Signal.DEAD
        if cell.status in (NodeStatus.SKIPPED, NodeStatus.FAILED):
            return Signal.EMPTY
        if cell.status != NodeStatus.COMPLETED:
            return Signal.WAIT
        value = cell.outputs.get(wire.source_port)
        return Signal.EMPTY if value is None else value

    def read(self, wire: Wire, path: Path) -> Any:
        """What ``wire`` brings to its target's cell at ``path``: a value or a `Signal`."""
        here = self.levels(wire.target)
        source = self.graph.nodes[wire.source]
        value = self.value_at(wire, project(path, here, self.levels(wire.source)))
        if source.kind.fan != "out" or isinstance(value, Signal):
            return value
        level = next(level for level in here if wire.source in level)
        index = path[here.index(level)]
        item = value[index if len(value) > 1 else 0]
        return Signal.EMPTY if item is None else item

    def gathered(self, wire: Wire, path: Path) -> tuple[list[Any], int] | Signal:
        """What ``wire`` brings to a collect at ``path``: the values of all items in order, and how many failed.

        WAIT while items may still come, DEAD when their list never opened.
        """
        here = self.levels(wire.target)
        inner = self.graph.output_levels(wire.source)
        paths, signal = self.paths_within(inner, here, path)
        if signal is not None:
            return signal
        values: list[Any] = []
        failed = 0
        source = self.graph.nodes[wire.source]
        for item_path in paths:
            value = self.value_at(wire, project(item_path, inner, self.levels(wire.source)))
            if value is Signal.WAIT:
                return Signal.WAIT
            if value is Signal.DEAD:
                failed += 1
            elif value is not Signal.EMPTY:
                if source.kind.fan == "out":
                    value = value[item_path[-1] if len(value) > 1 else 0]
                    values += [] if value is None else [value]
                elif self.carries_list(wire.source, wire.source_port):
                    values += value
                else:
                    values.append(value)
        return values, failed

    def carries_list(self, node_id: str, port_id: str) -> bool:
        """Is the value of this output a list of values (rather than one value, which may be a JSON list)?"""
        return self._list_ports.get((node_id, port_id), False)

    @property
    def is_paused(self) -> bool:
        """Does all that goes on wait for people, or for those who are sent something?"""
        active = [cell for cell in self.cells.values() if cell.status in ACTIVE] if self._may_pause else []
        return bool(active) and all(cell.waits_outside for cell in active)

    @cached_property
    def _may_pause(self) -> bool:
        return any(may_ask(node) or sends(node) for node in self.graph.nodes.values())

    @cached_property
    def _list_ports(self) -> dict[tuple[str, str], bool]:
        found: dict[tuple[str, str], bool] = {}
        for node_id in self.graph.order:
            kind = self.graph.nodes[node_id].kind
            listed = {
                wire.target_port
                for wire in self.graph.wires_into(node_id)
                if not wire.into_param and found.get((wire.source, wire.source_port))
            }
            for port in kind.outputs:
                kept = {name for name in port.same_as if (one := kind.input(name)) and one.keeps_list}
                found[node_id, port.id] = port.multiple or bool(kept & listed)
        return found

    @cached_property
    def phases(self) -> Mapping[str, Mapping[Level, int]]:
        """For each node, how often each list was closed by a collect somewhere before it.

        A node may take a list's items and what was collected of them: it works on the items a second time,
        after all of them were worked on once.
        """
        found: dict[str, dict[Level, int]] = {}
        for node_id in self.graph.order:
            closed: dict[Level, int] = {}
            for wire in self.graph.wires_into(node_id):
                for level, times in found.get(wire.source, {}).items():
                    closed[level] = max(closed.get(level, 0), times)
            if self.graph.nodes[node_id].kind.fan == "in":
                open_before = {
                    level
                    for wire in self.graph.wires_into(node_id)
                    for level in self.graph.output_levels(wire.source)
                }
                for level in open_before - set(self.levels(node_id)):
                    closed[level] = closed.get(level, 0) + 1
            found[node_id] = closed
        return found


ENDED = frozenset({NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})


def project(path: Path, levels: tuple[Level, ...], onto: tuple[Level, ...]) -> Path:
    """The part of ``path`` (under ``levels``) that belongs to the levels ``onto``."""
    if levels == onto:
        return path
    index = dict(zip(levels, path, strict=True))
    return tuple(index[level] for level in onto if level in index)


def path_text(path: Path) -> str:
    """A path as it is stored: (0, 3) is "0.3"."""
    return ".".join(map(str, path))
