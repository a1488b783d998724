"""What people change about schedules. What becomes of their moments is in `triggers.firing`.

The row of a schedule is the lock of all that is done with it; making one takes the team's, whose plan counts them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.models import Member, Team, User
from accounts.roles import ACTIONS, is_at_least
from executions.inputs_given import apply_inputs, by_node
from triggers.models import Firing, Schedule
from triggers.timetable import Timetable, read_times
from triggers.webhooks import stored_graph
from wireflow_ui.errors import Conflict, NotFound, WireflowError
from workflows.models import Workflow

MOST_INPUTS = 100_000
#: What the audit log calls the settings of a schedule.
WORDS = {
    "name": "name",
    "when": "when",
    "time_zone": "time zone",
    "inputs": "inputs",
    "overlap": "while a run goes on",
    "late_minutes": "made up for within minutes",
    "runs_as": "runs as",
}


class TooManySchedules(Conflict):
    """The plan has no room for another one."""

    code = "too_many_schedules"

    def __init__(self, team: Team, most: int) -> None:
        super().__init__(
            f"The {team.limits.title} plan has room for {most} schedules. Delete one that is not needed any more."
        )


def find_schedule(actor: Actor, schedule_id: UUID) -> Schedule:
    """One of the actor's team. Raises `NotFound`."""
    found = Schedule.objects.visible_to(actor).select_related("workflow__team", "runs_as")
    schedule = found.filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound("Schedule not found")
    return schedule


def make_schedule(
    *,
    actor: Actor,
    workflow: Workflow,
    name: str,
    when: Any,
    time_zone: str,
    inputs: Mapping[str, Any],
    is_active: bool = True,
    **options: Any,
) -> Schedule:
    """Make a schedule that runs as the actor; ``options`` are ``overlap`` and ``late_minutes``.

    Raises `BadTimes` (400), `WireflowError` (400) for inputs that the workflow does not have, and `TooManySchedules`
    (409).
    """
    now = timezone.now()
    table = read_times(when, zone=time_zone, since=now)
    given = checked_inputs(workflow, inputs)
    with transaction.atomic():
        team = Team.objects.select_for_update(no_key=True).get(pk=workflow.team_id)
        most = team.limits.schedules
        there = Schedule.objects.filter(workflow__team=team, workflow__deleted_at=None)
        if most is not None and there.count() >= most:
            raise TooManySchedules(team, most)
        schedule = Schedule.objects.create(
            workflow=workflow,
            runs_as=actor.user,
            name=name,
            when=table.stored(),
            time_zone=time_zone,
            since=now,
            inputs=given,
            next_at=table.next_after(now) if is_active else None,
            **options,
        )
        audit.record(
            team=team,
            change="schedule.made",
            subject=_named(schedule),
            after={"when": schedule.when, "time zone": time_zone},
            by=actor,
        )
    return schedule


def change_schedule(*, actor: Actor, schedule: Schedule, **changes: Any) -> Schedule:
    """Change any of ``name``, ``when``, ``time_zone``, ``inputs``, ``overlap``, ``late_minutes``; ``is_active`` pauses
    it or lets it go on. Where more than its name changes it runs as the actor from then on: nobody else answers for
    what they set. Raises as `make_schedule`."""
    is_active = changes.pop("is_active", None)
    if "inputs" in changes:
        changes["inputs"] = checked_inputs(schedule.workflow, changes["inputs"])
    with transaction.atomic():
        locked = lock_schedule(schedule.pk)
        before = _settings(locked)
        now = timezone.now()
        table = _changed_times(locked, changes, now)
        for name, value in changes.items():
            setattr(locked, name, value)
        locked.when = before["when"]
        if table is not None:
            locked.when, locked.since = table.stored(), now
            if locked.is_active:
                locked.next_at = table.next_after(now)
        if {**_settings(locked), "name": ""} != {**before, "name": ""}:
            locked.runs_as = actor.user
        locked.save(update_fields=[*WORDS, "since", "next_at"])
        after = _settings(locked)
        if before != after:
            audit.record(
                team=locked.workflow.team,
                change="schedule.changed",
                subject=_named(locked),
                before={WORDS[name]: _said(value) for name, value in before.items()},
                after={WORDS[name]: _said(value) for name, value in after.items()},
                by=actor,
            )
        if is_active is not None:
            (resume if is_active else pause)(actor=actor, schedule=locked)
    return find_schedule(actor, schedule.pk)


def _settings(schedule: Schedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in WORDS}


def _said(value: Any) -> Any:
    """A setting as the audit log keeps it."""
    return value.email if isinstance(value, User) else value


def _changed_times(schedule: Schedule, changes: Mapping[str, Any], now: datetime) -> Timetable | None:
    """The times it is to have, None where they stay as they are."""
    when = changes.get("when", schedule.when)
    zone = changes.get("time_zone", schedule.time_zone)
    table = read_times(when, zone=zone, since=now)
    return None if (table.stored(), zone) == (schedule.when, schedule.time_zone) else table


def pause(*, actor: Actor, schedule: Schedule) -> bool:
    """Have nothing started until it is let go on. False when it was paused already."""
    with transaction.atomic():
        locked = lock_schedule(schedule.pk)
        if not locked.is_active:
            return False
        Schedule.objects.filter(pk=locked.pk).update(next_at=None, paused_because="")
        audit.record(team=locked.workflow.team, change="schedule.paused", subject=_named(locked), by=actor)
    return True


def resume(*, actor: Actor, schedule: Schedule) -> bool:
    """Let it go on from now, as the actor; what was due meanwhile is not made up for. False when it was active
    already."""
    with transaction.atomic():
        locked = lock_schedule(schedule.pk)
        if locked.is_active:
            return False
        Schedule.objects.filter(pk=locked.pk).update(
            next_at=locked.timetable.next_after(timezone.now()),
            paused_because="",
            refusals=0,
            runs_as=actor.user,
        )
        audit.record(
            team=locked.workflow.team,
            change="schedule.resumed",
            subject=_named(locked),
            before={WORDS["runs_as"]: _said(locked.runs_as)},
            after={WORDS["runs_as"]: _said(actor.user)},
            by=actor,
        )
    return True


def delete_schedule(*, actor: Actor, schedule: Schedule) -> None:
    """Take it away with the list of what became of it; its runs stay."""
    with transaction.atomic():
        locked = lock_schedule(schedule.pk)
        audit.record(team=locked.workflow.team, change="schedule.deleted", subject=_named(locked), by=actor)
        locked.delete()


def may_run(schedule: Schedule) -> bool:
    """Whether the one it runs as is a member who may start runs."""
    member = Member.objects.filter(
        team=schedule.workflow.team_id, user=schedule.runs_as_id, user__is_active=True
    ).first()
    return member is not None and is_at_least(member.role, ACTIONS["run"])


def checked_inputs(workflow: Workflow, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Values by node id, as far as they can be known to fit before a run. Raises `WireflowError`."""
    if not inputs:
        return {}
    nodes, _ = stored_graph(workflow)
    given = by_node(nodes, inputs)
    apply_inputs(nodes, given)
    if len(json.dumps(given)) > MOST_INPUTS:
        raise WireflowError(
            f"The inputs are too long: a schedule keeps {MOST_INPUTS:,} letters. Put long texts on the nodes.",
            code="invalid_inputs",
        )
    return given


def lock_schedule(schedule_id: UUID) -> Schedule:
    """Its row as it is now, locked until the commit. Raises `NotFound` when it is no more."""
    rows = Schedule.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("workflow__team", "runs_as").filter(pk=schedule_id).first()
    if found is None:
        raise NotFound("Schedule not found")
    return found


def last_firings(schedules: Collection[Schedule]) -> dict[UUID, Firing]:
    """What became of the last moment of each that had one."""
    newest = Firing.objects.filter(schedule__in=schedules).values("schedule").annotate(last=Max("pk"))
    found = Firing.objects.filter(pk__in=[one["last"] for one in newest]).select_related("execution")
    return {one.schedule_id: one for one in found}


def _named(schedule: Schedule) -> str:
    return f"{schedule.name} ({schedule.workflow.name})"
