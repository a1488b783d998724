"""Writing down what became of a node run: retries and failures (`waits` of jobs and `results` have their own rooms).

Every function here is one short transaction under the execution's lock, guarded by status and attempt: the second
one to bring the same news finds the guard shut and changes nothing.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.statements import update
from credits.actions import release
from executions import dispatch, places
from executions.board import Key
from executions.clock import in_seconds
from executions.events import record_events
from executions.models import Execution, NodeRun, Submission, WaitFor
from executions.runs import Run, load_run, lock_execution
from executions.states import NodeStatus, SubmissionState
from executions.writing import money_in_order, proceed
from providers.errors import ProviderError

MAX_TRIES = 3


def gives_place_back(execution: Execution, provider: str) -> None:
    """At the commit somebody else may have the place that this node run held."""
    if provider not in ("", "local") and places.is_limited(provider, execution.team):
        transaction.on_commit(places.call_next, robust=True)


def is_mine(row: NodeRun, attempt: int | None) -> bool:
    return not row.is_over and (attempt is None or row.attempt == attempt)


def _tell(execution: Execution, row: NodeRun) -> None:
    row.execution = execution
    record_events(execution, runs=[row])
    update(Execution, {"pk": execution.pk}, last_seq=execution.last_seq)


def retry_later(
    *,
    execution_id: UUID,
    node_run_id: int,
    attempt: int,
    delay: float,
    uses_try: bool,
    error: ProviderError,
    submission_id: int | None = None,
    outcome: SubmissionState = SubmissionState.FAILED,
    passes_on: bool = False,
) -> bool:
    """It failed in a way that may pass: try again in ``delay`` seconds. False: it is no longer ours.

    ``passes_on``: the provider is out of order, and the next one gets the tries anew.
    Two polls may bring the same failure; the second one finds it waiting for its next try.
    """
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(execution_id)
        row = NodeRun.objects.exclude(wait_for=WaitFor.RETRY).filter(pk=node_run_id).held_by(attempt).first()
        if execution is None or row is None or row.is_over:
            return False
        if submission_id is not None:
            ended_at = timezone.now() if outcome == SubmissionState.FAILED else None
            Submission.objects.filter(pk=submission_id).update(
                state=outcome, ended_at=ended_at, passed_on=passes_on
            )
        row.tries = 0 if passes_on else row.tries + int(uses_try)
        won = NodeRun.move(
            node_run_id,
            held_by=attempt,
            to=NodeStatus.WAITING,
            wait_for=WaitFor.RETRY,
            due_at=in_seconds(delay),
            lease_until=None,
            tries=row.tries,
            error=error.message,
            error_code=error.code,
        )
        if won:
            row.status, row.wait_for = NodeStatus.WAITING, WaitFor.RETRY
            row.error, row.error_code = error.message, error.code
            _tell(execution, row)
            gives_place_back(execution, row.provider)
    return won


def tell_notice(node_run_id: int, attempt: int, notice: str) -> None:
    """Keep a sentence for people about how it is done. Nothing, when it is there already or no longer ours."""
    with transaction.atomic(durable=not settings.TESTING):
        execution_id = NodeRun.objects.values_list("execution_id", flat=True).filter(pk=node_run_id).first()
        execution = lock_execution(execution_id) if execution_id is not None else None
        mine = NodeRun.objects.filter(pk=node_run_id, status=NodeStatus.RUNNING).exclude(notice=notice)
        row = mine.held_by(attempt).first()
        if execution is None or row is None:
            return
        row.notice = notice
        NodeRun.objects.filter(pk=node_run_id).update(notice=notice)
        _tell(execution, row)


def put_back(*, execution_id: UUID, node_run_id: int, attempt: int, uses_try: bool = False) -> bool:
    """Hand a claimed node run back to whoever claims it next. False: it is no longer in this attempt's hands."""
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(execution_id)
        row = NodeRun.objects.filter(pk=node_run_id, status=NodeStatus.RUNNING).held_by(attempt).first()
        if execution is None or row is None:
            return False
        row.status, row.tries, row.ready_at = NodeStatus.READY, row.tries + int(uses_try), timezone.now()
        won = NodeRun.move(
            node_run_id, to=NodeStatus.READY, tries=row.tries, ready_at=row.ready_at, lease_until=None
        )
        if won:
            _tell(execution, row)
            transaction.on_commit(lambda: dispatch.ring([node_run_id]))
            gives_place_back(execution, row.provider)
    return won


def fail(
    *,
    node_run_id: int,
    attempt: int | None,
    error: ProviderError,
    submission_id: int | None = None,
) -> list[int]:
    """It failed for good: its credits go back, what depends on it does not start. Returns what became READY.

    ``attempt`` None is for node runs that nobody owns.
    """
    with transaction.atomic(durable=not settings.TESTING):
        execution_id = NodeRun.objects.values_list("execution_id", flat=True).filter(pk=node_run_id).first()
        execution = lock_execution(execution_id) if execution_id is not None else None
        if execution is None:
            return []
        run = load_run(execution)
        key = run.key_of(node_run_id)
        if not is_mine(run.rows[key], attempt):
            return []
        if submission_id is not None:
            Submission.objects.filter(pk=submission_id).update(
                state=SubmissionState.FAILED, ended_at=timezone.now()
            )
        with money_in_order([run]):
            if not fail_in(run, key, error):
                return []
            row = run.rows[key]
            return [*([row.pk] if row.status == NodeStatus.READY else []), *proceed(run)]


def fail_in(run: Run, key: Key, error: ProviderError) -> bool:
    """Mark a node run failed inside a transaction that goes on; one that has a fallback left is READY for that.

    False: somebody moved it first.
    """
    row = run.rows[key]
    node = run.graph.nodes[key[0]]
    if node.fallback is not None and not row.fell_back:
        return _fall_back(run, key, node.fallback.kind.name, error)
    now = timezone.now()
    won = NodeRun.move(
        row.pk,
        held_by=row.attempt,
        to=NodeStatus.FAILED,
        error=error.message,
        error_code=error.code,
        ended_at=now,
        lease_until=None,
        due_at=None,
        progress=None,
    )
    if not won:
        return False
    row.status, row.error, row.error_code, row.ended_at = NodeStatus.FAILED, error.message, error.code, now
    row.progress = None
    gives_place_back(run.execution, row.provider)
    release(references=[row.hold_reference] if row.price else [], note="failed")
    record_events(run.execution, runs=[row])
    cell = run.board.cells[key]
    cell.status, cell.error, cell.error_code = NodeStatus.FAILED, error.message, error.code
    return True


def _fall_back(run: Run, key: Key, node_type: str, error: ProviderError) -> bool:
    """Its own model is given up: the node run begins anew with another one. False: somebody moved it first."""
    row = run.rows[key]
    changes = {
        "fell_back": error.message,
        "node_type": node_type,
        "tries": 0,
        "polls": 0,
        "wait_for": "",
        "error": "",
        "error_code": "",
        "request_id": "",
        "progress": None,
        "started_at": None,
        "ready_at": timezone.now(),
    }
    if not NodeRun.move(
        row.pk, held_by=row.attempt, to=NodeStatus.READY, due_at=None, lease_until=None, **changes
    ):
        return False
    gives_place_back(run.execution, row.provider)
    row.status = run.board.cells[key].status = NodeStatus.READY
    for name, value in changes.items():
        setattr(row, name, value)
    record_events(run.execution, runs=[row])
    return True
