"""What becomes of the moments of schedules: each is dealt with once, whoever looks and whatever dies.

A chore finds what is due. One transaction sets the schedule's next moment, if nobody else did before, and accepts the
run or notes why there is none. So a process that dies in it leaves the moment due, and one that dies behind it leaves
a run. Locks: schedule, then what `accept_executions` takes. The time is the database's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from accounts import notices
from accounts.actor import Actor
from accounts.models import ApiKey, Member, User
from accounts.roles import ACTIONS, RANK, Role
from executions import failpoints
from executions.actions import Start, accept_executions
from executions.engine.work import DATABASE_AWAY, is_database_away
from executions.models import Execution
from executions.rounds import Rounds
from executions.states import ExecutionStatus
from executions.views import with_first_problem
from executions.wire import when
from telemetry import metrics
from triggers.models import Firing, Outcome, Overlap, Schedule
from triggers.schedules import lock_schedule, may_run
from triggers.timetable import BadTimes
from triggers.webhooks import stored_graph
from wireflow_ui.errors import NotFound, WireflowError

TRIGGER = "schedule"
#: A moment dealt with later than this was missed: nobody looked. Where very many are due at once the last wait.
GRACE = timedelta(minutes=5)
#: Refusals that pass by themselves while many schedules are due at once: they are no more than a wait, for so long,
#: which is less than after what a moment is taken for missed.
PASSING = ("rate_limited", "concurrency_limit_exceeded")
LONGEST_WAIT = timedelta(minutes=4)
MOST_REFUSALS = 5
KEPT = 100
GOING_ON = (ExecutionStatus.PENDING, ExecutionStatus.RUNNING)
MOST_AT_ONCE = 500
GONE = (
    "Whoever it ran as is no member of the team any more, or may not start runs. "
    "It runs as the one who lets it go on."
)
OFTEN_REFUSED = "It was refused {times} times in a row, at last: {said}"
STILL_GOES_ON = "The run before it was still going on."
TOO_LATE = "The server did not run when it was due, and then it was too late to make up for it."
MADE_UP = "Made up for: the server did not run when it was due."
MADE_UP_ONCE = "Made up for: the server did not run when it was due. Moments before it were missed."
OUR_FAULT = "Something went wrong in this program. Tell whoever runs it."

log = logging.getLogger("wireflow.schedules")
_firing, _pausing = Rounds[UUID](), Rounds[UUID]()


class PutOff(Exception):
    """What refuses the run now may be over in a moment: nothing is written, and the schedule stays due."""


def fire_due(*, seconds: float = 5.0) -> None:
    """A chore: deal with what is due, for so long. Each by itself, so that none holds up the others: what broke off in
    a round before comes last, and at least one of those is tried again."""
    end = time.monotonic() + seconds
    found = Schedule.objects.active().filter(next_at__lte=Now()).order_by("next_at", "pk")
    due = dict(found.values_list("pk", "next_at")[:MOST_AT_ONCE])
    for some in _firing.parted(due):
        for pk in some:
            with _by_itself(pk, _firing):
                fire(pk, cast(datetime, due[pk]))
            if time.monotonic() >= end:
                break
    _pause_left(until=end)


@contextmanager
def _by_itself(schedule_id: UUID, rounds: Rounds[UUID]) -> Iterator[None]:
    try:
        yield
    except NotFound:
        return  # deleted since it was found
    except Exception as error:  # what nobody foresaw with one of them holds up no other
        if isinstance(error, DATABASE_AWAY) and is_database_away():
            raise
        log.exception("Schedule %s cannot be dealt with.", schedule_id)
        rounds.broke_off(schedule_id)
    else:
        rounds.went_well(schedule_id)


def fire(schedule_id: UUID, moment: datetime) -> None:
    """Deal with a moment that is due, unless somebody else has."""
    try:
        with transaction.atomic(durable=not settings.TESTING):
            schedule = _claim(schedule_id, moment)
            if schedule is None:
                return
            _deal_with(schedule, moment)
            failpoints.hit("in_firing")
    except PutOff:
        return
    except DATABASE_AWAY:
        raise
    except Exception:  # a fault of ours is told as a refusal, and is not met again every few seconds
        log.exception("Schedule %s broke off.", schedule_id)
        with transaction.atomic(durable=not settings.TESTING):
            schedule = _claim(schedule_id, moment)
            if schedule is not None and not _is_noted(schedule, moment):
                _refuse(schedule, moment, OUR_FAULT, code="internal_error")
    failpoints.hit("after_firing")


def run_now(*, schedule: Schedule, actor: Actor) -> Execution:
    """Start it at this moment, as the actor. Raises what refuses the run, and then nothing is noted."""
    with transaction.atomic():
        locked = lock_schedule(schedule.pk)
        now = _now(locked)
        execution = _start(locked, now, user=actor.user, key=actor.key)
        _note(locked, now, Outcome.STARTED, execution=execution, is_by_hand=True)
    return execution


def _claim(schedule_id: UUID, moment: datetime) -> Schedule | None:
    """The schedule, for the one who deals with this moment: its next one is set. None means somebody else was first."""
    try:
        mine = lock_schedule(schedule_id)
    except NotFound:
        return None
    if mine.next_at != moment:
        return None
    try:
        mine.next_at = mine.timetable.next_after(max(moment, _now(mine)))
    except BadTimes as error:  # such as a time zone that is no more
        _pause(mine, error.message)
        return None
    won = Schedule.objects.filter(pk=schedule_id, next_at=moment).update(next_at=mine.next_at)
    return mine if won else None


def _now(schedule: Schedule) -> datetime:
    """The time as the database tells it."""
    return cast(datetime, Schedule.objects.filter(pk=schedule.pk).values_list(Now(), flat=True).get())


def _deal_with(schedule: Schedule, moment: datetime) -> None:
    if _is_noted(schedule, moment):
        return  # it was let go on by a server whose clock is behind the database's
    said, now = "", _now(schedule)
    if now - moment > GRACE:
        within = max(GRACE, timedelta(minutes=schedule.late_minutes))
        recent = schedule.timetable.between(max(moment, now - within), now)
        if not recent:
            _note(schedule, moment, Outcome.MISSED, said=TOO_LATE)
            return
        said = MADE_UP if recent[-1] == moment else MADE_UP_ONCE
        moment = recent[-1]
        if _is_noted(schedule, moment):
            return
    if not may_run(schedule):
        _pause(schedule, GONE)
        return
    if schedule.overlap == Overlap.SKIP and _goes_on(schedule):
        Schedule.objects.filter(pk=schedule.pk).update(skipped=F("skipped") + 1)
        _note(schedule, moment, Outcome.SKIPPED, said=STILL_GOES_ON)
        return
    try:
        with transaction.atomic():
            execution = _start(schedule, moment, user=schedule.runs_as)
    except WireflowError as refusal:
        if refusal.code in PASSING and now - moment <= LONGEST_WAIT:
            raise PutOff from refusal
        _refuse(schedule, moment, with_first_problem(refusal), code=refusal.code)
        return
    Schedule.objects.filter(pk=schedule.pk).update(refusals=0)
    _note(schedule, moment, Outcome.STARTED, said=said, execution=execution)


def _is_noted(schedule: Schedule, moment: datetime) -> bool:
    return Firing.objects.filter(schedule=schedule, moment=moment).exists()


def _start(
    schedule: Schedule, moment: datetime, *, user: User | None, key: ApiKey | None = None
) -> Execution:
    """Raises what `accept_executions` raises."""
    nodes, edges = stored_graph(schedule.workflow)
    told = {"schedule": schedule.name, "scheduleId": str(schedule.pk), "moment": when(moment)}
    start = Start(nodes=nodes, edges=edges, inputs=schedule.inputs, trigger=TRIGGER, trigger_data=told)
    [accepted] = accept_executions(
        workflow=schedule.workflow, team=schedule.workflow.team, start=start, user=user, key=key
    )
    return accepted.execution


def _goes_on(schedule: Schedule) -> bool:
    started = Firing.objects.filter(schedule=schedule).exclude(execution=None).values("execution")
    return Execution.objects.filter(pk__in=started, status__in=GOING_ON).exists()


def _refuse(schedule: Schedule, moment: datetime, said: str, *, code: str) -> None:
    """Note a moment without a run; after some in a row the schedule pauses itself."""
    _note(schedule, moment, Outcome.REFUSED, said=said)
    schedule.refusals += 1
    Schedule.objects.filter(pk=schedule.pk).update(refusals=schedule.refusals)
    if schedule.refusals >= MOST_REFUSALS:
        _pause(schedule, OFTEN_REFUSED.format(times=MOST_REFUSALS, said=said))
        return
    _tell(
        schedule,
        f"The schedule {_named(schedule)} could not start a run: {said}",
        key=f"{code}:{moment:%Y%m%d}",
        users=[schedule.runs_as_id] if schedule.runs_as_id else (),
    )


def _pause(schedule: Schedule, because: str) -> None:
    """Start nothing more until somebody lets it go on, and tell whose it is, or the editors."""
    Schedule.objects.filter(pk=schedule.pk).update(next_at=None, paused_because=because[:300])
    team_id = schedule.workflow.team_id
    own = [user_id for user_id in notices.members_of(team_id, Role.VIEWER) if user_id == schedule.runs_as_id]
    _tell(
        schedule,
        f"The schedule {_named(schedule)} has paused itself. {because}",
        key=f"paused:{time.time_ns()}",
        users=own if own and may_run(schedule) else notices.members_of(team_id, Role.EDITOR),
    )


def _pause_left(*, until: float) -> None:
    """Pause those whose person has left, or may start runs no more, before they are due."""
    enough = [role for role, rank in RANK.items() if rank >= RANK[ACTIONS["run"]]]
    able = Member.objects.filter(
        team=OuterRef("workflow__team"), user=OuterRef("runs_as"), user__is_active=True, role__in=enough
    )
    left = Schedule.objects.active().exclude(Exists(able))
    for some in _pausing.parted(left.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        for pk in some:
            with _by_itself(pk, _pausing), transaction.atomic(durable=not settings.TESTING):
                schedule = lock_schedule(pk)
                if schedule.is_active and not may_run(schedule):
                    _pause(schedule, GONE)
            if time.monotonic() >= until:
                break


def _note(
    schedule: Schedule,
    moment: datetime,
    outcome: Outcome,
    *,
    said: str = "",
    execution: Execution | None = None,
    is_by_hand: bool = False,
) -> None:
    """Keep what became of a moment, the last `KEPT` of them, and all whose runs go on: `_goes_on` asks for those."""
    now = _now(schedule)
    Firing.objects.create(
        schedule=schedule,
        moment=moment,
        at=now,
        outcome=outcome,
        said=said[:400],
        execution=execution,
        is_by_hand=is_by_hand,
    )
    if not is_by_hand:
        late = (now - moment).total_seconds()
        transaction.on_commit(lambda: metrics.moment(outcome.value, late))
    newest_first = Firing.objects.filter(schedule=schedule).order_by("-pk")
    older = newest_first.values_list("pk", "execution__status")[KEPT:]
    Firing.objects.filter(pk__in=[pk for pk, status in older if status not in GOING_ON]).delete()


def _tell(schedule: Schedule, text: str, *, key: str, users: Collection[int]) -> None:
    notices.tell(
        team_id=schedule.workflow.team_id,
        kind="schedule",
        key=f"schedule:{schedule.pk}:{key}",
        text=text,
        link=f"/schedules/{schedule.pk}",
        users=users,
    )


def _named(schedule: Schedule) -> str:
    return f"“{schedule.name[:60]}” of “{schedule.workflow.name[:60]}”"
