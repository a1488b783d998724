"""``{% limits_of team %}``: the plan of a team and what it has used of it now."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.limits import use_of
from accounts.models import Team
from executions.models import Execution
from executions.places import calls_of
from executions.states import ExecutionStatus

register = template.Library()


@register.inclusion_tag("executions/_limits.html")
def limits_of(team: Team) -> dict[str, Any]:
    plan = team.limits
    open_ones = Execution.objects.filter(team=team)
    return {
        "plan": plan,
        "is_limited": plan.requests_per_minute is not None,
        "use": use_of(team),
        "running": open_ones.filter(status=ExecutionStatus.RUNNING, is_paused=False).count(),
        "calls": calls_of(team),
        "waiting": open_ones.filter(status=ExecutionStatus.PENDING).count(),
    }
