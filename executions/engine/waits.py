"""Writing down that jobs go on at their providers, all at once that came while the last ones were written.

One short transaction under the executions' locks, guarded by status and attempt, as for results. Raises `Overtaken`
when one of several finds what it does not expect: then each is to be written alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.gathered import change
from accounts.statements import update
from executions import dispatch, failpoints
from executions.callbacks import told_of
from executions.clock import in_seconds
from executions.events import record_events, written_together
from executions.models import Execution, NodeRun, Submission, WaitFor
from executions.runs import Run, load_runs, lock_executions
from executions.states import NodeStatus, SubmissionState

#: A job of which its provider says that it is over is asked for again within so many seconds.
SOON = 1.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A job goes on: its provider is to be asked in ``delay`` seconds.

    ``submission_id`` and ``ref`` are those of a call that was just answered.
    """

    execution_id: UUID
    node_run_id: int
    attempt: int
    delay: float
    progress: float | None
    submission_id: int | None = None
    ref: str = ""


def wait_for_results(waits: Sequence[Wait]) -> list[bool]:
    """The providers have taken these: note their references, and ask again later. False: no longer ours."""
    with transaction.atomic(durable=not settings.TESTING):
        ours = _write(waits, _begin_to_wait)
        early = told_of([one.node_run_id for one, is_ours in zip(waits, ours, strict=True) if is_ours])
        if early:  # before the provider had answered the call
            update(NodeRun, {"pk": early}, due_at=Now())
            transaction.on_commit(lambda: dispatch.ring_due(early))
    for _ in waits:
        failpoints.hit("after_record_sent")
    return ours


def still_waiting(waits: Sequence[Wait]) -> list[bool]:
    """Polls brought no end: ask again later. False: it is over already, or tried anew."""
    with transaction.atomic(durable=not settings.TESTING):
        ours = _write(waits, _wait_on)
        patient = [
            one.node_run_id for one, is_ours in zip(waits, ours, strict=True) if is_ours and one.delay > SOON
        ]
        if told := told_of(patient):  # while it was being asked for
            update(NodeRun, {"pk": told}, due_at=in_seconds(SOON))
    return ours


def _write(waits: Sequence[Wait], write: Callable[[NodeRun, Wait], bool | None]) -> list[bool]:
    """``write`` says whether watchers are to be told of the node run; None: it is no longer ours."""
    runs = {run.execution.pk: run for run in load_runs(lock_executions({one.execution_id for one in waits}))}
    ours: list[bool] = []
    with written_together(len(waits)):
        told: dict[UUID, list[NodeRun]] = {}
        for one in waits:
            run = runs.get(one.execution_id)
            row = _row_of(run, one.node_run_id) if run is not None else None
            found = write(row, one) if row is not None else None
            if found and row is not None:
                told.setdefault(one.execution_id, []).append(row)
            ours.append(found is not None)
        for execution_id, rows in told.items():
            _tell(runs[execution_id], rows)
    return ours


def _row_of(run: Run, node_run_id: int) -> NodeRun | None:
    return next((row for row in run.rows.values() if row.pk == node_run_id), None)


def _tell(run: Run, rows: Collection[NodeRun]) -> None:
    for row in rows:
        run.put(row)
    record_events(run.execution, runs=list(rows))
    change(Execution, {"pk": run.execution.pk}, last_seq=run.execution.last_seq)


def _begin_to_wait(row: NodeRun, one: Wait) -> bool | None:
    # An answer that comes late, when another worker has ended this submission, must not open it again.
    is_open = {"pk": one.submission_id, "state": [SubmissionState.INTENT, SubmissionState.UNKNOWN]}
    sent = {"state": SubmissionState.SENT, "provider_ref": one.ref, "sent_at": timezone.now()}
    change(Submission, is_open, **sent)
    if row.attempt != one.attempt or row.is_over:
        return None
    won = NodeRun.move(
        row.pk,
        held_by=one.attempt,
        to=NodeStatus.WAITING,
        wait_for=WaitFor.RESULT,
        due_at=in_seconds(one.delay),
        lease_until=None,
        progress=one.progress,
        request_id=one.ref[:200],
    )
    if not won:
        return None
    row.status, row.wait_for = NodeStatus.WAITING, WaitFor.RESULT
    row.progress, row.request_id = one.progress, one.ref[:200]
    return True


def _wait_on(row: NodeRun, one: Wait) -> bool | None:
    if (row.status, row.wait_for, row.attempt) != (NodeStatus.WAITING, WaitFor.RESULT, one.attempt):
        return None
    mine = {"pk": row.pk, "status": NodeStatus.WAITING, "attempt": one.attempt}
    if not change(NodeRun, mine, due_at=in_seconds(one.delay), progress=one.progress):
        return None
    has_news = row.progress != one.progress
    row.progress = one.progress
    return has_news
