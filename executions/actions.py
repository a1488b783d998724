"""Starting and stopping executions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import news
from accounts.models import ApiKey, Team, User
from credits.actions import release
from executions import dispatch, failpoints
from executions.board import Board
from executions.events import record_events
from executions.inputs_given import apply_inputs
from executions.instant import computer, shelf_of
from executions.models import Batch, Execution, NodeRun, Reuse
from executions.preflight import check_graph
from executions.runs import Run, load_run, lock_execution
from executions.states import ACTIVE, ExecutionStatus, NodeStatus
from executions.writing import end_execution, proceed
from wireflow_ui.errors import WireflowError
from workflows.actions import note_execution, pin_version
from workflows.models import Workflow

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Start:
    """What to run and how.

    ``nodes`` and ``edges`` both empty mean the workflow's own graph. ``inputs`` are values for input nodes by
    node id, label or value key. ``target_node_id`` runs one node with what it needs.
    """

    nodes: Sequence[Json] = ()
    edges: Sequence[Json] = ()
    inputs: Json = field(default_factory=dict)
    target_node_id: str = ""
    reuse: Reuse = Reuse.LOCAL
    trigger: str = "api"
    trigger_data: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """An execution that was accepted, with its node runs as they stood then."""

    execution: Execution
    runs: list[NodeRun]


def start_execution(
    *, workflow: Workflow, team: Team, start: Start, user: User | None = None, key: ApiKey | None = None
) -> Execution:
    """`accept_execution`, for those who need no node runs."""
    return accept_execution(workflow=workflow, team=team, start=start, user=user, key=key).execution


@lru_cache(maxsize=128)
def _saved_graph(workflow_id: str, updated_at: datetime) -> tuple[list[Json], list[Json]]:
    """The graph of a workflow as it was saved at this moment, or later. Nobody changes it."""
    nodes, edges = Workflow.objects.get(pk=workflow_id).graph_json()
    return list(nodes), list(edges)


def accept_execution(
    *, workflow: Workflow, team: Team, start: Start, user: User | None = None, key: ApiKey | None = None
) -> Accepted:
    """Accept a run: afterwards it ends, whatever dies in between. Everything is refused before anything is stored.

    Raises `InvalidGraph` (422), `WireflowError` (400) or `InsufficientCredits` (402).
    """
    nodes, edges = start.nodes, start.edges
    if not nodes and not edges:
        nodes, edges = _saved_graph(workflow.pk, workflow.updated_at)
    nodes = apply_inputs(nodes, start.inputs)
    shelf = shelf_of(team, start.trigger_data)
    graph = check_graph(nodes, edges, target_node_id=start.target_node_id, shelf=shelf)
    if not workflow.is_active:
        raise WireflowError("Workflow is not active", code="workflow_inactive")
    with transaction.atomic():
        version = pin_version(workflow=workflow, nodes=nodes, edges=edges)
        now = timezone.now()
        execution = Execution(
            team=team,
            workflow=workflow,
            workflow_name=workflow.name,
            version=version,
            batch=Batch.objects.create(team=team),
            trigger=start.trigger,
            started_by=user,
            api_key=key,
            inputs=dict(start.inputs),
            trigger_data=dict(start.trigger_data),
            target_node_id=start.target_node_id,
            reuse=start.reuse,
            status=ExecutionStatus.RUNNING,
            created_at=now,
            deadline_at=now + timedelta(seconds=settings.RUN_TIMEOUT_SECONDS),
        )
        record_events(execution, about_itself=True)  # first: the row is written with its number
        execution.save(force_insert=True)
        run = Run(execution, Board(graph))
        ready = proceed(run, compute=computer(shelf))
        note_execution(workflow_id=workflow.pk, at=now)
        transaction.on_commit(lambda: failpoints.hit("after_accept"))
        transaction.on_commit(lambda: dispatch.ring(ready))
        transaction.on_commit(lambda: _announce(execution))
    return Accepted(execution, list(run.rows.values()))


def _announce(execution: Execution) -> None:
    news.publish(
        f"workflow.{execution.workflow_id}",
        {"type": "execution.started", "executionId": str(execution.pk)},
    )


def cancel_execution(*, execution_id: uuid.UUID) -> bool:
    """Stop a run in whatever state it is. False when it was over already.

    No further provider call is made for it; what is under way is asked to stop, its result is dropped and its
    credits go back.
    """
    return _stop(execution_id, to=ExecutionStatus.CANCELLED, error="", code="")


def time_out_execution(*, execution_id: uuid.UUID) -> bool:
    """End a run that passed its time limit. False when it was over already."""
    minutes = settings.RUN_TIMEOUT_SECONDS // 60
    return _stop(
        execution_id,
        to=ExecutionStatus.TIMEOUT,
        error=f"The run took longer than {minutes} minutes and was stopped.",
        code="timeout",
    )


def _stop(execution_id: uuid.UUID, *, to: ExecutionStatus, error: str, code: str) -> bool:
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(execution_id)
        if execution is None or execution.is_over:
            return False
        run = load_run(execution)
        open_rows = [row for row in run.rows.values() if not row.is_over]
        working = [row.pk for row in open_rows if row.status in ACTIVE]
        now = timezone.now()
        NodeRun.objects.filter(pk__in=[row.pk for row in open_rows]).move_many(
            to=NodeStatus.CANCELLED, ended_at=now, lease_until=None, due_at=None
        )
        for row in open_rows:
            row.status, row.ended_at = NodeStatus.CANCELLED, now
        release(references=[row.hold_reference for row in open_rows if row.price], note="run stopped")
        end_execution(run, status=to, error=error, error_code=code, moved=open_rows)
        transaction.on_commit(lambda: dispatch.ring_cancelled(working))
    return True
