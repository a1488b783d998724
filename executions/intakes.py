"""Tables too large for one transaction: taken on and paid for as a whole, made into runs lot by lot.

An *intake* is such a table from the moment that it is taken on until all of its rows are runs of its batch; a *lot* is
as many of its rows as become runs in one transaction.

Taking one on stores its rows and the prices of that moment, counts all of them against the limits of the plan and of
spending, and sets the price of every lot aside. Each lot is then one transaction, which gives back what was set aside
for it, writes the runs with holds of their own at the prices that were kept, counted where the lot was, and takes their
rows off the table. So neither a new price nor a limit set or used up meanwhile refuses a lot. What still can: the
workflow was deleted or switched off, something that the graph needs is gone, or the sandbox, free when the table was
sent, is free no more and the credits do not reach. Whatever dies in between, a row is either still to come or a run.

The order of locks: docs/how-a-run-survives-a-crash.md.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import limits
from accounts.actor import Actor
from accounts.models import Team, User
from credits.actions import Ask, counts_of, hold, release
from executions import failpoints, turns
from executions.actions import Plans, Start, cancel_execution, log_stop, store_runs
from executions.batches import ItemList, rows_of
from executions.engine.work import DATABASE_AWAY, is_database_away
from executions.models import TABLE, Batch, Execution, ExecutionQuerySet, Intake, IntakeState
from executions.providers import opened_for
from executions.rounds import Rounds
from executions.states import ExecutionStatus
from executions.writing import spenders_of
from wireflow_ui.errors import WireflowError
from workflows.models import Workflow

log = logging.getLogger("wireflow.executions")
_rounds = Rounds[uuid.UUID]()

MOST_ROWS = 1_000
#: For so long the rows that were not started can be started once more.
KEPT = timedelta(days=30)
#: So many rows in one transaction: on SQLite it holds up every other writer.
LOT = 25
#: Rows times nodes of a table at most: each of them is checked and priced before anything starts.
MOST_NODE_RUNS = 10_000
#: What the page of a batch says when a lot broke off because of a mistake of ours.
OUR_FAULT = "Something went wrong in this program. Start these rows once more, or tell whoever runs it."


def take_on(
    *,
    workflow: Workflow,
    team: Team,
    user: User,
    lists: Sequence[ItemList],
    prices: Sequence[int],
    names: Sequence[str] = (),
    batch_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Take a whole table on, or refuse it. ``prices`` are the credits of each row, ``names`` what they are called.
    Returns its batch, which gets the id that the caller gives it: a second one of it raises IntegrityError.

    Raises `LimitReached` (429), `SpendingLimitReached` (429) or `InsufficientCredits` (402), and `WireflowError` (400)
    for a workflow that is off. The rows were checked by the caller.
    """
    if not workflow.is_active:
        raise WireflowError("Workflow is not active", code="workflow_inactive")
    nodes, edges = workflow.graph_json()
    rows = [list(row) for row in zip(*(one.items for one in lists), strict=True)]
    batch = Batch(id=batch_id or uuid.uuid4(), team=team)
    first_row = rows_of(lists, most=MOST_ROWS)[0]
    kept = Plans(workflow, team, Start(lists=lists, trigger=TABLE)).of(first_row).prices()
    payer = Execution(team=team, workflow=workflow, started_by=user, trigger=TABLE)
    asks = [
        Ask(
            reference=_reference(batch.pk, first),
            amount=sum(prices[first : first + LOT]),
            note=f"rows {first + 1}–{min(first + LOT, len(rows))} of a table of {workflow.name}",
            is_sandbox=not opened_for(team),
        )
        for first in range(0, len(rows), LOT)
    ]
    with transaction.atomic():
        limits.take_start(team=team, runs=len(rows))
        batch.save(force_insert=True)
        Intake.objects.create(
            batch=batch,
            workflow=workflow,
            started_by=user,
            nodes=list(nodes),
            edges=list(edges),
            columns=[one.node_id for one in lists],
            rows=rows,
            names=list(names),
            size=len(rows),
            lot=LOT,
            prices=kept,
        )
        hold(team_id=team.pk, asks=asks, subjects=spenders_of(payer))
    return batch.pk


def go_on(*, seconds: float = 1.0) -> None:
    """Make runs of the rows that are to come, and stop what is to be stopped, for so long; the tables take turns.

    A table that breaks off holds up no other: it comes behind them, in this round and in those to come, and at least
    one of those that broke off before is tried again. Raises only what says that the database is away.
    """
    end = time.monotonic() + seconds
    waiting = Intake.objects.exclude(state=IntakeState.OVER).order_by("batch__created_at")
    states = dict(waiting.values_list("pk", "state"))
    sound, broken = _rounds.parted(states)
    last = [(pk, states[pk]) for pk in broken]
    while sound and _take_turns([(pk, states[pk]) for pk in sound], until=end):
        states = dict(waiting.values_list("pk", "state"))
        sound, _ = _rounds.parted(states)
    _take_turns(last, until=end)


def _take_turns(tables: Sequence[tuple[uuid.UUID, str]], *, until: float) -> bool:
    """One turn for each of these, which are in this state. False when the time was over."""
    for pk, state in tables:
        if _go_on_with(pk, state, until=until):
            _rounds.went_well(pk)
        else:
            _rounds.broke_off(pk)
        if time.monotonic() >= until:
            return False
    return True


def _go_on_with(batch_id: uuid.UUID, state: str, *, until: float) -> bool:
    """One turn of one table. False when it broke off; it is tried again with the next round."""
    try:
        if state == IntakeState.OPEN:
            accept_lot(batch_id)
        else:
            by = Intake.objects.values_list("stopped_by", flat=True).get(pk=batch_id)
            stop_some(batch_id, by=by, until=until)
    except Exception as error:  # one table must hold up neither the others nor the chores behind it
        if isinstance(error, DATABASE_AWAY) and is_database_away():
            raise
        log.exception("The table of batch %s broke off.", batch_id)
        return False
    return True


def forget_old() -> int:
    """Drop the rows of tables that are over, some time after; their runs are kept as long as all others are."""
    over = Intake.objects.filter(state=IntakeState.OVER, batch__created_at__lt=timezone.now() - KEPT)
    return over.delete()[0]


def accept_lot(batch_id: uuid.UUID) -> bool:
    """Make runs of the next rows of a table. False when none are to come; refused, none of the others are either.

    A lot that a mistake of ours breaks off would break off again: it ends the table like a refusal.
    """
    try:
        with transaction.atomic(durable=not settings.TESTING):
            intake = _locked(batch_id)
            if intake is None:
                return False
            _accept(intake)
            transaction.on_commit(lambda: failpoints.hit("after_lot"))
    except WireflowError as refusal:
        _end(batch_id, IntakeState.OVER, refused=refusal.message)
        return False
    except DATABASE_AWAY:
        raise
    except Exception:  # whatever it is: its credits must not stay set aside for rows that never become runs
        log.exception("A lot of the table of batch %s broke off.", batch_id)
        _end(batch_id, IntakeState.OVER, refused=OUR_FAULT)
        return False
    return True


def _accept(intake: Intake) -> None:
    workflow, first = intake.workflow, intake.accepted
    if workflow is None or workflow.deleted_at is not None:
        raise WireflowError("The workflow was deleted.")
    if not workflow.is_active:
        raise WireflowError("The workflow was switched off.")
    team = intake.batch.team
    lot = intake.rows[: intake.lot]
    lists = [ItemList(node_id, [row[at] for row in lot]) for at, node_id in enumerate(intake.columns)]
    names, prices = intake.names[first : first + intake.lot], intake.prices
    start = Start(intake.nodes, intake.edges, lists=lists, trigger=TABLE, prices=prices, row_names=names)
    plans = Plans(workflow, team, start)
    planned = [plans.of(row) for row in rows_of(lists)]
    room = turns.room_of(team)
    reference = _reference(intake.pk, first)
    counts = counts_of(reference)
    release(references=[reference], note="for the runs of these rows")
    store_runs(
        plans, planned, batch=intake.batch, user=intake.started_by, room=room, first=first, counts=counts
    )
    intake.rows = intake.rows[intake.lot :]
    if intake.rows:
        intake.save(update_fields=["rows"])
    else:
        _close(intake, IntakeState.OVER)
    failpoints.hit("in_lot")


def stop_batch(*, actor: Actor, batch_id: uuid.UUID, seconds: float) -> int:
    """Stop what is not over of a batch for somebody, which the log of their team tells once. Returns how many runs
    were; of a large table those that there is no time for are stopped in the background."""
    log = partial(log_stop, actor, f"batch {batch_id}")
    if stop(batch_id, by=actor.called, log=log):
        return stop_some(batch_id, by=actor.called, until=time.monotonic() + seconds)
    return stop_some(batch_id, by=actor.called, until=math.inf, log=log)


def stop(batch_id: uuid.UUID, *, by: str, log: Callable[[], None] = lambda: None) -> bool:
    """Let no row of a table become a run any more, and have its runs stopped. False when it is no such table.

    ``log`` is called in the same transaction, if that stops anything that the same person has not stopped before.
    """
    if _end(batch_id, IntakeState.STOPPING, by=by, log=log):
        return True
    mine = Intake.objects.filter(pk=batch_id)
    with transaction.atomic(durable=not settings.TESTING):
        stopping = {"state": IntakeState.STOPPING, "stopped_by": by}
        if _open_runs(batch_id).exists() and mine.exclude(**stopping).update(**stopping):
            log()
    return mine.exists()


def stop_some(batch_id: uuid.UUID, *, by: str, until: float, log: Callable[[], None] | None = None) -> int:
    """Stop open runs of a batch for somebody, until this moment of the clock. Returns how many were.

    From the end: what waits for its turn is stopped before the place of another is given to it. ``log`` is called with
    the first, in its transaction.
    """
    count = 0
    for pk in list(_open_runs(batch_id).order_by("-run_index").values_list("pk", flat=True)):
        count += cancel_execution(execution_id=pk, by=by, log=None if count else log)
        if time.monotonic() >= until:
            return count
    Intake.objects.filter(batch=batch_id, state=IntakeState.STOPPING).update(state=IntakeState.OVER)
    return count


def _open_runs(batch_id: uuid.UUID) -> ExecutionQuerySet:
    return Execution.objects.filter(
        batch=batch_id, status__in=(ExecutionStatus.PENDING, ExecutionStatus.RUNNING)
    )


def _end(
    batch_id: uuid.UUID,
    state: IntakeState,
    *,
    refused: str = "",
    by: str = "",
    log: Callable[[], None] = lambda: None,
) -> bool:
    """Give back what is set aside for the rows to come. False when none are."""
    with transaction.atomic(durable=not settings.TESTING):
        intake = _locked(batch_id)
        if intake is None:
            return False
        left = range(intake.accepted, intake.size, intake.lot)
        release(references=[_reference(intake.pk, first) for first in left], note="rows not started")
        intake.stopped_by = by
        _close(intake, state, refused=refused)
        log()
    return True


def _close(intake: Intake, state: IntakeState, *, refused: str = "") -> None:
    intake.state, intake.refused = state, refused
    intake.nodes, intake.edges = [], []
    intake.save(update_fields=["state", "refused", "stopped_by", "nodes", "edges", "rows"])


def _locked(batch_id: uuid.UUID) -> Intake | None:
    """The table, held until the commit, while rows of it are to come."""
    found = Intake.objects.select_for_update(of=("self",)).select_related("batch__team", "workflow")
    return found.filter(pk=batch_id, state=IntakeState.OPEN).first()


def _reference(batch_id: uuid.UUID, first: int) -> str:
    """What the credits for a lot are set aside under."""
    return f"table:{batch_id}:{first}"


def batch_of(reference: str) -> str:
    """The batch whose rows credits were set aside for under this name; "" for any other name."""
    kind, _, rest = reference.partition(":")
    return rest.partition(":")[0] if kind == "table" else ""


def open_references(team: Mapping[str, Any]) -> set[str]:
    """Under which names credits may be set aside for lots that are to come, for the proof of the ledger."""
    found = Intake.objects.filter(state=IntakeState.OPEN, **team)
    return {_reference(one.pk, first) for one in found for first in range(one.accepted, one.size, one.lot)}
