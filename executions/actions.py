"""Starting and stopping executions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, limits, news
from accounts.actor import Actor
from accounts.models import ApiKey, Team, User
from accounts.rows import new
from accounts.statements import insert, sent_along
from credits.actions import release
from credits.prices import prices_of
from credits.wallets import InsufficientCredits, wallets_last
from executions import dispatch, failpoints, places, telling, turns
from executions.batches import ItemList, Row, rows_of
from executions.board import Board, Cell, Key
from executions.engine.claims import claim_at_once
from executions.inputs_given import apply_inputs
from executions.instant import computer, shelf_of
from executions.models import GUEST, Batch, Execution, NodeRun, Reuse
from executions.preflight import Sent, check_graph, saved_graph
from executions.runs import Run, keep, load_run, lock_execution
from executions.rush import rush
from executions.states import ACTIVE, ExecutionStatus, NodeStatus
from executions.writing import end_execution, proceed
from wireflow_ui.errors import WireflowError
from workflows.actions import note_execution, pin_version
from workflows.component_actions import with_components
from workflows.graph import Graph
from workflows.models import Workflow

Json = Mapping[str, Any]

#: More node runs than this are not taken up while the caller waits for the answer.
CLAIMED_AT_ONCE = 10


@dataclass(frozen=True)
class Start:
    """What to run and how.

    ``nodes`` and ``edges`` both empty mean the workflow's own graph. ``inputs`` are values for input nodes by
    node id, label or value key. ``target_node_id`` runs one node with what it needs and makes it anew, ``targets``
    run several; of the nodes in ``anew`` no stored result is taken. ``lists`` make several runs of it. ``carried``
    are node runs that are done already: their results are taken and cost nothing. ``name`` is what whoever pays reads
    in the place of the workflow's name. ``prices`` are those to keep in the place of today's. ``row_names`` are what
    the runs of ``lists`` are called, in their order.
    """

    nodes: Sequence[Json] = ()
    edges: Sequence[Json] = ()
    inputs: Json = field(default_factory=dict)
    target_node_id: str = ""
    targets: Sequence[str] = ()
    anew: Sequence[str] = ()
    reuse: Reuse = Reuse.LOCAL
    trigger: str = "api"
    trigger_data: Json = field(default_factory=dict)
    lists: Sequence[ItemList] = ()
    carried: Mapping[Key, Cell] = field(default_factory=dict)
    name: str = ""
    prices: Json = field(default_factory=dict)
    row_names: Sequence[str] = ()

    @property
    def all_targets(self) -> tuple[str, ...]:
        """The nodes that are wanted; none means all of them."""
        return (*([self.target_node_id] if self.target_node_id else []), *self.targets)


@dataclass(frozen=True)
class Accepted:
    """An execution that was accepted, with its node runs as they stood then."""

    execution: Execution
    runs: list[NodeRun]


@dataclass(frozen=True)
class Planned:
    """One run whose graph was checked, and what of the inputs is its own."""

    row: Row
    sent: Sent
    graph: Graph

    def prices(self) -> dict[str, str]:
        """What its nodes cost now, to be kept."""
        return prices_of(kind for node in self.graph.nodes.values() for kind in node.kinds)


class Plans:
    """What one start is to run, before any of it is stored."""

    def __init__(self, workflow: Workflow, team: Team, start: Start) -> None:
        self.workflow, self.team, self.start = workflow, team, start
        is_own = bool(start.nodes or start.edges)
        sent = (
            Sent(with_components(start.nodes, team.pk), start.edges)
            if is_own
            else saved_graph(workflow.pk, workflow.updated_at)
        )
        self._sent = Sent(apply_inputs(sent.nodes, start.inputs), sent.edges) if start.inputs else sent
        author = workflow.team if start.trigger == GUEST else team
        self.shelf = shelf_of(team, start.trigger_data, author=author)

    def of(self, row: Row) -> Planned:
        """The run of one row. Raises `InvalidGraph` (422) or `WireflowError` (400)."""
        own = Sent(row.apply(self._sent.nodes), self._sent.edges) if row.values else self._sent
        return Planned(row, own, check_graph(own, targets=self.start.all_targets, shelf=self.shelf))


def start_execution(
    *, workflow: Workflow, team: Team, start: Start, user: User | None = None, key: ApiKey | None = None
) -> Execution:
    """`accept_executions` for one run, for those who need no node runs."""
    [accepted] = accept_executions(workflow=workflow, team=team, start=start, user=user, key=key)
    return accepted.execution


@rush.call()
def accept_executions(
    *,
    workflow: Workflow,
    team: Team,
    start: Start,
    user: User | None = None,
    key: ApiKey | None = None,
    batch_id: uuid.UUID | None = None,
) -> list[Accepted]:
    """Accept one run, or one per item of ``start.lists``: all or none of them. Their batch gets the id that the caller
    gives it: a second one of it raises IntegrityError.

    Afterwards each ends, whatever dies in between. Everything is refused before anything is stored. Of several runs
    those for which the plan has no room wait for their turn.

    Raises `InvalidGraph` (422), `WireflowError` (400), `LimitReached` (429) or `InsufficientCredits` (402).
    """
    plans = Plans(workflow, team, start)
    planned = [plans.of(row) for row in rows_of(start.lists)]
    if not workflow.is_active:
        raise WireflowError("Workflow is not active", code="workflow_inactive")
    # It is durable with what is around it: the idempotency key, or what a webhook may spend, is taken in the same one.
    with sent_along(), transaction.atomic():
        limits.take_start(team=team, runs=len(planned))
        room = turns.room_of(team)
        if room == 0 and not start.lists:
            raise limits.too_many_at_once(team.limits)
        batch = new(Batch, id=batch_id or uuid.uuid4(), team=team)
        insert([batch])
        return store_runs(plans, planned, batch=batch, user=user, key=key, room=room)


def store_runs(
    plans: Plans,
    planned: Sequence[Planned],
    *,
    batch: Batch,
    user: User | None,
    key: ApiKey | None = None,
    room: int | None,
    first: int = 0,
    counts: str | None = None,
) -> list[Accepted]:
    """Write planned runs down as those of a batch from ``first`` on, all or none, in the caller's transaction.

    ``room`` is that of `turns.room_of`, which holds the team's lock; ``counts`` are those of limits of spending that
    counted these runs before, None where none did. Raises as `accept_executions` does.
    """
    stored = _Stored(room)
    try:
        with wallets_last():
            for index, plan in enumerate(planned, start=first):
                execution = _execution_of(plans, plan, batch=batch, index=index, first=first)
                execution.started_by, execution.api_key = user, key
                stored.add(*_store_run(plans, plan, execution, counts=counts))
    except InsufficientCredits as refusal:
        raise _for_all(stored.accepted, refusal) from refusal
    now = stored.accepted[-1].execution.created_at
    note_execution(workflow_id=plans.workflow.pk, at=now, count=len(stored.accepted))
    transaction.on_commit(lambda: failpoints.hit("after_accept"))
    accepted = _hand_on(stored, is_alone=not plans.start.lists)
    for one in accepted:
        if not one.execution.is_guest:
            transaction.on_commit(partial(_announce, one.execution))
    if stored.room == 0:
        transaction.on_commit(
            lambda: turns.let_go(plans.team.pk), robust=True
        )  # what ended meanwhile did not see them wait
    return accepted


class _Stored:
    """What was written of the runs of one start so far, and for how many more the plan has room."""

    def __init__(self, room: int | None) -> None:
        self.room = room
        self.runs: list[Run] = []
        self.accepted: list[Accepted] = []
        self.ready: list[int] = []

    def add(self, run: Run, becoming_ready: Sequence[int]) -> None:
        """Take a run that was written; where there is no room for it, it waits for its turn."""
        execution = run.execution
        if self.room is not None and not execution.is_over:
            if self.room:
                self.room -= 1
            else:
                turns.let_wait(execution)
        if execution.status == ExecutionStatus.RUNNING:
            self.ready += becoming_ready
        self.runs.append(run)
        self.accepted.append(Accepted(execution, list(run.rows.values())))
        telling.tell_accepted(execution, self.accepted[-1].runs)


def _hand_on(stored: _Stored, *, is_alone: bool) -> list[Accepted]:
    """Have what is READY carried out from the commit on. Returns the runs as the caller is to see them."""
    ready = stored.ready
    is_small = 0 < len(ready) <= CLAIMED_AT_ONCE and is_alone
    if not (is_small and dispatch.is_carried_here() and not rush.is_on()):
        transaction.on_commit(lambda: dispatch.ring(ready))
        return stored.accepted
    [run] = stored.runs
    # The run goes on in the engine's hands; its copies are shown as they were before.
    accepted = [Accepted(copy(run.execution), list(map(copy, run.rows.values())))]
    claimed = claim_at_once(run, ready)
    transaction.on_commit(lambda: dispatch.hand_over(claimed))
    return accepted


def _store_run(
    plans: Plans, plan: Planned, execution: Execution, *, counts: str | None
) -> tuple[Run, list[int]]:
    """Write down one run with all that is computed on the spot. Returns it with its node runs that are READY."""
    carried = plans.start.carried
    board = Board(plan.graph, dict(carried), pinned=plans.shelf.pinned(plan.graph))
    run = Run(execution, board, counts=counts)
    ready = proceed(run, compute=computer(plans.shelf), carried=carried)
    if execution.is_over:
        keep(run)
    return run, ready


def _execution_of(plans: Plans, plan: Planned, *, batch: Batch, index: int, first: int) -> Execution:
    """The run at ``index`` of its batch, of a part of it that begins at ``first``."""
    workflow, start = plans.workflow, plans.start
    now = timezone.now()
    return new(
        Execution,
        team=batch.team,
        workflow=workflow,
        workflow_name=start.name or workflow.name,
        version_id=_version_of(workflow, plan.sent),
        batch=batch,
        run_index=index,
        input_index=plan.row.index + first,
        row_name=start.row_names[index - first] if start.row_names else "",
        trigger=start.trigger,
        inputs={**start.inputs, **plan.row.inputs()},
        trigger_data=dict(start.trigger_data),
        target_node_id=start.target_node_id,
        targets=list(start.targets),
        anew=list(start.anew),
        reuse=start.reuse,
        prices=dict(start.prices) or plan.prices(),
        status=ExecutionStatus.RUNNING,
        created_at=now,
        deadline_at=now + timedelta(seconds=settings.RUN_TIMEOUT_SECONDS),
    )


def _version_of(workflow: Workflow, sent: Sent) -> int:
    """The version that holds this graph. It is looked for once for each saved graph: versions are never edited."""
    if sent.version_id is not None:
        return sent.version_id
    version = pin_version(workflow=workflow, nodes=sent.nodes, edges=sent.edges)

    def remember() -> None:
        sent.version_id = version.pk

    transaction.on_commit(remember)  # a new one is there only then
    return version.pk


def _for_all(accepted: Sequence[Accepted], refusal: InsufficientCredits) -> InsufficientCredits:
    """The refusal of all runs that were asked for, with what each node costs in all of them."""
    credits: dict[str, dict[str, Any]] = {}
    for one in accepted:
        for row in one.runs:
            if row.price and not row.is_over:
                entry = {"nodeId": row.node_id, "nodeLabel": row.label, "credits": 0}
                credits.setdefault(row.node_id, entry)["credits"] += row.price
    return InsufficientCredits(
        required=refusal.required, available=refusal.available, breakdown=list(credits.values())
    )


def _announce(execution: Execution) -> None:
    news.publish(
        f"workflow.{execution.workflow_id}",
        {"type": "execution.started", "executionId": str(execution.pk), "isOver": execution.is_over},
    )


def stop_executions(*, actor: Actor, ids: Collection[uuid.UUID]) -> int:
    """`cancel_execution` of each for somebody, which the log of their team tells. Returns how many were stopped."""
    return sum(
        cancel_execution(execution_id=pk, by=actor.called, log=partial(log_stop, actor, str(pk)))
        for pk in ids
    )


def log_stop(actor: Actor, what: str) -> None:
    audit.record(team=actor.team, change="run.stopped", subject=what, by=actor)


def cancel_execution(*, execution_id: uuid.UUID, by: str = "", log: Callable[[], None] | None = None) -> bool:
    """Stop a run in whatever state it is, for whom it says ``by``. False when it was over already, else ``log`` is
    called in the same transaction.

    No further provider call is made for it; what is under way is asked to stop, its result is dropped and its
    credits go back.
    """
    return _stop(execution_id, to=ExecutionStatus.CANCELLED, by=by, log=log)


def time_out_execution(*, execution_id: uuid.UUID) -> bool:
    """End a run that passed its time limit. False when it was over already."""
    minutes = settings.RUN_TIMEOUT_SECONDS // 60
    return _stop(
        execution_id,
        to=ExecutionStatus.TIMEOUT,
        error=f"The run took longer than {minutes} minutes and was stopped.",
        code="timeout",
    )


def _stop(
    execution_id: uuid.UUID,
    *,
    to: ExecutionStatus,
    error: str = "",
    code: str = "",
    by: str = "",
    log: Callable[[], None] | None = None,
) -> bool:
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(execution_id)
        if execution is None or execution.is_over:
            return False
        run = load_run(execution)
        open_rows = [row for row in run.rows.values() if not row.is_over]
        working = [row.pk for row in open_rows if row.status in ACTIVE]
        now = timezone.now()
        NodeRun.objects.filter(pk__in=[row.pk for row in open_rows]).move_many(
            to=NodeStatus.CANCELLED, ended_at=now, lease_until=None, due_at=None
        )
        for row in open_rows:
            row.status, row.ended_at = NodeStatus.CANCELLED, now
        release(references=[row.hold_reference for row in open_rows if row.price], note="run stopped")
        end_execution(run, status=to, error=error, error_code=code, stopped_by=by, moved=open_rows)
        if log:
            log()
        transaction.on_commit(lambda: dispatch.ring_cancelled(working))
        if any(row.provider not in ("", "local") for row in open_rows):
            transaction.on_commit(places.call_next, robust=True)
    return True
