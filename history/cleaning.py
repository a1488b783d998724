"""Takes executions away for good: those in the bin after 30 days, and those that a team's rule no longer keeps.

A few at a time, each lot in a short transaction of its own, and only a second of them at once: nobody waits for it. On
SQLite a lot holds up every other writer, so a lot is as large as can be taken away in `AIM`, and after each the cleaner
rests for as long as the lot took.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from executions.models import (
    Event,
    Execution,
    GoneExecution,
    IdempotencyKey,
    NodeRun,
    Noted,
    Submission,
)
from executions.states import EXECUTION_OVER, ExecutionStatus
from history import words
from history.models import Listing, Mark, MarkKind, Retention

BIN_DAYS = 30
#: Executions in the first lot, which is the smallest as well, and in the largest.
FIRST, MOST = 5, 40
#: So many seconds one lot is to take.
AIM = 0.05


def clean_some(*, seconds: float = 1.0, rest: Callable[[float], object] = time.sleep) -> int:
    """Take away what no team keeps, and what has lain in the bin for long, for so long. How many went."""
    end, count, size = time.monotonic() + seconds, 0, FIRST
    in_bin = Execution.objects.filter(deleted_at__lt=timezone.now() - timedelta(days=BIN_DAYS))
    for due in (in_bin, *map(due_by, Retention.objects.exclude(days=None, failed_days=None))):
        since: datetime | None = None
        while (began := time.monotonic()) < end:
            gone = take_away_some(due, most=size, since=since)
            if not gone:
                break
            count += len(gone)
            since = gone[-1].created_at
            took = time.monotonic() - began
            size = next_size(size, took)
            rest(max(0.0, min(took, end - time.monotonic())))
    return count


def next_size(size: int, took: float) -> int:
    """How many to take away in the next lot, where a lot of this size took so long: up slowly, down at once."""
    return max(FIRST, min(MOST, size * 2, int(size * AIM / max(took, 0.001))))


def due_by(rule: Retention) -> QuerySet[Execution]:
    """The team's executions that its rule no longer keeps."""
    now = timezone.now()
    due = Q(pk=None)
    if rule.days is not None:
        due |= Q(created_at__lt=now - timedelta(days=rule.days))
    if rule.failed_days is not None:
        bad = [ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT, ExecutionStatus.CANCELLED]
        due |= Q(status__in=bad, created_at__lt=now - timedelta(days=rule.failed_days))
    found = Execution.objects.filter(due, team=rule.team_id, status__in=list(EXECUTION_OVER))
    if rule.keeps_labelled:
        found = found.exclude(Exists(Mark.objects.filter(execution=OuterRef("pk"), kind=MarkKind.LABEL)))
    return found


def take_away_some(
    due: QuerySet[Execution], *, most: int = MOST, since: datetime | None = None
) -> list[Execution]:
    """Take a few of these away for good, the oldest first. What is not noted yet is left for later.

    ``since`` is the time of the last that went: before it PostgreSQL would read again what is gone already.
    """
    with transaction.atomic(durable=not settings.TESTING):
        noted = due.filter(noted=Noted.AT_ITS_END)
        if since is not None:
            noted = noted.filter(created_at__gte=since)
        chosen = list(noted.select_for_update(skip_locked=True, of=("self",)).order_by("created_at")[:most])
        if chosen:
            _take_away(chosen)
    return chosen


def _take_away(executions: Sequence[Execution]) -> None:
    """All rows of these, in the order that foreign keys ask for; what was paid for them stays in the ledger."""
    ids: list[UUID] = [one.pk for one in executions]
    GoneExecution.objects.bulk_create(
        GoneExecution(
            id=one.pk,
            team_id=one.team_id,
            workflow_name=one.workflow_name,
            credits_used=one.credits_used,
            created_at=one.created_at,
        )
        for one in executions
    )
    words.forget(list(Listing.objects.filter(execution__in=ids).values_list("place", flat=True)))
    runs = NodeRun.objects.filter(execution__in=ids)
    for rows in (
        Submission.objects.filter(node_run__in=runs),
        Event.objects.filter(execution__in=ids),
        runs,
        IdempotencyKey.objects.filter(execution__in=ids),
        Listing.objects.filter(execution__in=ids),
        Mark.objects.filter(execution__in=ids),
        Execution.objects.filter(pk__in=ids),
    ):
        rows.delete()
