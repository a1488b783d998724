"""Moments of schedules: what is started, skipped, made up for and refused, and once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.transaction import atomic
from django.utils import timezone

from accounts import limits
from accounts.models import Bucket, Notice, Team
from credits.limits import set_limit
from executions.audit import faults
from executions.chores import CHORES
from executions.models import Execution
from telemetry import metrics
from tests.executions.boards import llm, preview
from tests.executions.runs import Hand, everything_stored, make_workflow, node_run, prompt, wallet
from tests.factories import actor_for, team_of
from tests.operations.figures import values
from tests.processes import PATIENCE
from tests.triggers.at_once import at_once
from tests.triggers.timed import due, fired, timed
from triggers import firing
from triggers.firing import KEPT, LONGEST_WAIT, MOST_REFUSALS, fire, fire_due
from triggers.models import Firing, Outcome, Overlap, Schedule
from triggers.publishing import publish
from wireflow_ui.errors import WireflowError
from workflows.actions import patch_node
from workflows.models import Workflow


def test_a_moment_that_is_due_starts_one_run(alice, schedule):
    found = fired(schedule)
    execution = Execution.objects.get()
    assert (found.outcome, found.execution, found.is_by_hand) == (Outcome.STARTED, execution, False)
    assert (execution.trigger, execution.started_by, execution.team) == ("schedule", alice, team_of(alice))
    assert execution.trigger_data["schedule"] == "Daily boats"
    assert execution.trigger_data["scheduleId"] == str(schedule.pk)
    assert schedule.next_at > timezone.now()
    fire_due()
    assert Execution.objects.count() == 1
    assert Hand().finish(execution).status == "COMPLETED"
    assert wallet(alice) == (999, 0, 1)
    assert faults() == []


def test_it_is_counted(schedule, counting, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        fired(schedule, timedelta(seconds=3))
    found = values(metrics.page(metrics.registry())[0].decode())
    assert found["wireflow_schedule_moments_total", "started"] == 1
    assert found["wireflow_schedule_late_seconds_count", ""] == 1
    assert 3 <= found["wireflow_schedule_late_seconds_sum", ""] < 3 + PATIENCE


def test_it_is_among_the_chores():
    assert CHORES[0] is fire_due


def test_nothing_is_started_before_its_time(schedule):
    fire_due()
    assert not Execution.objects.exists() and not Firing.objects.exists()


def test_its_own_values_go_to_the_inputs(alice, workflow):
    schedule = timed(alice, workflow, inputs={"Text Input": "a harbour"})
    assert schedule.inputs == {"ask": "a harbour"}
    assert node_run(fired(schedule).execution, "ask").output["prompt"] == "a harbour"


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"nothing": 1}, "unknown_input"),
        ({"ask": ["a"]}, "invalid_inputs"),
        ({"ask": "x" * 100_001}, "invalid_inputs"),
    ],
)
def test_values_that_nothing_takes_are_refused(alice, workflow, inputs, code):
    with pytest.raises(WireflowError) as refused:
        timed(alice, workflow, inputs=inputs)
    assert refused.value.code == code
    assert not Schedule.objects.exists()


def test_it_runs_the_published_version_where_there_is_one(alice, workflow, schedule):
    publish(actor=actor_for(alice), workflow=workflow, slug="words")
    published = workflow.app.version_id
    workflow.refresh_from_db()
    patch_node(workflow=workflow, node_id="ask", values=[{"prompt": "fog"}])
    assert fired(schedule).execution.version_id == published


# Once


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_start_one_run(alice):
    schedule = timed(alice, make_workflow(alice, *prompt("x")))
    moment = due(schedule)
    at_once([lambda: fire(schedule.pk, moment)] * 20)
    assert (Execution.objects.count(), Firing.objects.count()) == (1, 1)
    assert wallet(alice) == (999, 1, 0)


def test_a_moment_that_comes_again_is_left_alone(schedule):
    """As where it is let go on by a server whose clock is behind."""
    first = fired(schedule)
    Hand().finish(first.execution)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=first.moment)
    fire_due()
    schedule.refresh_from_db()
    assert (Firing.objects.get(), Execution.objects.count(), schedule.refusals) == (first, 1, 0)
    assert schedule.next_at > timezone.now()


def test_a_moment_that_comes_again_too_late_is_left_alone(schedule):
    Schedule.objects.update(late_minutes=0)
    moment = due(schedule, timedelta(minutes=10))
    first = Firing.objects.create(schedule=schedule, moment=moment, outcome=Outcome.STARTED)
    fire_due()
    schedule.refresh_from_db()
    assert (Firing.objects.get(), schedule.refusals) == (first, 0)
    assert schedule.next_at > timezone.now()


def test_a_fault_at_a_moment_that_is_noted_moves_the_schedule_on(schedule, monkeypatch):
    moment = due(schedule)
    first = Firing.objects.create(schedule=schedule, moment=moment, outcome=Outcome.STARTED)

    def deal_with(schedule, moment):
        raise ZeroDivisionError

    monkeypatch.setattr(firing, "_deal_with", deal_with)
    fire_due()
    schedule.refresh_from_db()
    assert (Firing.objects.get(), schedule.refusals) == (first, 0)
    assert schedule.next_at > timezone.now()


def test_a_fault_of_ours_is_a_refusal_and_holds_up_no_other(alice, workflow, schedule, monkeypatch):
    other = timed(alice, make_workflow(alice, *prompt("x"), credits=0))
    broken, real = schedule.pk, firing._start

    def start(schedule, *args, **more):
        if schedule.pk == broken:
            raise ZeroDivisionError
        return real(schedule, *args, **more)

    monkeypatch.setattr(firing, "_start", start)
    due(other)
    found = fired(schedule, timedelta(seconds=2))
    assert (found.outcome, found.said) == (Outcome.REFUSED, firing.OUR_FAULT)
    assert Execution.objects.get().workflow == other.workflow
    assert schedule.next_at > timezone.now()


# The server was down


def test_what_was_missed_is_made_up_for_once(schedule):
    Schedule.objects.update(when={"every": "minutes", "minutes": 5}, late_minutes=60)
    found = fired(schedule, timedelta(hours=7))
    assert (found.outcome, Execution.objects.count()) == (Outcome.STARTED, 1)
    assert timedelta() <= timezone.now() - found.moment <= timedelta(minutes=5)
    assert "did not run" in found.said and "Moments before it were missed." in found.said
    fire_due()
    assert Execution.objects.count() == 1


def test_what_is_too_old_is_not_made_up_for(schedule):
    Schedule.objects.update(late_minutes=30)
    moment = timezone.now() - timedelta(minutes=40)
    Schedule.objects.update(since=moment, when={"every": "hour", "minute": moment.minute})
    found = fired(schedule, timezone.now() - moment.replace(second=0, microsecond=0))
    assert (found.outcome, found.execution, found.said) == (Outcome.MISSED, None, firing.TOO_LATE)
    assert schedule.next_at > timezone.now() and not Execution.objects.exists()


def test_nothing_late_where_that_is_not_wanted(schedule):
    Schedule.objects.update(late_minutes=0)
    assert fired(schedule, timedelta(minutes=6)).outcome == Outcome.MISSED


def test_a_short_pause_is_not_late(schedule):
    Schedule.objects.update(late_minutes=0)
    found = fired(schedule, timedelta(minutes=4))
    assert (found.outcome, found.said) == (Outcome.STARTED, "")


# The run before still goes on


def test_a_moment_is_skipped_while_the_run_before_goes_on(schedule):
    first = fired(schedule)
    assert fired(schedule).outcome == Outcome.SKIPPED
    assert (schedule.skipped, schedule.refusals, Execution.objects.count()) == (1, 0, 1)
    Hand().finish(first.execution)
    assert fired(schedule).outcome == Outcome.STARTED
    assert schedule.skipped == 1


def test_a_run_that_goes_on_is_known_however_many_moments_were_skipped(schedule):
    first = fired(schedule)
    start = timezone.now()
    Firing.objects.bulk_create(
        Firing(schedule=schedule, moment=start + timedelta(days=number), outcome=Outcome.SKIPPED)
        for number in range(1, KEPT + 1)
    )
    assert [fired(schedule).outcome for _ in range(2)] == [Outcome.SKIPPED] * 2
    assert (Execution.objects.count(), Firing.objects.count()) == (1, KEPT + 1)
    Hand().finish(first.execution)
    assert fired(schedule).outcome == Outcome.STARTED
    assert Firing.objects.count() == KEPT and not Firing.objects.filter(pk=first.pk).exists()


def test_runs_may_go_on_side_by_side(alice, workflow):
    schedule = timed(alice, workflow, overlap=Overlap.RUN)
    assert [fired(schedule).outcome for _ in range(3)] == [Outcome.STARTED] * 3
    assert Execution.objects.count() == 3


# Refusals


def test_a_refusal_is_told_and_stops_no_other(alice, workflow):
    poor = timed(alice, workflow, name="Poor")
    Workflow.objects.filter(pk=workflow.pk).update(is_active=False)
    rich = timed(alice, make_workflow(alice, *prompt("x"), credits=0), name="Rich")
    due(poor, timedelta(seconds=3))
    assert fired(rich).outcome == Outcome.STARTED
    found = Firing.objects.get(schedule=poor)
    assert (found.outcome, found.said) == (Outcome.REFUSED, "Workflow is not active")
    [notice] = Notice.objects.filter(user=alice)
    assert (notice.kind, notice.link) == ("schedule", f"/schedules/{poor.pk}")
    assert notice.text == "The schedule “Poor” of “Words” could not start a run: Workflow is not active"


def test_after_some_refusals_in_a_row_it_pauses_itself(alice):
    schedule = timed(alice, make_workflow(alice, *prompt("x"), credits=0))
    before = everything_stored()
    said = [fired(schedule).said for _ in range(MOST_REFUSALS)]
    assert everything_stored() == before
    assert len(set(said)) == 1 and "credit" in said[0]
    assert (schedule.next_at, schedule.refusals) == (None, MOST_REFUSALS)
    assert schedule.paused_because.startswith("It was refused 5 times in a row, at last: ")
    texts = [notice.text for notice in Notice.objects.filter(user=alice).order_by("pk")]
    assert len(texts) == 2 and "has paused itself" in texts[1]
    fire_due()
    assert Firing.objects.count() == MOST_REFUSALS


def test_what_the_minute_has_no_room_for_waits_for_the_next(alice, schedule):
    Team.objects.update(plan="free")
    with atomic():
        for _ in range(10):
            limits.take_start(team=Team.objects.get(pk=schedule.workflow.team_id))
    before = everything_stored()
    moment = due(schedule)
    fire_due()
    schedule.refresh_from_db()
    assert (schedule.next_at, schedule.refusals, everything_stored()) == (moment, 0, before)
    Bucket.objects.filter(name__startswith="starts of team").delete()  # the next minute
    fire_due()
    assert Firing.objects.get().outcome == Outcome.STARTED


def test_what_waits_too_long_for_room_is_refused(alice, schedule):
    Team.objects.update(plan="free")
    with atomic():
        for _ in range(10):
            limits.take_start(team=Team.objects.get(pk=schedule.workflow.team_id))
    found = fired(schedule, LONGEST_WAIT + timedelta(seconds=1))
    assert (found.outcome, found.said) == (
        Outcome.REFUSED,
        "Too many workflow executions. Please try again later.",
    )


def test_a_moment_within_the_grace_runs_though_one_before_it_was_missed(schedule):
    Schedule.objects.update(when={"every": "minutes", "minutes": 5}, late_minutes=0)
    found = fired(schedule, timedelta(minutes=30))
    assert (found.outcome, found.said) == (Outcome.STARTED, firing.MADE_UP_ONCE)


def test_a_run_between_refusals_begins_the_count_anew(alice, workflow, schedule):
    Workflow.objects.update(is_active=False)
    fired(schedule), fired(schedule)
    assert schedule.refusals == 2
    Workflow.objects.update(is_active=True)
    fired(schedule)
    assert schedule.refusals == 0


@pytest.mark.parametrize("who", ["team", "workflow", "person"])
def test_limits_of_spending_count_for_team_workflow_and_person(alice, workflow, who):
    schedule = timed(alice, workflow, overlap=Overlap.RUN)
    subject = {"team": "team", "workflow": f"workflow:{workflow.pk}", "person": f"person:{alice.pk}"}[who]
    set_limit(actor=actor_for(alice), subject=subject, name="", period="day", credits=1, is_hard=True)
    assert fired(schedule).outcome == Outcome.STARTED
    found = fired(schedule)
    assert (found.outcome, Execution.objects.count()) == (Outcome.REFUSED, 1)
    assert "limit" in found.said


def test_a_graph_with_errors_is_refused_with_what_is_wrong(alice):
    schedule = timed(alice, make_workflow(alice, [llm("make"), preview()], "make.text out.value"))
    found = fired(schedule)
    assert found.outcome == Outcome.REFUSED and len(found.said) > 20


def test_a_deleted_workflow_starts_nothing_and_goes_on_when_it_is_back(workflow, schedule):
    Workflow.objects.update(deleted_at=timezone.now())
    due(schedule)
    fire_due()
    assert not Firing.objects.exists()
    Workflow.objects.update(deleted_at=None)
    fire_due()
    assert Execution.objects.count() == 1


def test_a_zone_that_is_no_more_pauses_it(schedule):
    Schedule.objects.update(time_zone="Europe/Atlantis")
    due(schedule)
    fire_due()
    schedule.refresh_from_db()
    assert schedule.next_at is None and "time zone" in schedule.paused_because


# What is kept, and what is asked


def test_only_the_last_moments_are_kept(schedule):
    Workflow.objects.update(is_active=False)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    Firing.objects.bulk_create(
        Firing(schedule=schedule, moment=start + timedelta(hours=number), outcome=Outcome.MISSED)
        for number in range(KEPT + 5)
    )
    newest = fired(schedule)
    kept = Firing.objects.order_by("pk")
    assert (kept.count(), kept.last()) == (KEPT, newest)


def test_few_questions_are_asked_while_nothing_is_due(schedule, django_assert_num_queries):
    with django_assert_num_queries(2):
        fire_due()
