"""Node runs whose time has come: the next try of what failed, and the next question to a provider."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.statements import By, Of, Plus, select, select_values, update
from executions.clock import in_seconds
from executions.engine.claims import LEASE_SECONDS, Claim, Taking
from executions.events import record_events
from executions.models import Execution, NodeRun, WaitFor
from executions.runs import load_runs, lock_execution
from executions.states import NodeStatus

#: What is due so soon is taken with what is due now: timers of the loop may be a little early.
EARLY_SECONDS = 0.05


def wake_retries(node_run_ids: Collection[int]) -> list[int]:
    """Make retries that are due READY again. Returns those that this call moved."""
    is_due = {
        "pk": node_run_ids,
        "status": NodeStatus.WAITING,
        "wait_for": WaitFor.RETRY,
        "due_at": By(in_seconds(EARLY_SECONDS)),
    }
    woken: list[int] = []
    for execution_id in sorted({pk for [pk] in select_values(NodeRun, ("execution",), is_due)}):
        with transaction.atomic(durable=not settings.TESTING):
            execution = lock_execution(execution_id)
            if execution is None:
                continue
            rows = select(NodeRun, {**is_due, "execution": execution_id})
            news = {"ready_at": timezone.now(), "due_at": None, "wait_for": "", "error": "", "error_code": ""}
            moved = NodeRun.objects.filter(pk__in=[row.pk for row in rows])
            moved.move_many(to=NodeStatus.READY, **news)
            for row in rows:
                row.execution, row.status, row.error, row.error_code = execution, NodeStatus.READY, "", ""
            record_events(execution, runs=rows)
            update(Execution, {"pk": execution.pk}, last_seq=execution.last_seq)
            woken += [row.pk for row in rows]
    return woken


def claim_polls(node_run_ids: Collection[int]) -> list[Claim]:
    """The polls that are due and ours to make; the same poll is due again only after a lease's time.

    Rows are not skipped where they are locked: two who want the same poll meet at the lock of its execution, which both
    hold for milliseconds, and the second one finds it put off.
    """
    is_due = {
        "pk": node_run_ids,
        "status": NodeStatus.WAITING,
        "wait_for": WaitFor.RESULT,
        "due_at": By(in_seconds(EARLY_SECONDS)),
    }
    with transaction.atomic(durable=not settings.TESTING):
        found = select(Execution, {"pk": Of(NodeRun, "execution", is_due)}, lock=True)
        # Those of other executions, which came due while these were waited for, are not locked.
        rows = select(NodeRun, {**is_due, "execution": [one.pk for one in found]}) if found else []
        if not rows:
            return []
        put_off = {"due_at": in_seconds(LEASE_SECONDS), "polls": Plus(1)}
        update(NodeRun, {"pk": [row.pk for row in rows]}, **put_off)
        theirs = {row.execution_id for row in rows}
        runs = {run.execution.pk: run for run in load_runs([one for one in found if one.pk in theirs])}
        taking = Taking(rows)
        for row in rows:
            run, key = runs[row.execution_id], (row.node_id, row.path)
            row.execution = run.execution
            run.rows[key] = row  # its count of polls is told by no event
            taking.add(run, key, taking.choice(run, key), due_at=row.due_at)
        return taking.claims()
