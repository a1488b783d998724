"""Writing down results, all at once that came while the last ones were written.

One short transaction under the executions' locks, guarded by status and attempt: the second one to bring the same
news finds the guard shut and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.statements import sent_along, write
from assets.actions import record as record_asset
from assets.digests import know_digest
from assets.models import UNLISTED, Origin
from assets.store import Placed
from credits.actions import Payment, settle_all
from executions import failpoints
from executions.engine.record import gives_place_back, is_mine
from executions.events import written_together
from executions.models import NodeRun, Submission
from executions.runs import Run, load_runs, lock_executions
from executions.states import NodeStatus, SubmissionState
from executions.writing import money_in_order, proceed
from providers.base import Value
from providers.local.provenance import MadeBy


@dataclass(frozen=True, slots=True)
class Result:
    """What a node run made: ``outputs`` holds `Placed` files, whose bytes are stored already.

    ``is_sandbox`` marks them: what is made from a sandbox picture is one too.
    """

    execution_id: UUID
    team_id: int
    node_run_id: int
    attempt: int
    outputs: Mapping[str, Value]
    price: int
    content_hash: str
    is_sandbox: bool = False
    submission_id: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class _Won:
    """A result that was taken, with its row as it stands now."""

    result: Result
    row: NodeRun


def complete(results: Sequence[Result]) -> list[int]:
    """Store results of one team: assets, paid holds, events and what may start now, all or nothing.

    Those whose node run somebody else moved first are passed over. Returns the node runs that became READY. Raises
    `Overtaken` when one of several was moved by somebody who did not hold its execution: each is to be stored alone.
    """
    for _ in results:
        failpoints.hit("before_finish")
    now = timezone.now()
    ready: list[int] = []
    with sent_along(), transaction.atomic(durable=not settings.TESTING):
        runs = load_runs(lock_executions({one.execution_id for one in results}))
        with money_in_order(runs), written_together(len(results)):
            taken: list[tuple[Run, list[_Won]]] = []
            for run in runs:
                mine = [one for one in results if one.execution_id == run.execution.pk]
                if won := [_Won(one, row) for one in mine if (row := _take(run, one, now)) is not None]:
                    taken.append((run, won))
            _pay(taken, now)
            for run, won in taken:
                for one in won:
                    failpoints.hit("in_finish")
                    gives_place_back(run.execution, one.row.provider)
                ready += proceed(run, moved=[one.row for one in won])
    for _ in results:
        failpoints.hit("after_finish")
    return ready


def _take(run: Run, result: Result, now: datetime) -> NodeRun | None:
    """Move the node run to its end. None: somebody else moved it first."""
    key = run.key_of(result.node_run_id)
    row = run.rows[key]
    if not is_mine(row, result.attempt):
        return None
    stored = _stored(run, row, result.outputs, result.is_sandbox)
    request_id = result.request_id[:200]
    won = NodeRun.move(
        row.pk,
        held_by=result.attempt,
        to=NodeStatus.COMPLETED,
        output=stored,
        ended_at=now,
        lease_until=None,
        due_at=None,
        progress=None,
        content_hash=result.content_hash,
        credits_used=result.price,
        request_id=request_id,
    )
    if not won:
        return None
    row.status, row.output, row.ended_at = NodeStatus.COMPLETED, stored, now
    row.credits_used, row.request_id, row.progress = result.price, request_id, None
    cell = run.board.cells[key]
    cell.status, cell.outputs = NodeStatus.COMPLETED, stored
    return row


def _pay(taken: Collection[tuple[Run, Collection[_Won]]], now: datetime) -> None:
    """Settle the holds and close the submissions."""
    rows = [one.row for _, won in taken for one in won if one.row.price]
    spent = settle_all([Payment(row.hold_reference, row.credits_used, row.label) for row in rows])
    for run, won in taken:
        run.execution.credits_used += sum(spent.get(one.row.hold_reference, 0) for one in won)
    done = [pk for _, won in taken for one in won if (pk := one.result.submission_id) is not None]
    if done:
        write(Submission, {"pk": done}, state=SubmissionState.DONE, ended_at=now)


def _stored(run: Run, row: NodeRun, value: Any, is_sandbox: bool) -> Any:
    """A result in its stored form: placed files get their rows."""
    if isinstance(value, Placed):
        asset = record_asset(
            team=run.execution.team,
            placed=value,
            origin=Origin.RUN,
            sandbox=is_sandbox,
            reference=f"{UNLISTED if run.execution.is_guest else ''}execution:{run.execution.pk}",
            filename=row.label,
            created_by=run.execution.started_by,
            made_by=MadeBy(run.execution.workflow_id or "", str(run.execution.version_id)),
            node_type=row.node_type,
        )
        know_digest(asset)
        return asset.as_value()
    if isinstance(value, Mapping):
        return {name: _stored(run, row, one, is_sandbox) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_stored(run, row, one, is_sandbox) for one in value]
    return value
