"""Two who press Run for the same thing: the second one is asked before both are paid.

What each browser knows of runs is a moment old, so it is the server that looks, among starts that take turns.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import ApiKey, Team, User
from executions.actions import Accepted, Start, accept_executions
from executions.models import Execution, Reuse
from executions.states import ExecutionStatus
from executions.wire import when
from wireflow_ui.errors import Conflict
from workflows.models import Workflow

#: So long a run of somebody else's may have been missed by whoever presses Run.
MISSED = timedelta(seconds=10)
#: The first half of the lock's name; the other stands for the workflow.
_LOCK = 0x5A3E


class SameRun(Conflict):
    """The same was started before, and that goes on or was over in a moment."""

    code = "same_run"


def accept_unless_running(
    *, workflow: Workflow, team: Team, start: Start, user: User | None, key: ApiKey | None
) -> list[Accepted]:
    """`accept_executions`, unless what it would do is being done already: then it raises `SameRun`."""
    with transaction.atomic():
        _take_turns(workflow)
        accepted = accept_executions(workflow=workflow, team=team, start=start, user=user, key=key)
        for one in accepted:
            _refuse_second(one.execution)
    return accepted


def _take_turns(workflow: Workflow) -> None:
    """Let no other start of this workflow that asks the same look before this transaction ends.

    Before all that `accept_executions` locks. SQLite writes one transaction after another.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, workflow.pk])


def _refuse_second(new: Execution) -> None:
    """Raises `SameRun` where an execution that was just accepted makes what another one is making.

    One that was over as it began took stored results and cost nothing, and what is forced is meant to be made anew.
    """
    if new.is_over or new.reuse == Reuse.NONE:
        return
    same = Execution.objects.filter(
        workflow=new.workflow_id,
        version=new.version_id,
        trigger=new.trigger,
        target_node_id=new.target_node_id,
        reuse=new.reuse,
        created_at__gt=new.created_at - timedelta(seconds=settings.RUN_TIMEOUT_SECONDS),
        deleted_at=None,
    ).exclude(batch=new.batch_id)
    goes_on = Q(status__in=[ExecutionStatus.PENDING, ExecutionStatus.RUNNING], is_paused=False)
    missed = Q(status=ExecutionStatus.COMPLETED, created_at__gt=new.created_at - MISSED)
    missed &= ~Q(started_by=new.started_by_id)
    for other in same.filter(goes_on | missed).select_related("started_by").order_by("-created_at"):
        if _asked_of(other) == _asked_of(new):
            raise SameRun(
                f"{other.started_by or 'Somebody'} has started the same already. Watch that run, or start this one "
                "without unlessRunning.",
                executionId=str(other.pk),
                startedBy=str(other.started_by or ""),
                isYours=other.started_by_id == new.started_by_id,
                startTime=when(other.created_at),
            )


def _asked_of(execution: Execution) -> tuple[object, ...]:
    return execution.inputs, execution.trigger_data, sorted(execution.targets), sorted(execution.anew)
