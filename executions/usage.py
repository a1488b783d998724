"""What a team has used of its credits and its plan: contract §9.3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum

from accounts.models import Team
from credits.context import balance_of
from credits.models import Entry, EntryKind
from executions.models import Execution
from executions.wire import when

MOST_RECENT = 10


def usage_of(team: Team, *, at: datetime) -> dict[str, Any]:
    """The body of ``GET /developer/usage`` as of ``at``. Periods are calendar months and days of UTC."""
    now = at.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = midnight.replace(day=1)
    spent = Entry.objects.filter(team=team, kind=EntryKind.SETTLE, created_at__gte=month)
    wallet = balance_of(team.pk)
    limits = team.limits
    executions = Execution.objects.filter(team=team)
    paid = executions.filter(credits_used__gt=0).order_by("-created_at", "id")
    return {
        "plan": team.plan,
        "credits": {
            "available": wallet.available,
            "held": wallet.held,
            "usedThisPeriod": spent.aggregate(sum=Sum("amount"))["sum"] or 0,
            "periodEnd": when(_next_month(month)),
        },
        "limits": {
            "requestsPerMinute": limits.requests_per_minute,
            "executionsPerMinute": limits.executions_per_minute,
            "executionsPerDay": limits.executions_per_day,
            "concurrent": limits.concurrent_executions,
        },
        "today": {"executions": executions.filter(created_at__gte=midnight).count()},
        "recent": [
            {
                "executionId": str(one.pk),
                "workflowName": one.workflow_name,
                "credits": one.credits_used,
                "at": when(one.ended_at or one.created_at),
            }
            for one in paid[:MOST_RECENT]
        ],
    }


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=31)).replace(day=1)
