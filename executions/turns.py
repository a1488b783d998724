"""Runs of a batch take turns: no more of a team's executions work at once than its plan allows.

A waiting execution is PENDING. All about it is stored and paid for already; only its node runs are not to be taken
up. It is let go when another one ends, and by the sweeper should that be lost.

The team's row is the lock. The order of locks: docs/how-a-run-survives-a-crash.md.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from accounts.statements import exists
from executions import dispatch
from executions.models import Execution, ExecutionQuerySet, NodeRun
from executions.states import ExecutionStatus, NodeStatus


def room_of(team: Team) -> int | None:
    """How many more executions may work now; None without a limit. Holds the team's lock until the commit.

    Those that wait for people do not count.
    """
    most = team.limits.concurrent_executions
    if most is None:
        return None
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    working = Execution.objects.filter(team=team, status=ExecutionStatus.RUNNING, is_paused=False).count()
    return max(0, most - working)


def waiting(team_id: int) -> ExecutionQuerySet:
    """The executions of a team that wait, in the order in which they are let go."""
    found = Execution.objects.filter(team_id=team_id, status=ExecutionStatus.PENDING)
    return found.order_by("created_at", "run_index", "pk")


def waiting_before(execution: Execution) -> ExecutionQuerySet:
    """Those that are let go before this one."""
    at, index = execution.created_at, execution.run_index
    before = Q(created_at__lt=at) | Q(created_at=at, run_index__lt=index)
    before |= Q(created_at=at, run_index=index, pk__lt=execution.pk)
    return waiting(execution.team_id).filter(before)


def let_wait(execution: Execution) -> None:
    """Put an execution back that is just being accepted, before anybody has seen it."""
    execution.status = ExecutionStatus.PENDING
    Execution.objects.filter(pk=execution.pk).update(status=execution.status)


def let_go(team_id: int) -> int:
    """Start as many waiting executions of a team as there is room for, the oldest first. Returns how many."""
    if not exists(Execution, {"team": team_id, "status": ExecutionStatus.PENDING}):
        return 0
    with transaction.atomic(durable=not settings.TESTING):
        room = room_of(Team.objects.get(pk=team_id))
        chosen = list(waiting(team_id).values_list("pk", flat=True)[:room])
        deadline = timezone.now() + timedelta(seconds=settings.RUN_TIMEOUT_SECONDS)
        gone = [pk for pk in chosen if Execution.move(pk, to=ExecutionStatus.RUNNING, deadline_at=deadline)]
        ready = NodeRun.objects.filter(execution__in=gone, status=NodeStatus.READY)
        ready.update(ready_at=timezone.now())
        ids = list(ready.values_list("pk", flat=True))
        transaction.on_commit(lambda: dispatch.ring(ids))
    return len(gone)


def let_all_go() -> int:
    """`let_go` for every team that has something waiting."""
    found = Execution.objects.filter(status=ExecutionStatus.PENDING)
    return sum(let_go(team_id) for team_id in set(found.values_list("team_id", flat=True)))
