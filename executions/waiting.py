"""How long a line is in front of what waits: asked when somebody looks at a run, and by nothing that carries it on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from executions import places, turns
from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus


def place_of(execution: Execution) -> int | None:
    """Its place, from 1, among the runs of its team that wait for others to end; None where it waits for none."""
    if execution.status != ExecutionStatus.PENDING:
        return None
    return turns.waiting_before(execution).count() + 1


def places_in_line(runs: Collection[NodeRun]) -> Mapping[int, int]:
    """Node run → its place, from 1, among all that wait for the same provider, of those that do."""
    mine = {
        run.pk: run.provider
        for run in runs
        if run.status == NodeStatus.READY and run.wait_for in places.WAITS
    }
    if not mine:
        return {}
    lines = places.lines()
    found = {}
    for pk, provider in mine.items():
        line = lines.get(provider, [])
        if pk in line:  # it may go by now
            found[pk] = line.index(pk) + 1
    return found
