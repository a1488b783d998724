"""Schedules of the tests, and making them due: their moments are moved, never the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from tests.factories import actor_for
from triggers.firing import fire_due
from triggers.models import Firing, Schedule
from triggers.schedules import make_schedule
from workflows.models import Workflow


def far_off() -> dict[str, Any]:
    """Every hour, half an hour from now: no moment of its own falls into what a test looks at."""
    return {"every": "hour", "minute": (timezone.now().minute + 30) % 60}


def timed(user: User, workflow: Workflow, **values: Any) -> Schedule:
    wanted: dict[str, Any] = {"name": "Daily boats", "when": far_off(), "time_zone": "UTC", "inputs": {}}
    return make_schedule(actor=actor_for(user), workflow=workflow, **wanted | values)


def due(schedule: Schedule, ago: timedelta = timedelta(seconds=1)) -> datetime:
    """Have it due since then."""
    moment = timezone.now() - ago
    Schedule.objects.filter(pk=schedule.pk).update(next_at=moment)
    return moment


def fired(schedule: Schedule, ago: timedelta = timedelta(seconds=1)) -> Firing:
    """Have it due and dealt with; what became of that."""
    due(schedule, ago)
    fire_due(seconds=60)
    schedule.refresh_from_db()
    return Firing.objects.filter(schedule=schedule).latest("pk")
