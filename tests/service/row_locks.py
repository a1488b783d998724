"""What somebody has locked holds up no other. On SQLite whoever writes waits for all others, so `test_rooms` runs these
alone.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.team_secrets import signing_secret
from executions import chores, intakes
from executions.actions import stop_executions
from executions.audit import faults
from executions.batches import ItemList
from executions.models import Execution, Intake, IntakeState
from tests.executions.boards import text
from tests.executions.conftest import house
from tests.executions.runs import make_workflow, prompt, start
from tests.executions.scripted import Scripted, serve_by
from tests.factories import actor_for, make_member, team_of
from tests.other_hands import (
    half_done,
    in_other_hands,
    locked,
    started,
    tried_beside,
    waiting_shortly,
)
from tests.receiver import receiving
from tests.triggers.timed import due, timed
from tests.workflows.graphs import node
from triggers import deliveries, firing
from triggers.models import Delivery, DeliveryState, Firing, Schedule
from triggers.publishing import publish
from workflows import actions
from workflows.models import PieceEdit, Snapshot, Workflow
from workflows.snapshots import REST, keep_drafts_at_rest

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def without_keys(house, monkeypatch) -> None:
    serve_by(Scripted(takes_keys=False), monkeypatch)


def takes_too_long() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute("SELECT pg_sleep(60)")


def test_a_chore_that_always_takes_too_long_does_not_keep_those_behind_it_from_being_done(
    monkeypatch, caplog
):
    done: list[str] = []
    monkeypatch.setattr(chores, "CHORES", [takes_too_long, lambda: done.append("the next")])
    chores.do_chores()
    assert done == ["the next"]
    assert "canceling statement due to statement timeout" in caplog.text


def test_a_table_that_somebody_has_locked_holds_up_no_other(alice):
    workflow = make_workflow(alice, *prompt("x"))
    batches = [
        intakes.take_on(
            workflow=workflow,
            team=team_of(alice),
            user=alice,
            lists=[ItemList("ask", ["a", "b"])],
            prices=[1, 1],
        )
        for _ in range(2)
    ]
    with locked(Intake.objects.get(batch=batches[0])):
        intakes.go_on()
    states = dict(Intake.objects.values_list("batch", "state"))
    assert states == {batches[0]: "open", batches[1]: "over"}
    intakes.go_on()
    assert Execution.objects.count() == 4
    assert faults() == []


def test_a_schedule_that_somebody_has_locked_holds_up_no_other(alice):
    workflow = make_workflow(alice, *prompt("x"))
    schedules = [timed(alice, workflow, name=name) for name in ("first", "second")]
    for one, ago in zip(schedules, (31, 30), strict=True):
        due(one, timedelta(seconds=ago))
    with locked(schedules[0]):
        firing.fire_due()
    assert list(Firing.objects.values_list("schedule", flat=True)) == [schedules[1].pk]
    firing.fire_due()
    assert set(Firing.objects.values_list("schedule", flat=True)) == {one.pk for one in schedules}


def test_the_log_tells_what_was_stopped_before_a_run_that_somebody_has_locked(alice):
    workflow = make_workflow(alice, *prompt("x"))
    first, second = started((alice, workflow), (alice, workflow))
    with locked(second), pytest.raises(OperationalError, match="lock timeout"):
        stop_executions(actor=actor_for(alice), ids=[first.pk, second.pk])
    assert list(Execution.objects.filter(status="CANCELLED")) == [first]
    assert list(AuditEntry.objects.filter(action="run.stopped").values_list("subject")) == [(str(first.pk),)]


def test_a_delivery_whose_secret_somebody_is_making_holds_up_no_other(alice, charlie, settings, tmp_path):
    settings.SEAL_KEY_FILE = tmp_path / "seal"
    sound = team_of(charlie)
    signing_secret(team_id=sound.pk)
    with receiving() as receiver:
        settings.DELIVERY_HOSTS = frozenset([receiver.host])
        sends = node("send", "output:webhook", url=receiver.url)
        for one in (alice, charlie):
            start(one, [text("ask", "x"), sends], "ask.prompt send.data")
        made = half_done(lambda: signing_secret(team_id=team_of(alice).pk))
        with made, waiting_shortly():
            deliveries.send(list(Delivery.objects.order_by("created_at").values_list("pk", flat=True)))
    assert [call.json["data"] for call in receiver.calls] == [["x"]]
    sent, left = Delivery.objects.order_by("state")
    assert (sent.execution.team, sent.state) == (sound, DeliveryState.DELIVERED)
    assert (left.state, left.tries, left.log[0]["said"]) == (DeliveryState.OPEN, 1, deliveries.OUR_FAULT)


def test_a_table_that_uses_up_the_time_of_a_round_is_the_last_of_the_next_ones(alice):
    workflow = make_workflow(alice, *prompt("x"))
    first, second, third = (
        intakes.take_on(
            workflow=workflow, team=team_of(alice), user=alice, lists=[ItemList("ask", ["a"])], prices=[1]
        )
        for _ in range(3)
    )

    def go_on() -> set[UUID]:
        intakes.go_on(seconds=0)
        return set(Intake.objects.filter(state=IntakeState.OVER).values_list("pk", flat=True))

    with locked(Intake.objects.get(batch=first)):
        assert go_on() == set()
        assert go_on() == {second}
        assert go_on() == {second, third}
        late = intakes.take_on(
            workflow=workflow, team=team_of(alice), user=alice, lists=[ItemList("ask", ["a"])], prices=[1]
        )
    assert go_on() == {first, second, third, late}  # whatever comes after it, it has its turn


def test_a_schedule_that_uses_up_the_time_of_a_round_is_the_last_of_the_next_ones(alice):
    workflow = make_workflow(alice, *prompt("x"))
    first, second, third = schedules = [timed(alice, workflow, name=name) for name in ("1", "2", "3")]
    for one, ago in zip(schedules, (31, 30, 29), strict=True):
        due(one, timedelta(seconds=ago))

    def fire() -> set[UUID]:
        firing.fire_due(seconds=0)
        return set(Firing.objects.values_list("schedule", flat=True))

    with locked(first):
        assert fire() == set()
        assert fire() == {second.pk}
        assert fire() == {second.pk, third.pk}
    assert fire() == {first.pk, second.pk, third.pk}


def test_schedules_without_their_person_that_somebody_has_locked_take_no_more_time_than_there_is(
    alice, caplog
):
    workflow = make_workflow(alice, *prompt("x"))
    gone = make_member("bert", team_of(alice), role="editor")
    left, other = (timed(gone, workflow, name=name) for name in ("left", "other"))
    sound = timed(alice, workflow, name="sound")
    gone.memberships.all().delete()
    due(sound, timedelta(seconds=30))
    with locked(left), in_other_hands(other):
        firing.fire_due(seconds=0)
    assert Firing.objects.get().schedule == sound
    assert caplog.text.count("cannot be dealt with") == 1
    for _ in range(2):
        firing.fire_due(seconds=0)
    assert set(Schedule.objects.exclude(paused_because="")) == {left, other}


def test_a_draft_that_somebody_is_at_is_left_to_the_next_round(alice):
    workflow = make_workflow(alice, *prompt("a boat"))
    free = actions.duplicate_workflow(actor=actor_for(alice), workflow=workflow)
    long_ago = timezone.now() - REST - timedelta(minutes=1)
    Snapshot.objects.all().delete()
    Workflow.objects.update(unkept_since=long_ago)
    with in_other_hands(workflow):
        keep_drafts_at_rest()
        assert list(Snapshot.objects.values_list("workflow", flat=True)) == [free.pk]
        assert Workflow.objects.get(pk=workflow.pk).unkept_since == long_ago
    keep_drafts_at_rest()
    assert Snapshot.objects.filter(workflow=workflow).count() == 1


def test_who_saves_while_somebody_publishes_is_not_forgotten(alice):
    """The draft was read before the save was committed, and who saved noted before that."""
    workflow = make_workflow(alice, *prompt("a boat"))
    publish(actor=actor_for(alice), workflow=workflow)
    bob = make_member("bert", team_of(alice), role="editor")
    patch = partial(actions.patch_node, workflow=Workflow.objects.get(pk=workflow.pk), node_id="make", by=bob)
    tried_beside(
        lambda: publish(actor=actor_for(alice), workflow=workflow),
        holds=lambda: patch(values=[{"prompt": "a ship"}]),
        then_wants=lambda: None,
    )
    assert [one.by for one in PieceEdit.objects.all()] == [bob]
