"""The plans and their limits. ``None`` means without limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Plan:
    """What one team may use: requests and execution starts per minute, executions per UTC day and at once, and calls
    to providers at once. And how many schedules its workflows may have."""

    name: str
    title: str
    requests_per_minute: int | None
    executions_per_minute: int | None
    executions_per_day: int | None
    concurrent_executions: int | None
    concurrent_calls: int | None
    schedules: int | None


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        plan.name: plan
        for plan in (
            Plan("free", "Free", 10, 10, 50, 10, 5, 3),
            Plan("starter", "Starter", 20, 10, 200, 10, 10, 10),
            Plan("pro", "Pro", 60, 10, 1_000, 10, 20, 50),
            Plan("enterprise", "Enterprise", 200, 10, None, 10, 50, 500),
            Plan("operator", "Operator", None, None, None, None, None, None),
        )
    }
)

CHOICES: list[tuple[str, str]] = [(plan.name, plan.title) for plan in PLANS.values()]
