"""An execution with its graph, its cells and its rows in one hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from executions.board import Board, Cell, Key
from executions.models import Execution, NodeRun
from executions.states import NodeStatus
from providers.catalog import load_catalog
from workflows.graph import Graph, read_graph
from workflows.models import Version


@dataclass
class Run:
    """What one transaction needs to know of an execution; ``rows`` and the board's cells have the same keys."""

    execution: Execution
    board: Board
    rows: dict[Key, NodeRun] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        return self.board.graph

    def key_of(self, node_run_id: int) -> Key:
        return next(key for key, row in self.rows.items() if row.pk == node_run_id)


@lru_cache(maxsize=256)
def _graph_of(version_id: int, target_node_id: str) -> Graph:
    version = Version.objects.get(pk=version_id)
    graph, _ = read_graph(version.nodes, version.edges, load_catalog())
    return graph.part_for(target_node_id) if target_node_id else graph


def graph_of(execution: Execution) -> Graph:
    """The graph that an execution runs. Versions never change, so it is read once per process."""
    return _graph_of(execution.version_id, execution.target_node_id)


def cell_of(row: NodeRun) -> Cell:
    return Cell(
        status=NodeStatus(row.status),
        outputs=row.output or {},
        error=row.error,
        error_code=row.error_code,
        skip_reason=row.skip_reason,
        is_cached=row.is_cached,
        was_ready=row.ready_at is not None,
    )


def load_run(execution: Execution) -> Run:
    """Everything as it stands now; to be written to only while the execution row is locked."""
    run = Run(execution, Board(graph_of(execution)))
    for row in execution.node_runs.order_by("id"):
        row.execution = execution
        key = (row.node_id, row.path)
        run.rows[key] = row
        run.board.cells[key] = cell_of(row)
    return run


def lock_execution(execution_id: UUID) -> Execution | None:
    """The execution row, locked until the transaction ends; None when there is none.

    On SQLite every transaction holds the one write lock from its start, so a plain read is enough there.
    """
    return Execution.objects.select_for_update().filter(pk=execution_id).first()
