"""Hands what happens to executions to logs, metrics and traces, once it is committed.

Nothing is made ready for them while nobody watches.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from telemetry import about, metrics, traces

log = logging.getLogger("wireflow.executions")

FAILED = (NodeStatus.FAILED, ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)


@dataclass(frozen=True, slots=True)
class _EndedNodeRun:
    """A node run as it ended: the row may be changed again before the commit."""

    id: int
    execution_id: uuid.UUID
    node_id: str
    item: str
    type: str
    status: str
    provider: str
    attempt: int
    code: str
    is_cached: bool
    credits: int
    ready_at: datetime | None
    began: datetime | None
    ended: datetime


def is_watched() -> bool:
    return metrics.is_on() or traces.is_on() or log.isEnabledFor(logging.DEBUG)


def tell_accepted(execution: Execution, runs: Sequence[NodeRun]) -> None:
    """A run was accepted; what could be computed on the spot has ended with that. For the accepting transaction."""
    if not is_watched():
        return
    ended = [_ended(run) for run in runs if run.is_over]
    execution_id, trigger, count = execution.pk, execution.trigger, len(runs)
    began = execution.created_at

    def tell() -> None:
        metrics.accepted(trigger)
        facts: traces.Facts = {"wireflow.trigger": trigger, "wireflow.node_runs": count}
        traces.accepted(execution_id, began=began, ended=timezone.now(), facts=facts)
        with about.saying(execution_id=str(execution_id)):
            log.debug("Execution accepted, by %s, with %d node runs.", trigger, count)
        _tell_node_runs(ended)

    transaction.on_commit(tell)


def tell(execution: Execution, runs: Sequence[NodeRun], *, about_itself: bool) -> None:
    """Node runs moved, or the execution itself did. For the transaction of the move."""
    if not is_watched():
        return
    ended = [_ended(run) for run in runs if run.is_over]
    if ended:
        transaction.on_commit(lambda: _tell_node_runs(ended))
    if about_itself and execution.is_over:
        status, code, error_at = execution.status, execution.error_code, execution.ended_at or timezone.now()
        credits = execution.credits_used
        transaction.on_commit(lambda: _tell_execution(execution, status, code, error_at, credits))


def _ended(run: NodeRun) -> _EndedNodeRun:
    return _EndedNodeRun(
        id=run.pk,
        execution_id=run.execution_id,
        node_id=run.node_id,
        item=run.item_path,
        type=run.node_type,
        status=run.status,
        provider=run.provider,
        attempt=run.attempt,
        code=run.error_code,
        is_cached=run.is_cached,
        credits=run.credits_used,
        ready_at=run.ready_at,
        began=run.started_at,
        ended=run.ended_at or timezone.now(),
    )


def _tell_node_runs(runs: Sequence[_EndedNodeRun]) -> None:
    for run in runs:
        _tell_node_run(run)


def _tell_node_run(run: _EndedNodeRun) -> None:
    seconds = (run.ended - run.began).total_seconds() if run.began else None
    waited = (
        (run.began - run.ready_at).total_seconds() if run.began and run.ready_at and run.attempt else None
    )
    metrics.node_run_ended(run.type, run.status, seconds, waited)
    if traces.is_on():
        facts: traces.Facts = {
            "wireflow.node_run_id": run.id,
            "wireflow.node_id": run.node_id,
            "wireflow.item": run.item,
            "wireflow.node_type": run.type,
            "wireflow.status": run.status,
            "wireflow.provider": run.provider,
            "wireflow.attempt": run.attempt,
            "wireflow.cached": run.is_cached,
            "wireflow.credits": run.credits,
        }
        if waited is not None:
            facts["wireflow.queue_seconds"] = waited
        error = (run.code or run.status) if run.status in FAILED else ""
        began = run.began or run.ended
        traces.node_run_ended(
            run.execution_id, run.id, name=run.type, began=began, ended=run.ended, error=error, facts=facts
        )
    if log.isEnabledFor(logging.DEBUG):
        with about.saying(execution_id=str(run.execution_id), node_run_id=run.id, attempt=run.attempt):
            log.debug("%s %s%s", run.type, run.status, f" ({run.code})" if run.code else "")


def _tell_execution(execution: Execution, status: str, code: str, ended: datetime, credits: int) -> None:
    facts: traces.Facts = {
        "wireflow.status": status,
        "wireflow.trigger": execution.trigger,
        "wireflow.workflow_id": execution.workflow_id or "",
        "wireflow.team_id": execution.team_id,
        "wireflow.credits": credits,
    }
    error = (code or status) if status in FAILED else ""
    traces.execution_ended(
        execution.pk, name="execution", began=execution.created_at, ended=ended, error=error, facts=facts
    )
    with about.saying(execution_id=str(execution.pk)):
        log.debug("Execution %s%s, %d credits.", status, f" ({code})" if code else "", credits)
    metrics.execution_ended(status, (ended - execution.created_at).total_seconds())
