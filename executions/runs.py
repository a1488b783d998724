"""An execution with its graph, its cells and its rows in one hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from django.db import transaction

from accounts.statements import select
from executions.board import Board, Cell, Key
from executions.models import Event, Execution, NodeRun, WaitFor
from executions.pins import pinned_results
from executions.states import NodeStatus
from providers.catalog import load_catalog
from workflows.graph import Graph, Node, read_graph
from workflows.models import Version

#: So many node runs of so many runs are kept in memory: of those that are worked on most.
MOST_ROWS_KEPT = 10_000
MOST_KEPT = 200


@dataclass
class Run:
    """What one transaction needs to know of an execution; ``rows`` and the board's cells have the same keys."""

    execution: Execution
    board: Board
    rows: dict[Key, NodeRun] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        return self.board.graph

    @property
    def made_anew(self) -> frozenset[str]:
        """The nodes of which no stored result is taken."""
        return frozenset(self.graph.named(self.execution.never_reused))

    def node_of(self, key: Key) -> Node:
        """The node as this node run makes it: with its own model, or once that was given up with its fallback."""
        node = self.graph.nodes[key[0]]
        return node.fallback if node.fallback is not None and self.rows[key].fell_back else node

    def key_of(self, node_run_id: int) -> Key:
        return next(key for key, row in self.rows.items() if row.pk == node_run_id)


_graphs: LRUCache[tuple[int, tuple[str, ...]], Graph] = LRUCache(maxsize=256)
_graphs_lock = threading.Lock()


def given_in_order(execution: Execution) -> dict[str, Any]:
    """What a run was given, node id → value, in the order of its graph: PostgreSQL keeps the keys in its own."""
    places = {node_id: place for place, node_id in enumerate(graph_of(execution).nodes)}
    by_place = sorted(execution.inputs.items(), key=lambda one: (places.get(one[0], len(places)), one[0]))
    return dict(by_place)


def graph_of(execution: Execution) -> Graph:
    """The graph that an execution runs. Versions never change, so it is read once per process.

    It is kept from the commit on: when the transaction that made a version is undone, SQLite gives its number again.
    """
    key = (execution.version_id, execution.all_targets)
    with _graphs_lock:
        kept = _graphs.get(key)
    if kept is not None:
        return kept
    return _read_graph(key, Version.objects.get(pk=execution.version_id))


def read_graphs(executions: Sequence[Execution]) -> None:
    """Have the graphs of these at hand: those that were not read yet come with one statement for all."""
    keys = {(one.version_id, one.all_targets) for one in executions}
    with _graphs_lock:
        missing = [key for key in keys if key not in _graphs]
    versions = Version.objects.in_bulk({version_id for version_id, _ in missing}) if missing else {}
    for key in missing:
        _read_graph(key, versions[key[0]])


def _read_graph(key: tuple[int, tuple[str, ...]], version: Version) -> Graph:
    graph, _ = read_graph(version.nodes, version.edges, load_catalog())
    wanted = graph.named(key[1])
    found = graph.part_for(*wanted) if wanted else graph
    transaction.on_commit(lambda: _keep_graph(key, found))
    return found


def _keep_graph(key: tuple[int, tuple[str, ...]], graph: Graph) -> None:
    with _graphs_lock:
        _graphs[key] = graph


def cell_of(row: NodeRun) -> Cell:
    return Cell(
        status=NodeStatus(row.status),
        outputs=row.output or {},
        error=row.error,
        error_code=row.error_code,
        skip_reason=row.skip_reason,
        is_cached=row.is_cached,
        was_ready=row.ready_at is not None,
        question=row.question,
        is_sent=row.wait_for == WaitFor.DELIVERY,
    )


class _Kept:
    """Runs as this process left them after a commit, so that going on with one reads only what is new.

    A run is handed out to one caller at a time, and comes back when its transaction is committed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[UUID, Run] = OrderedDict()
        self._rows = 0

    def take(self, execution_id: UUID) -> Run | None:
        with self._lock:
            return self._drop(execution_id)

    def put(self, run: Run) -> None:
        if run.execution.is_over:
            return
        with self._lock:
            self._drop(run.execution.pk)
            self._runs[run.execution.pk] = run
            self._rows += len(run.rows)
            while len(self._runs) > MOST_KEPT or (self._rows > MOST_ROWS_KEPT and len(self._runs) > 1):
                self._drop(next(iter(self._runs)))

    def _drop(self, execution_id: UUID) -> Run | None:
        run = self._runs.pop(execution_id, None)
        if run is not None:
            self._rows -= len(run.rows)
        return run


_kept = _Kept()


def load_run(execution: Execution) -> Run:
    """Everything as it stands now; only for a transaction that holds the lock of the execution row.

    Whatever changes a node run writes an event about it, so what changed since this run was kept here, by whichever
    process, is what has later events.
    """
    run = _kept.take(execution.pk)
    if run is None:
        graph = graph_of(execution)
        run = Run(execution, Board(graph, pinned=pinned_results(execution.team_id, graph)))
        rows = select(NodeRun, {"execution": execution.pk})
    else:
        rows = _changed_since(execution, run.execution.last_seq)
        if Execution.team.is_cached(run.execution):  # a plan that was changed counts from the next run on
            execution.team = run.execution.team
        run.execution = execution
    for row in rows:
        row.execution = execution
        key = (row.node_id, row.path)
        run.rows[key] = row
        run.board.cells[key] = cell_of(row)
    keep(run)
    return run


def keep(run: Run) -> None:
    """Have it at hand when somebody in this process goes on with it; only what is written by then is taken."""
    transaction.on_commit(lambda: _kept.put(run))


def _changed_since(execution: Execution, seq: int) -> list[NodeRun]:
    """The node runs that later events are about."""
    if seq == execution.last_seq:
        return []
    news = Event.objects.filter(execution=execution, seq__gt=seq)
    return list(NodeRun.objects.filter(pk__in=news.values("node_run")).order_by("id"))


def lock_execution(execution_id: UUID) -> Execution | None:
    """The execution row, locked until the transaction ends; None when there is none.

    On SQLite every transaction holds the one write lock from its start, so a plain read is enough there.
    """
    return next(iter(select(Execution, {"pk": execution_id}, lock=True)), None)
