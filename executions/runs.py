"""An execution with its graph, its cells and its rows in one hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cachetools import LRUCache, TTLCache
from django.db import transaction
from django.db.models import Q

from accounts.models import Team
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
#: So many small runs that ended in this process are at hand for so many seconds: whoever watches hears at once.
MOST_ENDED = 16
MOST_ROWS_OF_ENDED = 100
ENDED_SECONDS = 1.0


@dataclass
class Run:
    """What one transaction needs to know of an execution; ``rows`` and the board's cells have the same keys. ``counts``
    are those that counted a run which is just being accepted before, None for any other."""

    execution: Execution
    board: Board
    rows: dict[Key, NodeRun] = field(default_factory=dict)
    counts: str | None = None

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

    def put(self, row: NodeRun) -> None:
        """A row as it is stored now."""
        key = (row.node_id, row.path)
        self.rows[key] = row
        self.board.cells[key] = cell_of(row)

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
    """The graph that an execution runs."""
    return read_graphs([execution])[execution.pk]


def read_graphs(executions: Collection[Execution]) -> dict[UUID, Graph]:
    """The graphs that executions run, by their ids; those not read yet come with one statement for all.

    Versions never change, so each is read once per process. It is kept from the commit on: when the transaction that
    made a version is undone, SQLite gives its number again.
    """
    keys = {one.pk: (one.version_id, one.all_targets) for one in executions}
    with _graphs_lock:
        graphs = {key: kept for key in keys.values() if (kept := _graphs.get(key)) is not None}
    missing = set(keys.values()) - graphs.keys()
    versions = Version.objects.in_bulk({version_id for version_id, _ in missing}) if missing else {}
    graphs |= {key: _read_graph(key, versions[key[0]]) for key in missing}
    return {pk: graphs[key] for pk, key in keys.items()}


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
        self._ended: TTLCache[UUID, Run] = TTLCache(MOST_ENDED, ENDED_SECONDS)
        self._rows = 0

    def take(self, execution_id: UUID) -> Run | None:
        with self._lock:
            return self._drop(execution_id)

    def put(self, run: Run) -> None:
        if run.execution.is_over:
            if len(run.rows) <= MOST_ROWS_OF_ENDED:
                with self._lock:
                    self._ended[run.execution.pk] = run
            return
        with self._lock:
            self._drop(run.execution.pk)
            self._runs[run.execution.pk] = run
            self._rows += len(run.rows)
            while len(self._runs) > MOST_KEPT or (self._rows > MOST_ROWS_KEPT and len(self._runs) > 1):
                self._drop(next(iter(self._runs)))

    def ended(self, execution_id: UUID) -> Run | None:
        with self._lock:
            return self._ended.get(execution_id)

    def _drop(self, execution_id: UUID) -> Run | None:
        run = self._runs.pop(execution_id, None)
        if run is not None:
            self._rows -= len(run.rows)
        return run


_kept = _Kept()


def load_run(execution: Execution) -> Run:
    """`load_runs` for a single one."""
    [run] = load_runs([execution])
    return run


def load_runs(executions: Sequence[Execution]) -> list[Run]:
    """Everything as it stands now; only for a transaction that holds the locks of the execution rows.

    Whatever changes a node run writes an event about it, so what changed since a run was kept here, by whichever
    process, is what has later events.
    """
    kept = {one.pk: run for one in executions if (run := _kept.take(one.pk)) is not None}
    fresh = [one for one in executions if one.pk not in kept]
    graphs = read_graphs(fresh)
    rows = select(NodeRun, {"execution": [one.pk for one in fresh]}) if fresh else []
    rows += _changed_since(
        {
            one.pk: seq
            for one in executions
            if one.pk in kept and (seq := kept[one.pk].execution.last_seq) != one.last_seq
        }
    )
    runs: dict[UUID, Run] = {}
    for execution in executions:
        run = kept.get(execution.pk)
        if run is None:
            graph = graphs[execution.pk]
            run = Run(execution, Board(graph, pinned=pinned_results(execution.team_id, graph)))
        elif Execution.team.is_cached(run.execution):  # a plan that was changed counts from the next run on
            execution.team = run.execution.team
        run.execution = execution
        runs[execution.pk] = run
    for row in rows:
        run = runs[row.execution_id]
        row.execution = run.execution
        run.put(row)
    if len(runs) > 1:
        have_teams(executions)
    for run in runs.values():
        keep(run)
    return list(runs.values())


def have_teams(executions: Sequence[Execution]) -> None:
    """Have the teams of executions at hand with one statement: work at a provider needs them."""
    without = [one for one in executions if not Execution.team.is_cached(one)]
    ids = {one.team_id for one in without}
    teams = {team.pk: team for team in select(Team, {"pk": ids})} if ids else {}
    for one in without:
        one.team = teams[one.team_id]


def keep(run: Run) -> None:
    """Have it at hand when somebody in this process goes on with it; only what is written by then is taken."""
    transaction.on_commit(lambda: _kept.put(run))


def ended_just_now(execution_id: UUID) -> Run | None:
    """A small run that ended in this process a moment ago, as it is stored; nobody changes it any more."""
    return _kept.ended(execution_id)


def _changed_since(seqs: Mapping[UUID, int]) -> list[NodeRun]:
    """The node runs that later events are about; by execution, the number of the last one that is known."""
    if not seqs:
        return []
    news = Q()
    for execution_id, seq in seqs.items():
        news |= Q(execution=execution_id, seq__gt=seq)
    changed = Event.objects.filter(news, node_run__isnull=False)
    return list(NodeRun.objects.filter(pk__in=changed.values("node_run")).order_by("id"))


def lock_execution(execution_id: UUID) -> Execution | None:
    """The execution row, locked until the transaction ends; None when there is none.

    On SQLite every transaction holds the one write lock from its start, so a plain read is enough there.
    """
    return next(iter(lock_executions([execution_id])), None)


def lock_executions(ids: Collection[UUID]) -> list[Execution]:
    """Those that there are, locked one after another in the order of their ids: so nobody waits for each other."""
    return select(Execution, {"pk": ids}, lock=True)
