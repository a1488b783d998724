"""Tables that are larger than one transaction: paid for as a whole, made into runs lot by lot."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEntry, Team
from credits.limits import SpendingLimitReached, set_limit
from credits.models import Entry, Hold, PriceVersion, SpendingCount, SpendingLimit, Wallet
from credits.prices import prices_of
from credits.wallets import InsufficientCredits
from executions import intakes
from executions.actions import Start, accept_executions, cancel_execution
from executions.audit import faults
from executions.batches import ItemList, rows_of
from executions.chores import CHORES
from executions.estimate import estimate_of
from executions.models import TABLE, Batch, Execution, Intake, IntakeState, NodeRun
from providers.catalog import load_catalog
from tests.executions.boards import text
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, wallet
from tests.factories import actor_for
from tests.processes import PATIENCE
from workflows.actions import replace_workflow
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

ROWS = 60
EACH = 1


def table(count: int = ROWS) -> list[ItemList]:
    return [ItemList("ask", [f"fox {number}" for number in range(count)])]


def take_on(alice, workflow: Workflow, lists: list[ItemList], batch_id: uuid.UUID | None = None):
    start = Start(lists=lists, trigger=TABLE)
    rows = rows_of(lists, most=intakes.MOST_ROWS)
    _, prices = estimate_of(workflow, actor_for(alice), start, rows)
    team = Team.objects.get(pk=workflow.team_id)
    return intakes.take_on(
        workflow=workflow, team=team, user=alice, lists=lists, prices=prices, batch_id=batch_id
    )


@pytest.fixture
def workflow(alice):
    return make_workflow(alice, *prompt("a boat"))


def test_what_was_taken_on_is_paid_for_at_once_and_becomes_runs_lot_by_lot(alice, workflow):
    batch = take_on(alice, workflow, table())
    price = wallet(alice)[1]
    assert (Execution.objects.count(), price) == (0, ROWS * EACH)
    assert faults() == []
    for made, left in ((25, 35), (50, 10), (60, 0)):
        assert intakes.accept_lot(batch)
        assert (Execution.objects.count(), len(Intake.objects.get().rows)) == (made, left)
        assert wallet(alice)[1] == price
        assert faults() == []
    assert not intakes.accept_lot(batch)
    found = Execution.objects.order_by("run_index")
    assert [(one.run_index, one.input_index, one.inputs) for one in found] == [
        (number, number, {"ask": f"fox {number}"}) for number in range(ROWS)
    ]
    assert {(one.trigger, one.started_by, one.batch_id) for one in found} == {(TABLE, alice, batch)}
    over = Intake.objects.get()
    assert (over.state, over.nodes, over.refused) == (IntakeState.OVER, [], "")


def test_what_cannot_be_paid_whole_leaves_nothing_behind(alice, workflow):
    Wallet.objects.update(available=ROWS * EACH - 1)
    before = everything_stored()
    with pytest.raises(InsufficientCredits) as refused:
        take_on(alice, workflow, table())
    assert (refused.value.required, refused.value.available) == (ROWS * EACH, ROWS * EACH - 1)
    assert everything_stored() == before


def test_a_table_is_taken_on_once_under_one_id(alice, workflow):
    batch = take_on(alice, workflow, table())
    before = everything_stored()
    with pytest.raises(IntegrityError), transaction.atomic():
        take_on(alice, workflow, table(), batch_id=batch)
    assert everything_stored() == before


def test_all_rows_count_for_the_day_at_once_and_never_again(alice, workflow):
    Team.objects.update(plan="free")
    before = everything_stored()
    with pytest.raises(intakes.limits.LimitReached, match="allows 50 a day"):
        take_on(alice, workflow, table())
    assert everything_stored() == before
    Team.objects.update(plan="pro")
    take_on(alice, workflow, table())
    team = Team.objects.get(pk=workflow.team_id)
    used = intakes.limits.use_of(team)
    intakes.go_on(seconds=PATIENCE)
    assert intakes.limits.use_of(team) == used
    assert (used["starts"].used, used["day"].used) == (1, ROWS)


def test_runs_of_a_table_keep_to_the_plan(alice, workflow):
    Team.objects.update(plan="pro")
    take_on(alice, workflow, table())
    intakes.go_on(seconds=PATIENCE)
    states = list(Execution.objects.order_by("run_index").values_list("status", flat=True))
    assert states == ["RUNNING"] * 10 + ["PENDING"] * (ROWS - 10)


def test_the_graph_is_the_one_that_the_table_was_sent_with(alice, workflow):
    batch = take_on(alice, workflow, table())
    intakes.accept_lot(batch)
    replace_workflow(workflow=workflow, nodes=[text("ask", "another")], edges=[])
    assert intakes.go_on in CHORES
    intakes.go_on(seconds=PATIENCE)
    assert Execution.objects.count() == ROWS
    assert Hand().finish(Execution.objects.get(run_index=ROWS - 1)).status == "COMPLETED"


def limited(alice, credits: int, subject: str = "team") -> SpendingLimit:
    return set_limit(
        actor=actor_for(alice), subject=subject, name=subject, period="day", credits=credits, is_hard=True
    )


def test_limits_of_spending_are_asked_once_for_the_whole_table(alice, workflow):
    limited(alice, ROWS * EACH - 1)
    before = everything_stored()
    with pytest.raises(SpendingLimitReached):
        take_on(alice, workflow, table())
    assert everything_stored() == before
    limit = limited(alice, ROWS * EACH)
    take_on(alice, workflow, table())
    counts = SpendingCount.objects.filter(limit=limit)
    counts.update(starts_on=timezone.now().date() - timedelta(days=1))  # the day ends before the runs begin
    limited(alice, 1)
    limited(alice, 1, f"person:{alice.pk}")
    intakes.go_on(seconds=PATIENCE)
    assert Execution.objects.count() == ROWS
    assert list(SpendingCount.objects.values_list("limit", "used")) == [(limit.pk, ROWS * EACH)]
    assert faults() == []
    Hand().finish(Execution.objects.get(run_index=0))
    cancel_execution(execution_id=Execution.objects.get(run_index=1).pk)
    assert counts.get().used == (ROWS - 1) * EACH


def test_a_table_is_paid_at_the_prices_it_was_taken_on_at(alice, workflow):
    batch = take_on(alice, workflow, table())
    (kind,) = Intake.objects.get().prices
    intakes.accept_lot(batch)
    assert (
        Execution.objects.first().prices == Intake.objects.get().prices == prices_of([load_catalog()[kind]])
    )
    intakes.stop(batch, by="Alice")
    # As if the next one had been taken on when the catalog said something else.
    terms = {"price": {"unit": "call", "usd": 0.03}, "credits": 3}
    older = PriceVersion.objects.create(node_type=kind, number=1, digest="0" * 16, terms=terms)
    team = Team.objects.get(pk=workflow.team_id)
    second = intakes.take_on(workflow=workflow, team=team, user=alice, lists=table(), prices=[3] * ROWS)
    Intake.objects.filter(pk=second).update(prices={kind: older.digest})
    Wallet.objects.update(available=0)
    held = wallet(alice)[1]
    assert intakes.accept_lot(second)
    assert (Execution.objects.filter(batch=second).count(), wallet(alice)[:2]) == (25, (0, held))
    assert set(
        NodeRun.objects.filter(execution__batch=second, price__gt=0).values_list("price", flat=True)
    ) == {3}


def test_credits_set_aside_for_the_sandbox_are_told_as_such(alice, workflow):
    take_on(alice, workflow, table())
    assert list(Hold.objects.values_list("is_sandbox", flat=True)) == [True] * 3
    assert list(Entry.objects.filter(kind="hold").values_list("is_sandbox", flat=True)) == [True] * 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "The workflow was switched off."),
        ({"deleted_at": "2026-01-01T00:00:00Z"}, "The workflow was deleted."),
    ],
)
def test_rows_that_are_refused_later_give_their_credits_back_and_say_why(alice, workflow, change, why):
    batch = take_on(alice, workflow, table())
    intakes.accept_lot(batch)
    Workflow.objects.filter(pk=workflow.pk).update(**change)
    intakes.go_on(seconds=PATIENCE)
    intake = Intake.objects.get()
    assert (intake.state, intake.refused, len(intake.rows)) == (IntakeState.OVER, why, 35)
    assert (Execution.objects.count(), wallet(alice)[1]) == (25, 25 * EACH)
    assert faults() == []


def test_a_stop_ends_the_rows_to_come_and_the_runs_in_the_background(alice, workflow):
    batch = take_on(alice, workflow, table())
    intakes.accept_lot(batch)
    assert intakes.stop(batch, by="Bob") and intakes.stop(batch, by="Alice")
    assert wallet(alice)[1] == 25 * EACH
    assert intakes.stop_some(batch, by="Alice", until=time.monotonic()) == 1
    assert Intake.objects.get().state == IntakeState.STOPPING
    intakes.go_on(seconds=PATIENCE)
    assert Intake.objects.get().state == IntakeState.OVER
    assert set(Execution.objects.values_list("status", "stopped_by")) == {("CANCELLED", "Alice")}
    assert (Execution.objects.count(), wallet(alice)[1]) == (25, 0)
    assert faults() == []


def test_tables_take_turns(alice, workflow):
    both = [take_on(alice, workflow, table(75)), take_on(alice, workflow, table(75))]
    intakes.go_on(seconds=PATIENCE)
    # Its time is when a lot began: the lots of one table stand between those of the other.
    runs = Execution.objects.filter(run_index__in=(0, 25, 50)).order_by("created_at")
    assert list(runs.values_list("batch", "run_index")) == [
        (batch, first) for first in (0, 25, 50) for batch in both
    ]


def test_a_table_that_breaks_off_gives_its_credits_back_and_holds_up_no_other(alice, workflow, caplog):
    broken, whole = take_on(alice, workflow, table()), take_on(alice, workflow, table())
    Intake.objects.filter(pk=broken).update(rows=[[] for _ in range(ROWS)])
    intakes.go_on(seconds=PATIENCE)
    assert str(broken) in caplog.text
    ended = Intake.objects.get(pk=broken)
    assert (ended.state, ended.refused) == (IntakeState.OVER, intakes.OUR_FAULT)
    assert Intake.objects.get(pk=whole).state == IntakeState.OVER
    assert set(Execution.objects.values_list("batch", flat=True)) == {whole}
    assert (Execution.objects.count(), wallet(alice)[1]) == (ROWS, ROWS * EACH)
    assert faults() == []


def test_a_table_that_cannot_even_be_ended_holds_up_no_other(alice, workflow, caplog):
    broken, whole = take_on(alice, workflow, table()), take_on(alice, workflow, table())
    Intake.objects.filter(pk=broken).update(lot=0)
    intakes.go_on(seconds=PATIENCE)
    assert f"The table of batch {broken} broke off." in caplog.text
    assert Intake.objects.get(pk=broken).state == IntakeState.OPEN
    assert Intake.objects.get(pk=whole).state == IntakeState.OVER
    assert Execution.objects.filter(batch=whole).count() == ROWS


def unanswered(execute, sql, *rest):
    """The database goes away as soon as runs are to be stored."""
    if sql.startswith("INSERT") and '"executions_execution"' in sql:
        raise OperationalError("server closed the connection unexpectedly")
    return execute(sql, *rest)


def test_while_the_database_is_away_no_table_is_ended(alice, workflow):
    batch = take_on(alice, workflow, table())
    with connection.execute_wrapper(unanswered), pytest.raises(OperationalError):
        intakes.go_on(seconds=PATIENCE)
    assert Intake.objects.get().state == IntakeState.OPEN
    assert (Execution.objects.count(), wallet(alice)[1]) == (0, ROWS * EACH)
    intakes.go_on(seconds=PATIENCE)
    assert Execution.objects.filter(batch=batch).count() == ROWS
    assert faults() == []


def test_a_table_is_no_batch_that_a_stranger_may_see(signed_in, alice, charlie, workflow):
    batch = take_on(alice, workflow, table())
    assert signed_in(alice).get(f"/batches/{batch}").status_code == 200
    assert signed_in(charlie).get(f"/batches/{batch}").status_code == 404
    assert signed_in(charlie).post(f"/batches/{batch}/stop").status_code == 404
    assert Intake.objects.get().state == IntakeState.OPEN


def logged() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(action="run.stopped").order_by("pk").values_list("who", "subject"))


def test_the_log_tells_once_who_stopped_a_table_and_nothing_when_nothing_was(alice, bob, workflow):
    batch = take_on(alice, workflow, table())
    intakes.accept_lot(batch)
    stop = partial(intakes.stop_batch, batch_id=batch, seconds=0)
    assert [stop(actor=actor_for(one)) for one in (alice, alice, bob)] == [1, 1, 1]
    assert logged() == [(one.email, f"batch {batch}") for one in (alice, bob)]
    intakes.go_on(seconds=PATIENCE)
    assert stop(actor=actor_for(alice)) == 0
    assert (len(logged()), Intake.objects.get().state) == (2, IntakeState.OVER)


def test_the_log_tells_who_stopped_a_batch_of_which_something_ran(alice, workflow):
    start = Start(lists=table(2))
    one, other = (
        run.execution
        for run in accept_executions(
            workflow=workflow, team=Team.objects.get(pk=workflow.team_id), start=start, user=alice
        )
    )
    stop = partial(intakes.stop_batch, actor=actor_for(alice), batch_id=one.batch_id, seconds=0)
    assert [stop(), stop()] == [2, 0]
    assert logged() == [(alice.email, f"batch {other.batch_id}")]


def test_the_ledger_leads_from_rows_to_their_batch(signed_in, alice, workflow):
    batch = take_on(alice, workflow, table())
    shown = signed_in(alice).get("/usage/ledger").content.decode()
    assert shown.count(f'<a href="/batches/{batch}">A large table</a>') == 3
    assert "rows 26–50 of a table of Words" in shown


def test_rows_of_a_table_that_is_over_are_dropped_after_a_month(signed_in, alice, workflow):
    over, open_still = take_on(alice, workflow, table()), take_on(alice, workflow, table())
    intakes.stop(over, by="Alice")
    intakes.stop_some(over, by="Alice", until=time.monotonic() + PATIENCE)
    assert signed_in(alice).get(f"/batches/{over}").status_code == 200
    intakes.forget_old()
    assert Intake.objects.count() == 2
    Batch.objects.update(created_at=timezone.now() - intakes.KEPT - timedelta(days=1))
    assert intakes.forget_old in CHORES
    intakes.forget_old()
    assert Intake.objects.get().pk == open_still
    assert signed_in(alice).get(f"/batches/{over}").status_code == 404
