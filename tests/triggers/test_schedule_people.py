"""Who a schedule runs as, and what people do with it."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Member, Notice, Team
from credits.limits import set_limit
from executions.models import Execution
from tests.executions.runs import Hand, make_workflow, prompt
from tests.factories import actor_for
from tests.triggers.timed import due, fired, timed
from triggers import firing
from triggers.firing import fire_due, run_now
from triggers.models import Firing, Outcome, Overlap, Schedule
from triggers.schedules import TooManySchedules, change_schedule, delete_schedule, pause, resume
from wireflow_ui.errors import WireflowError
from workflows.models import Workflow

# Whoever it runs as


@pytest.mark.parametrize("gone", ["left", "viewer", "inactive"])
def test_it_pauses_when_its_person_may_run_no_more(alice, bob, workflow, gone):
    schedule = timed(bob, workflow)
    member = Member.objects.get(user=bob)
    if gone == "left":
        member.delete()
    elif gone == "viewer":
        Member.objects.filter(pk=member.pk).update(role="viewer")
    else:
        type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    fire_due()  # before it is due
    schedule.refresh_from_db()
    assert (schedule.next_at, schedule.paused_because) == (None, firing.GONE)
    assert "has paused itself" in Notice.objects.get(user=alice).text
    resume(actor=actor_for(alice), schedule=schedule)
    schedule.refresh_from_db()
    assert (schedule.runs_as, schedule.is_active, schedule.paused_because) == (alice, True, "")
    assert fired(schedule).execution.started_by == alice


def by_bob(bob, schedule: Schedule, **changes: object) -> Schedule:
    return change_schedule(actor=actor_for(bob), schedule=schedule, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"when": {"every": "hour", "minute": 5}},
        {"time_zone": "Asia/Tokyo"},
        {"inputs": {"ask": "a harbour"}},
        {"overlap": Overlap.RUN},
        {"late_minutes": 0},
    ],
)
def test_it_runs_as_whoever_changed_it_last(alice, bob, schedule, changes):
    subject = f"person:{alice.pk}"
    set_limit(actor=actor_for(alice), subject=subject, name="", period="day", credits=1, is_hard=True)
    Hand().finish(fired(schedule).execution)
    assert fired(schedule).outcome == Outcome.REFUSED
    assert by_bob(bob, schedule, **changes).runs_as == bob
    entry = AuditEntry.objects.get(action="schedule.changed")
    assert entry.changes["runs as"] == [alice.email, bob.email]
    assert fired(schedule).execution.started_by == bob, "her limit is not asked any more"


def test_another_name_and_the_same_settings_leave_it_whose_it_is(alice, bob, schedule):
    when = dict(reversed(schedule.when.items()))
    same = {"when": when, "time_zone": "UTC", "inputs": {}, "late_minutes": 60}
    assert by_bob(bob, schedule, name="Boats", **same).runs_as == alice
    assert AuditEntry.objects.get(action="schedule.changed").changes == {"name": ["Daily boats", "Boats"]}


def test_it_runs_as_whoever_let_it_go_on(alice, bob, schedule):
    pause(actor=actor_for(alice), schedule=schedule)
    assert resume(actor=actor_for(bob), schedule=schedule)
    entry = AuditEntry.objects.get(action="schedule.resumed")
    assert entry.changes == {"runs as": [alice.email, bob.email]}
    assert fired(schedule).execution.started_by == bob
    assert not resume(actor=actor_for(alice), schedule=schedule), "it goes on already, and as Bob"
    schedule.refresh_from_db()
    assert schedule.runs_as == bob


@pytest.mark.parametrize("fault", ["deleted", "broken"])
def test_one_that_cannot_be_paused_holds_up_no_other(bob, workflow, schedule, monkeypatch, caplog, fault):
    left, real = timed(bob, workflow), firing.lock_schedule

    def lock(pk):
        if pk == left.pk:
            if fault == "broken":
                raise ZeroDivisionError
            Schedule.objects.filter(pk=pk).delete()
        return real(pk)

    Member.objects.filter(user=bob).delete()
    monkeypatch.setattr(firing, "lock_schedule", lock)
    assert fired(schedule).outcome == Outcome.STARTED
    assert ("cannot be dealt with" in caplog.text) is (fault == "broken")


def test_it_pauses_at_its_moment_too(bob, workflow):
    schedule = timed(bob, workflow)
    Member.objects.filter(user=bob).delete()
    due(schedule)
    fire_due()
    schedule.refresh_from_db()
    assert schedule.paused_because == firing.GONE and not Execution.objects.exists()


# What people do


def test_run_now_runs_as_whoever_pressed_it(rita, schedule):
    execution = run_now(schedule=schedule, actor=actor_for(rita))
    found = Firing.objects.get()
    assert (execution.started_by, execution.trigger) == (rita, "schedule")
    assert (found.is_by_hand, found.outcome, found.execution) == (True, Outcome.STARTED, execution)
    assert fired(schedule).outcome == Outcome.SKIPPED


def test_run_now_that_is_refused_notes_nothing(alice, workflow, schedule):
    Workflow.objects.update(is_active=False)
    with pytest.raises(WireflowError):
        run_now(schedule=schedule, actor=actor_for(alice))
    assert not Firing.objects.exists()


def test_pausing_and_going_on_make_up_for_nothing(alice, schedule):
    actor = actor_for(alice)
    due(schedule, timedelta(minutes=30))
    assert pause(actor=actor, schedule=schedule) and not pause(actor=actor, schedule=schedule)
    fire_due()
    assert resume(actor=actor, schedule=schedule) and not resume(actor=actor, schedule=schedule)
    fire_due()
    assert not Firing.objects.exists()
    changes = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert changes[-3:] == ["schedule.made", "schedule.paused", "schedule.resumed"]


def test_other_times_set_the_next_moment(alice, schedule):
    changed = change_schedule(
        actor=actor_for(alice),
        schedule=schedule,
        when={"every": "day", "at": "09:00"},
        time_zone="Asia/Tokyo",
    )
    assert changed.next_at.astimezone(UTC).strftime("%H:%M") == "00:00"
    before = changed.next_at
    changed = change_schedule(actor=actor_for(alice), schedule=changed, name="Boats at nine")
    assert (changed.next_at, changed.name) == (before, "Boats at nine")
    entry = AuditEntry.objects.filter(action="schedule.changed").latest("pk")
    assert entry.changes == {"name": ["Daily boats", "Boats at nine"]}


def test_a_deleted_schedule_leaves_its_runs(alice, schedule):
    execution = fired(schedule).execution
    delete_schedule(actor=actor_for(alice), schedule=schedule)
    assert not Schedule.objects.exists() and not Firing.objects.exists()
    assert Execution.objects.get() == execution


def test_the_plan_says_how_many(alice, workflow):
    Team.objects.update(plan="free")
    for number in range(3):
        timed(alice, workflow, name=f"{number}")
    with pytest.raises(TooManySchedules, match="room for 3 schedules"):
        timed(alice, workflow)
    Workflow.objects.update(deleted_at=timezone.now())
    timed(alice, make_workflow(alice, *prompt("x")))
