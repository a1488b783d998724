"""Takes executions away for good: those in the bin after 30 days, and those that a team's rule no longer keeps.

A few at a time, each lot in a short transaction of its own, and only a second of them at once: nobody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
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
AT_ONCE = 20


def clean_some(*, seconds: float = 1.0) -> int:
    """Take away what no team keeps, and what has lain in the bin for long, for so long. How many went."""
    end, count = time.monotonic() + seconds, 0
    in_bin = Execution.objects.filter(deleted_at__lt=timezone.now() - timedelta(days=BIN_DAYS))
    for due in (in_bin, *map(due_by, Retention.objects.exclude(days=None, failed_days=None))):
        while time.monotonic() < end and (gone := take_away_some(due)):
            count += gone
    return count


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


def take_away_some(due: QuerySet[Execution]) -> int:
    """Take a few of these away for good, the oldest first. How many. What is not noted yet is left for later."""
    with transaction.atomic(durable=not settings.TESTING):
        noted = due.filter(noted=Noted.AT_ITS_END)
        chosen = list(
            noted.select_for_update(skip_locked=True, of=("self",)).order_by("created_at")[:AT_ONCE]
        )
        if chosen:
            _take_away(chosen)
    return len(chosen)


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
