"""What became of a letter comes back to its run here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from executions import dispatch
from executions.engine.record import fail_in
from executions.letters import NotDelivered
from executions.models import Execution, NodeRun, WaitFor
from executions.runs import load_run
from executions.states import NodeStatus
from executions.writing import money_in_order, proceed


def waits_for_receipt(row: NodeRun) -> bool:
    """Does it still wait for what became of its letter?"""
    return row.status == NodeStatus.WAITING and row.wait_for == WaitFor.DELIVERY


def hand_back(
    *, execution: Execution, node_run_id: int, receipt: Mapping[str, Any], error: NotDelivered | None = None
) -> None:
    """The run goes on with the receipt, or with the failure of the node. For a transaction that holds the execution's
    lock; nothing happens when the node run waits no longer."""
    if execution.is_over:
        return
    run = load_run(execution)
    key = run.key_of(node_run_id)
    row, cell = run.rows[key], run.board.cells[key]
    if not waits_for_receipt(row):
        return
    with money_in_order([run]):
        if error is not None:
            if not fail_in(run, key, error):
                return
            moved = []
        else:
            now, outputs = timezone.now(), {"receipt": dict(receipt)}
            if not NodeRun.move(row.pk, to=NodeStatus.COMPLETED, output=outputs, ended_at=now, due_at=None):
                return
            row.status, row.output, row.ended_at = NodeStatus.COMPLETED, outputs, now
            cell.status, cell.outputs = NodeStatus.COMPLETED, outputs
            moved = [row]
        ready = proceed(run, moved=moved)
    transaction.on_commit(lambda: dispatch.ring(ready))
