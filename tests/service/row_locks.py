"""Where rows are locked one by one; on SQLite whoever writes waits for all others, so `test_rooms` runs these alone.

What changes money in several rows must take them in the order in which everybody else does. Each test of that has
somebody hold the first of two rows until what is tried waits for it, and then want the second: whoever has taken the
second by then and waits for the first is never let go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F, Model
from django.utils import timezone

from accounts.models import AuditEntry, Team, User
from accounts.team_secrets import signing_secret
from credits.limits import set_limit
from credits.models import Hold, SpendingCount, Wallet
from executions import chores, intakes
from executions.actions import Start, start_execution, stop_executions
from executions.audit import faults
from executions.batches import ItemList
from executions.engine import claims, record
from executions.engine.results import Result, complete
from executions.models import Execution, Intake, IntakeState, NodeRun
from executions.places import Places
from providers.errors import ContentBlocked
from tests.executions.boards import collect, each, llm, text
from tests.executions.conftest import house
from tests.executions.runs import Hand, make_workflow, node_run, prompt, result_of, start, until
from tests.executions.scripted import Scripted, serve_by
from tests.executions.test_lock_order import process_of_database, waits_for_a_lock
from tests.factories import actor_for, make_member, team_of
from tests.processes import PATIENCE
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

T = TypeVar("T")


@pytest.fixture(autouse=True)
def without_keys(house, monkeypatch) -> None:
    serve_by(Scripted(takes_keys=False), monkeypatch)


FIRST = [text("ask", "x"), llm("first"), llm("make")]
FIRST_STEPS = ("ask.prompt first.prompt", "first.text make.prompt")
#: Where ``make`` fails, or makes what is no JSON, what was set aside for ``later`` goes back.
GIVING = [*FIRST, node("read", "utility:json_extract", path="x"), llm("later")]
GIVING_STEPS = (*FIRST_STEPS, "make.text read.json", "read.value later.prompt")
#: Where ``make`` fails, the list is what ``words`` made, and its item is set aside for.
GROWING = [*FIRST, llm("words"), node("merge", "logic:merge"), each(), llm("item"), collect()]
GROWING[2] = {**GROWING[2], "data": {**GROWING[2]["data"], "onError": "skip"}}
GROWING_STEPS = (
    *FIRST_STEPS, "ask.prompt words.prompt", "make.text merge.a", "words.text merge.b", "merge.value each.list",
    "each.item item.prompt", "item.text all.item",
)  # fmt: skip


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


@contextmanager
def locked(row: Model) -> Iterator[None]:
    """Somebody else has a row, and nobody waits for it long."""
    with in_other_hands(row), waiting_shortly():
        yield


@contextmanager
def waiting_shortly() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


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


@contextmanager
def in_other_hands(row: Model) -> Iterator[None]:
    """Somebody else has a row locked meanwhile."""
    with half_done(lambda: type(row)._default_manager.select_for_update().get(pk=row.pk)):
        yield


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


@contextmanager
def half_done(deed: Callable[[], object]) -> Iterator[None]:
    """Somebody else, with a connection of their own, is in the middle of it meanwhile."""
    is_done, may_go = threading.Event(), threading.Event()

    def edit() -> None:
        try:
            with transaction.atomic():
                deed()
                is_done.set()
                assert may_go.wait(PATIENCE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        editing = elsewhere.submit(edit)
        try:
            assert is_done.wait(PATIENCE)
            yield
        finally:
            may_go.set()
        editing.result(PATIENCE)


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


def tried_beside(
    what: Callable[[], T], *, holds: Callable[[], object], then_wants: Callable[[], object]
) -> T:
    """What comes of it while somebody else holds one thing until it waits for that, and then wants another."""
    process: list[int] = []

    def try_it() -> T:
        try:
            process.append(process_of_database())
            return what()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            holds()
            trying = elsewhere.submit(try_it)
            until(lambda: trying.done() or (process and waits_for_a_lock(process[0])))
            assert not trying.done(), "It does not want what is held."
            then_wants()
        return trying.result(PATIENCE)


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


def hold_count(count: SpendingCount) -> None:
    assert SpendingCount.objects.filter(pk=count.pk).update(used=F("used")) == 1


def hold_wallet(user: User) -> None:
    assert Wallet.objects.filter(team=team_of(user)).update(held=F("held")) == 1


def limited(user: User, kind: tuple[object, ...]) -> Workflow:
    """A workflow with a limit of its own."""
    made = make_workflow(user, *kind)
    name = f"workflow:{made.pk}"
    set_limit(actor=actor_for(user), subject=name, name="", period="day", credits=1000, is_hard=True)
    return made


def started(*workflows: tuple[User, Workflow]) -> list[Execution]:
    """A run of each, in the order in which they are locked."""
    while True:
        runs = [
            start_execution(workflow=one, team=team_of(user), start=Start(), user=user)
            for user, one in workflows
        ]
        if runs == sorted(runs, key=lambda run: run.pk):
            return runs


def count_of(workflow: Workflow) -> SpendingCount:
    return SpendingCount.objects.get(limit__subject=f"workflow:{workflow.pk}")


def make(execution: Execution, **made: str) -> None:
    for node_id, words in made.items():
        [claim] = Hand().claim([node_run(execution, node_id)])
        complete([result_of(claim, words)])


def lose(*executions: Execution) -> None:
    """Nobody knows what became of two calls for ``make``: taken up once more it fails."""
    for one in executions:
        for _ in range(2):
            [claim] = Hand().claim([node_run(one)])
            assert record.put_back(execution_id=one.pk, node_run_id=claim.node_run_id, attempt=claim.attempt)


def results_of(*executions: Execution, words: str) -> list[Result]:
    return [result_of(one, words) for one in Hand().claim([node_run(run) for run in executions])]


def taken_up(*executions: Execution) -> Callable[[], list[claims.Claim]]:
    ids = [node_run(one).pk for one in executions]
    return lambda: claims.claim(ids)


def two_giving(one: User, other: User) -> tuple[Execution, Execution, SpendingCount, SpendingCount]:
    """Two runs in the order in which they are locked, and their counts, which are in the opposite order."""
    first_counted, then_counted = (
        limited(one, (GIVING, *GIVING_STEPS)),
        limited(other, (GIVING, *GIVING_STEPS)),
    )
    started((one, first_counted))
    then, last = started((other, then_counted), (one, first_counted))
    low, high = count_of(first_counted), count_of(then_counted)
    assert low.pk < high.pk
    return then, last, low, high


def used() -> dict[int, int]:
    return dict(SpendingCount.objects.values_list("pk", "used"))


def test_results_of_several_runs_give_back_to_counts_in_their_order(alice):
    then, last, low, high = two_giving(alice, alice)
    for one in (then, last):
        make(one, first="a word")
    before = used()
    results = results_of(then, last, words="no JSON")
    tried_beside(
        lambda: complete(results), holds=lambda: hold_count(low), then_wants=lambda: hold_count(high)
    )
    assert used() == {low.pk: before[low.pk] - 1, high.pk: before[high.pk] - 1}
    assert faults() == []


@pytest.mark.parametrize("is_one_team", [True, False])
def test_what_fails_as_it_is_taken_up_gives_back_to_counts_in_their_order(alice, charlie, is_one_team):
    then, last, low, high = two_giving(alice, alice if is_one_team else charlie)
    for one in (then, last):
        make(one, first="a word")
    lose(then, last)
    before = used()
    claimed = tried_beside(
        taken_up(then, last), holds=lambda: hold_count(low), then_wants=lambda: hold_count(high)
    )
    assert claimed == []
    assert used() == {low.pk: before[low.pk] - 2, high.pk: before[high.pk] - 2}
    assert faults() == []


def growing_and_giving(user: User) -> tuple[Execution, Execution, SpendingCount]:
    """A run that grows when it is taken up, one behind it that gives back, and the count of that."""
    grows, gives = limited(user, (GROWING, *GROWING_STEPS)), limited(user, (GIVING, *GIVING_STEPS))
    growing, giving = started((user, grows), (user, gives))
    make(growing, first="a word", words="a boat")
    make(giving, first="a word")
    lose(growing, giving)
    return growing, giving, count_of(gives)


@pytest.mark.parametrize("is_of_yesterday", [False, True])
def test_what_grows_takes_the_wallet_after_the_counts_of_those_that_fail_beside_it(alice, is_of_yesterday):
    growing, giving, count = growing_and_giving(alice)
    if is_of_yesterday:
        yesterday = timezone.now().date() - timedelta(days=1)
        SpendingCount.objects.update(starts_on=yesterday)
    before = used()
    claimed = tried_beside(
        taken_up(growing, giving), holds=lambda: hold_count(count), then_wants=lambda: hold_wallet(alice)
    )
    assert claimed == []
    assert used()[count.pk] == before[count.pk] - 2
    [item] = NodeRun.objects.filter(execution=growing, node_id="item")
    counted_in = SpendingCount.objects.get(pk=Hold.objects.get(reference=item.hold_reference).counts)
    assert (counted_in.pk in before) is not is_of_yesterday
    assert faults() == []


def test_places_are_asked_for_before_credits_go_back(alice, charlie):
    """One of them fails that needs no place, and one behind it needs one."""
    workflow = limited(alice, (GIVING, *GIVING_STEPS))
    failing, calling = started((alice, workflow), (charlie, make_workflow(charlie, *prompt("x"))))
    Team.objects.filter(pk=team_of(charlie).pk).update(plan="free")
    make(failing, first="a word")
    lose(failing)
    [claimed] = tried_beside(
        taken_up(failing, calling), holds=Places, then_wants=lambda: hold_count(count_of(workflow))
    )
    assert claimed.execution_id == calling.pk
    assert faults() == []


def test_a_step_that_fails_takes_the_wallet_after_a_limit_that_was_set_since(alice):
    workflow = limited(alice, (GROWING, *GROWING_STEPS))
    [execution] = started((alice, workflow))
    make(execution, first="a word", words="a boat")
    [claim] = Hand().claim([node_run(execution)])
    set_limit(actor=actor_for(alice), subject="team", name="", period="day", credits=1000, is_hard=True)
    start_execution(
        workflow=make_workflow(alice, *prompt("x")), team=team_of(alice), start=Start(), user=alice
    )
    since = SpendingCount.objects.get(limit__subject="team")
    error = ContentBlocked("No.")
    tried_beside(
        lambda: record.fail(node_run_id=claim.node_run_id, attempt=claim.attempt, error=error),
        holds=lambda: hold_count(since),
        then_wants=lambda: hold_wallet(alice),
    )
    assert node_run(execution, "item", "0").status == "READY"
    assert faults() == []


def test_wallets_of_teams_whose_lists_grow_together_are_taken_in_their_order(alice, charlie):
    of_alice, of_charlie = (make_workflow(one, GROWING, *GROWING_STEPS) for one in (alice, charlie))
    then, last = started((charlie, of_charlie), (alice, of_alice))
    for one in (then, last):
        make(one, first="a word", words="a boat")
    lose(then, last)
    assert team_of(alice).pk < team_of(charlie).pk
    tried_beside(
        taken_up(then, last), holds=lambda: hold_wallet(alice), then_wants=lambda: hold_wallet(charlie)
    )
    assert faults() == []
