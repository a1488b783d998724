"""Finds lost work by itself, from the database alone, and rings again.

It recovers by putting back in the queue, never by running anything; only what nobody takes for long (`neglected`) is
carried by the engine of the sweeper's own process. Two sweepers at once do no harm: every move is guarded.

Holds are not swept: each is closed in the transaction of the move that ends its node run, so one that is left open is a
fault of this program, which must be found (`check_ledger`) and not tidied away. Nor is a worker that became deaf to the
broker restarted: what it does not take is done here, and whoever runs it sees that on the System page.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.buckets import forget_old
from executions import decisions, dispatch, places, turns
from executions.actions import time_out_execution
from executions.clock import in_seconds
from executions.engine import orphans, record
from executions.engine.claims import LEASE_SECONDS
from executions.engine.due import wake_retries
from executions.models import Execution, IdempotencyKey, NodeRun, WaitFor
from executions.runs import load_run, lock_execution
from executions.states import ACTIVE, ExecutionStatus, NodeStatus
from executions.writing import money_in_order, proceed
from providers.errors import ProviderError
from telemetry import metrics

SWEEP_SECONDS = 5
UNCLAIMED_SECONDS = 3
OVERDUE_SECONDS = 2
#: Work that the bell could not get anybody to take is done by the sweeper's own process before it has lain for so
#: long. It looks every `SWEEP_SECONDS`, so it takes what would be too old the next time.
NEGLECTED_SECONDS = 15
MOST_AT_ONCE = 500
#: Stored files that nothing names are removed so often; not at once at the start, when there is more urgent work.
CLEAN_SECONDS = 6 * 3600
CLEAN_FIRST_SECONDS = 600

log = logging.getLogger("wireflow.sweeper")


class WorkerLost(ProviderError):
    """The process that worked on it died, and so did those that tried again."""

    code = "worker_lost"


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found."""

    lost: int
    ready: int
    due: int
    timed_out: int
    stuck: int
    orphans: int


def sweep(*, at_start: bool = False) -> Swept:
    """Look once for everything that was lost.

    ``at_start`` is for the one process of embedded mode: whatever it finds in somebody's hands was left there by a
    dead predecessor, so leases are not waited for.
    """
    lost = recover_lost(at_start=at_start)
    if at_start:
        take_over_polls()
    due = list(
        NodeRun.objects.filter(
            status=NodeStatus.WAITING, due_at__lte=in_seconds(0 if at_start else -OVERDUE_SECONDS)
        ).values_list("pk", "wait_for")[:MOST_AT_ONCE]
    )
    dispatch.ring(wake_retries([pk for pk, wait_for in due if wait_for == WaitFor.RETRY]))
    dispatch.ring_due([pk for pk, wait_for in due if wait_for == WaitFor.RESULT])
    for pk in (pk for pk, wait_for in due if wait_for == WaitFor.PERSON):
        decisions.give_up(node_run_id=pk)
    turns.let_all_go()
    places.call_next()
    unclaimed = _unclaimed()
    if not at_start:
        unclaimed = unclaimed.filter(ready_at__lte=in_seconds(-UNCLAIMED_SECONDS))
    ready = list(unclaimed.values_list("pk", flat=True)[:MOST_AT_ONCE])
    dispatch.ring(ready)
    left = orphans.node_runs_with_orphans()
    dispatch.ring_cancelled(left)
    IdempotencyKey.objects.filter(expires_at__lt=Now()).delete()
    forget_old()
    swept = Swept(lost, len(ready), len(due), time_out_late(), go_on_with_stuck(), len(left))
    metrics.swept(asdict(swept))
    return swept


def _unclaimed() -> QuerySet[NodeRun]:
    """Node runs that may be taken up by anybody; those that wait for a place are called by `places`."""
    ready = NodeRun.objects.filter(status=NodeStatus.READY, execution__status=ExecutionStatus.RUNNING)
    return ready.exclude(wait_for__in=places.WAITS)


def neglected() -> tuple[list[int], list[int]]:
    """Node runs that are READY, and polls that are due, for so long that no worker can have heard the bell."""
    since = in_seconds(SWEEP_SECONDS - NEGLECTED_SECONDS)
    ready = _unclaimed().filter(ready_at__lte=since)
    due = NodeRun.objects.filter(status=NodeStatus.WAITING, wait_for=WaitFor.RESULT, due_at__lte=since)
    return (
        [*ready.values_list("pk", flat=True)[:MOST_AT_ONCE], *places.next_in_line()],
        list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]),
    )


def take_over_polls() -> None:
    """Make polls due now that a dead predecessor was making: it had put them off by a lease's time.

    Those that are late keep their moment, from which it is learned how long jobs take.
    """
    NodeRun.objects.filter(
        status=NodeStatus.WAITING,
        wait_for=WaitFor.RESULT,
        due_at__gt=Now(),
        due_at__lte=in_seconds(LEASE_SECONDS),
    ).update(due_at=Now())


def recover_lost(*, at_start: bool = False) -> int:
    """Put node runs whose lease ran out back in the queue; the third time they fail. Returns how many."""
    running = NodeRun.objects.filter(status=NodeStatus.RUNNING)
    if not at_start:
        running = running.filter(lease_until__lt=Now())
    count = 0
    for pk, execution_id, attempt, tries in list(
        running.values_list("pk", "execution_id", "attempt", "tries")[:MOST_AT_ONCE]
    ):
        if tries + 1 >= record.MAX_TRIES:
            error = WorkerLost(
                "The process that worked on this step died three times. Its credits went back."
            )
            dispatch.ring(record.fail(node_run_id=pk, attempt=attempt, error=error))
            count += 1
        else:
            count += record.put_back(
                execution_id=execution_id, node_run_id=pk, attempt=attempt, uses_try=True
            )
    if count:
        log.warning("%d node runs were left by a process that died; they are taken up again.", count)
    return count


def time_out_late() -> int:
    """End the runs that are past their time limit, which begins with their turn; people have a time of their own."""
    late = Execution.objects.filter(status=ExecutionStatus.RUNNING, is_paused=False, deadline_at__lt=Now())
    return sum(time_out_execution(execution_id=pk) for pk in late.values_list("pk", flat=True)[:MOST_AT_ONCE])


def go_on_with_stuck() -> int:
    """Open runs in which nobody works and nothing waits: let the planner look again."""
    open_runs = Execution.objects.filter(
        status=ExecutionStatus.RUNNING, created_at__lt=in_seconds(-UNCLAIMED_SECONDS)
    ).exclude(node_runs__status__in=ACTIVE)
    count = 0
    for pk in open_runs.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        with transaction.atomic(durable=not settings.TESTING):
            execution = lock_execution(pk)
            if execution is None or execution.is_over:
                continue
            run = load_run(execution)
            with money_in_order([run]):
                ready = proceed(run)
            transaction.on_commit(lambda ready=ready: dispatch.ring(ready))  # type: ignore[misc]
            count += 1
    return count
