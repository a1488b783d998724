"""Writes down what the planner decided: rows, holds, events and the end of the run, in the caller's transaction.

The execution row is locked (or being made) by the caller. The order of locks: docs/how-a-run-survives-a-crash.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.gathered import once_at_commit, put
from accounts.rows import new
from accounts.statements import insert
from credits.actions import Ask, hold, release
from credits.limits import SpendingLimitReached, lock
from credits.prices import at_price
from credits.pricing import Price, price_of
from credits.wallets import InsufficientCredits, after_wallets, lock_wallets, wallets_last
from executions import notices, outbox, turns
from executions.board import ENDED, Cell, Key, path_text
from executions.events import event_about, record_events
from executions.instant import computer_for
from executions.models import Event, Execution, NodeRun, Noted, Reuse, WaitFor, hold_reference
from executions.planner import Compute, advance, end_of
from executions.providers import SANDBOX, expected
from executions.reusing import hashes_of, stored_results
from executions.runs import Run
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import media_in, waits_for_person
from wireflow_ui.errors import WireflowError
from workflows.actions import set_cover
from workflows.graph import Node

#: No prices were kept: those of the catalog hold.
NOW: Mapping[str, str] = MappingProxyType({})


def proceed(
    run: Run,
    *,
    compute: Compute | None = None,
    moved: Sequence[NodeRun] = (),
    carried: Mapping[Key, Cell] | None = None,
) -> list[int]:
    """Let the run go on from its cells as they are. Returns the ids of node runs that became READY.

    ``moved`` were moved by the caller, and their events are to be written before all others. A new run has no rows
    yet, its own neither: all are written here, the execution last, as it stands then (references to it are checked at
    the commit). ``carried`` are cells of a new run that were done before it began.
    Raises `InsufficientCredits` or `SpendingLimitReached` when the run is just being accepted and cannot be paid;
    later such node runs fail.
    """
    compute = compute or computer_for(run.execution)
    began = event_about(run.execution, 1) if not run.rows else None
    ready: dict[int, None] = {}
    touched: dict[int, NodeRun] = {}
    done_before = dict(carried or {})
    while changed := done_before | _advance(run, compute):
        done_before = {}
        created = _create_rows(run, changed)
        _update_rows(run, changed, created)
        try:
            _hold(run, created, at_once=began is None)
        except (InsufficientCredits, SpendingLimitReached) as refusal:
            if began is not None:
                raise
            _fail_unpaid(run, created, refusal)
        for key in changed:
            row = run.rows[key]
            touched[row.pk] = row
            _send(row, run.board.cells[key])
            if row.status == NodeStatus.READY:
                ready[row.pk] = None
    notices.tell_of_questions(run.execution, [row for row in touched.values() if waits_for_person(row)])
    _release(run, touched.values())
    _finish(run, [*moved, *touched.values()] if began is None else [], began=began)
    return list(ready)


def _send(row: NodeRun, cell: Cell) -> None:
    """Hand a letter over, once, to whoever carries it; from then on its node run waits for that."""
    letter, cell.letter = cell.letter, None
    if letter is not None and row.status == NodeStatus.WAITING:
        cell.is_sent = True
        for carrier in outbox.CARRIERS:
            carrier(row, letter)


def _advance(run: Run, compute: Compute) -> dict[Key, Cell]:
    """Advance, and take stored results where the run may; again while that moves anything."""
    changed = advance(run.board, compute)
    while run.execution.reuse != Reuse.NONE and _take_stored(run, changed):
        changed |= advance(run.board, compute)
    return changed


def _take_stored(run: Run, changed: dict[Key, Cell]) -> bool:
    """Complete READY cells whose result is stored already. True when there was one.

    The node that a run was started for is always made anew, and so are those it names.
    """
    with_remote = run.execution.reuse == Reuse.ALL
    fresh = run.made_anew
    wanted: list[Key] = []
    for key, cell in changed.items():
        node = run.graph.nodes[key[0]]
        allowed = node.kind.is_local or (node.kind.is_remote and with_remote)
        if cell.status == NodeStatus.READY and allowed and key[0] not in fresh:
            wanted.append(key)
    if not wanted:
        return False
    hashes = hashes_of(run, wanted)
    stored = stored_results(run.execution.team_id, hashes.values())
    found = False
    for key, digest in hashes.items():
        if digest in stored:
            cell = run.board.cells[key]
            cell.status, cell.outputs, cell.is_cached = NodeStatus.COMPLETED, stored[digest], True
            found = True
    return found


def _row_fields(cell: Cell) -> dict[str, Any]:
    now = timezone.now()
    over = cell.status in ENDED
    fields: dict[str, Any] = {
        "output": dict(cell.outputs) if cell.status == NodeStatus.COMPLETED else None,
        "error": cell.error,
        "error_code": cell.error_code,
        "skip_reason": cell.skip_reason,
        "is_cached": cell.is_cached,
    }
    if cell.status == NodeStatus.READY:
        fields["ready_at"] = now
    if cell.asks and cell.question is not None:
        until = now + timedelta(hours=cell.question["hours"])
        fields |= {"question": cell.question, "wait_for": WaitFor.PERSON, "started_at": now, "due_at": until}
    if cell.letter is not None and cell.status == NodeStatus.WAITING:
        fields |= {"wait_for": WaitFor.DELIVERY, "started_at": now, "due_at": None}
    if over:
        fields["ended_at"] = now
    if cell.status in (NodeStatus.COMPLETED, NodeStatus.FAILED):
        fields["started_at"] = now
    return fields


def _create_rows(run: Run, changed: dict[Key, Cell]) -> list[NodeRun]:
    """Rows for cells that have none yet, in the order of the graph."""
    rows: list[NodeRun] = []
    places = {node_id: place for place, node_id in enumerate(run.graph.order)}
    for key in sorted(changed.keys() - run.rows.keys(), key=lambda key: (places[key[0]], key[1])):
        node = run.graph.nodes[key[0]]
        cell = changed[key]
        row = new(
            NodeRun,
            execution=run.execution,
            node_id=node.id,
            item_path=path_text(key[1]),
            node_type=node.kind.name,
            label=node.label[:200],
            position=places[node.id],
            status=cell.status,
            price=0 if cell.status in ENDED else _price(run, key),
            **_row_fields(cell),
        )
        run.rows[key] = row
        rows.append(row)
    insert(rows)
    return rows


def _price(run: Run, key: Key) -> int:
    """What to hold for a node run whose inputs may not be known yet."""
    node = run.graph.nodes[key[0]]
    wired = {wire.target_port for wire in run.graph.wires_into(node.id)}
    credits = dearest_price(node, wired, run.execution.prices).credits
    team = run.execution.team
    if credits and team.sandbox_free and expected(node, wired, team).provider == SANDBOX:
        return 0
    return credits


def dearest_price(node: Node, wired: Collection[str], prices: Mapping[str, str] = NOW) -> Price:
    """The price of a node whose inputs may not be known yet, by its own model or its fallback: the dearer one.

    ``prices`` are those that a run keeps; else it is as the catalog says now.
    """
    found = []
    for one in (node, node.fallback):
        if one is not None:
            texts = {name: str(value) for name, value in one.params.items() if name not in wired}
            found.append(price_of(at_price(one.kind, prices), one.params, wired=wired, texts=texts))
    return max(found, key=lambda price: price.credits)


def _expected(run: Run, row: NodeRun) -> str:
    wired = {wire.target_port for wire in run.graph.wires_into(row.node_id)}
    return expected(run.graph.nodes[row.node_id], wired, run.execution.team).provider


def _update_rows(run: Run, changed: dict[Key, Cell], created: list[NodeRun]) -> None:
    new = {row.pk for row in created}
    for key, cell in changed.items():
        row = run.rows[key]
        if row.pk in new:
            continue
        fields = _row_fields(cell)
        if NodeRun.move(row.pk, to=cell.status, **fields):
            row.status = cell.status
            for name, value in fields.items():
                setattr(row, name, value)


def _hold(run: Run, created: list[NodeRun], *, at_once: bool) -> None:
    asks = [
        Ask(
            reference=row.hold_reference,
            amount=row.price,
            note=f"{row.label} in {run.execution.workflow_name}",
            is_sandbox=_expected(run, row) == SANDBOX,
        )
        for row in created
        if row.price
    ]
    subjects = spenders_of(run.execution) if run.counts is None else ()
    hold(
        team_id=run.execution.team_id,
        asks=asks,
        subjects=subjects,
        counts=run.counts or "",
        at_once=at_once,
    )


@contextmanager
def money_in_order(runs: Collection[Run]) -> Iterator[None]:
    """Inside the caller's transaction, which holds these runs: what of them costs or gives back credits is changed in
    the order in which everybody locks it, counts of limits and then wallets."""
    lock_money(runs)
    with wallets_last():
        yield


def lock_money(runs: Collection[Run]) -> None:
    """Take what these runs may change at different times in one transaction, before the first of it is changed.

    Those of several runs: each gives back by itself. And where lists may grow: that takes further holds, and to know at
    once whether they are paid it takes the wallet, after which others give back to their counts. A single run that
    cannot grow changes its counts at once, in their order.
    """
    growing = [run for run in runs if any(map(run.board.levels, run.graph.nodes))]
    if not growing and len(runs) == 1:
        return
    limited = [run for run in runs if run.execution.team.limits_spending]
    if limited:
        subjects: dict[int, set[str]] = defaultdict(set)
        for run in growing:
            subjects[run.execution.team_id].update(spenders_of(run.execution))
        references = [
            row.hold_reference
            for run in limited
            for row in run.rows.values()
            if row.price and row.status not in ENDED
        ]
        lock(subjects=subjects, references=references)
    if growing and len(teams := {run.execution.team_id for run in runs}) > 1:
        lock_wallets(teams)


def spenders_of(execution: Execution) -> list[str]:
    """Under which limits of spending an execution falls; none where its team has set no limit."""
    if not execution.team.limits_spending:
        return []
    found = ["team"]
    if execution.started_by_id is not None:
        found.append(f"person:{execution.started_by_id}")
    if execution.api_key_id is not None:
        found.append(f"key:{execution.api_key_id}")
    if execution.workflow_id is not None and not execution.is_guest:
        found.append(f"workflow:{execution.workflow_id}")
        if execution.trigger == "webhook":
            found.append(f"webhook:{execution.workflow_id}")
    return found


def _fail_unpaid(run: Run, created: list[NodeRun], refusal: WireflowError) -> None:
    """A list turned out longer than the credits reach: its paid node runs fail, nothing is overdrawn."""
    for row in created:
        if row.price:
            cell = run.board.cells[row.node_id, row.path]
            cell.status, cell.error, cell.error_code = NodeStatus.FAILED, refusal.message, refusal.code
            fields = {**_row_fields(cell), "status": cell.status, "price": 0}
            NodeRun.objects.filter(pk=row.pk).update(**fields)
            for name, value in fields.items():
                setattr(row, name, value)


def _release(run: Run, rows: Collection[NodeRun]) -> None:
    """Give back what was held for node runs that ended without being paid."""
    over = [row for row in rows if row.price and row.status in ENDED]
    release(references=[row.hold_reference for row in over], note="not run")


def _finish(run: Run, moved: Sequence[NodeRun], *, began: Event | None) -> None:
    """Write the events and the execution: its end when it has come, else only the number of its last event."""
    execution = run.execution
    end = end_of(run.board)
    if end is not None:
        end_execution(
            run,
            status=end.status,
            error=end.error,
            error_code=end.error_code,
            warnings=list(end.warnings),
            moved=moved,
            began=began,
        )
    elif began is not None:
        record_events(execution, began=began)
        _pause(run)
        insert([execution])
    else:
        record_events(execution, runs=moved)
        put(
            Execution,
            {"pk": execution.pk},
            last_seq=execution.last_seq,
            credits_used=execution.credits_used,
            **_pause(run),
        )


def _pause(run: Run) -> dict[str, Any]:
    """What changes with a run that begins to wait for somebody outside alone, or goes on after that.

    People and receivers may take longer than a run may, and others may run meanwhile: its time counts anew when they
    have answered.
    """
    execution, is_paused = run.execution, run.board.is_paused
    if is_paused == execution.is_paused:
        return {}
    execution.is_paused = is_paused
    if is_paused:
        once_at_commit(turns.let_go, execution.team_id)
    else:
        execution.deadline_at = timezone.now() + timedelta(seconds=settings.RUN_TIMEOUT_SECONDS)
    return {"is_paused": is_paused, "deadline_at": execution.deadline_at}


def end_execution(
    run: Run,
    *,
    status: ExecutionStatus,
    error: str = "",
    error_code: str = "",
    stopped_by: str = "",
    warnings: list[str] | None = None,
    moved: Sequence[NodeRun] = (),
    began: Event | None = None,
) -> None:
    """End a run: what was held and not used goes back, watchers and the workflow are told.

    The events of the node runs ``moved`` are written before that of the end. A run with ``began``, its first event, is
    over as it begins.
    """
    execution = run.execution
    open_rows = [row for row in run.rows.values() if row.price and row.status not in ENDED]
    release(references=[hold_reference(row.pk) for row in open_rows], note="run over")
    execution.status, execution.error, execution.error_code = status, error, error_code
    execution.warnings, execution.ended_at = warnings or [], timezone.now()
    execution.stopped_by = stopped_by
    record_events(execution, began=began, runs=moved, about_itself=True)
    if began is not None:
        insert([execution])
    else:
        Execution.move(
            execution.pk,
            to=status,
            error=error,
            error_code=error_code,
            stopped_by=stopped_by,
            warnings=execution.warnings,
            ended_at=execution.ended_at,
            last_seq=execution.last_seq,
            credits_used=execution.credits_used,
            noted=Noted.NOT_YET,
        )
    notices.tell_of_end(execution)
    once_at_commit(turns.let_go, execution.team_id)
    if execution.workflow_id and not execution.is_guest and (cover := _cover(run)) is not None:
        workflow_id = execution.workflow_id
        after_wallets(partial(set_cover, workflow_id=workflow_id, cover=cover), row=workflow_id)


def _cover(run: Run) -> dict[str, object] | None:
    """The first picture of the run's ends, for the workflow's card."""
    for row in run.rows.values():
        if row.output and not run.graph.wires_from(row.node_id):
            for one in media_in(row.output):
                if str(one["contentType"]).startswith("image/"):
                    return dict(one)
    return None
