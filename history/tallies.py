"""Adds executions that ended to the sums that the usage page is drawn from. Each once: see `history.listing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any
from uuid import UUID

from accounts.statements import Plus, update
from executions.models import Execution, NodeRun
from executions.runs import graph_of
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import media_in
from executions.writing import dearest_price
from history.models import Subject, Tally
from history.steps import bucket_of

#: The sums of a team, a day and a subject: (team, day, subject, key).
Name = tuple[int, date, str, str]
FAILED = (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)
#: How other teams' apps are made stays theirs.
FOREIGN = "Apps of other teams"


@dataclass
class Sum:
    """What is added to a tally."""

    name: str = ""
    numbers: Counter[str] = field(default_factory=Counter)
    durations: Counter[str] = field(default_factory=Counter)


def count(executions: Sequence[Execution], runs: Mapping[UUID, list[NodeRun]]) -> None:
    """Add these executions, which are over, in the transaction that says so."""
    sums: dict[Name, Sum] = {}
    for one in executions:
        _add_execution(sums, one, runs[one.pk])
        _add_node_runs(sums, one, runs[one.pk])
    _write(sums)


def _day(execution: Execution) -> date:
    return (execution.ended_at or execution.created_at).astimezone(UTC).date()


def _sum(sums: dict[Name, Sum], execution: Execution, subject: Subject, key: str, name: str = "") -> Sum:
    found = sums.setdefault((execution.team_id, _day(execution), subject.value, key[:100]), Sum())
    found.name = name[:200] or found.name
    return found


def _add_execution(sums: dict[Name, Sum], execution: Execution, runs: Sequence[NodeRun]) -> None:
    foreign = execution.is_guest
    workflow = (
        f"app:{execution.workflow_name}"[:100] if foreign else execution.workflow_id or "",
        execution.workflow_name,
    )
    subjects = [
        (Subject.ALL, "", ""),
        (Subject.WORKFLOW, *workflow),
        (Subject.PERSON, str(execution.started_by_id or ""), ""),
        (Subject.KEY, str(execution.api_key_id or ""), ""),
    ]
    saved = sum(saved_by(execution, run) for run in runs)
    for subject, key, name in subjects:
        numbers = _sum(sums, execution, subject, key, name).numbers
        numbers["runs"] += 1
        numbers["failed"] += execution.status in FAILED
        numbers["credits"] += execution.credits_used
        numbers["saved"] += saved


def _add_node_runs(sums: dict[Name, Sum], execution: Execution, runs: Sequence[NodeRun]) -> None:
    foreign = execution.is_guest
    for run in runs:
        if run.status not in (NodeStatus.COMPLETED, NodeStatus.FAILED):
            continue
        kind = FOREIGN if foreign else run.node_type
        into = _sum(sums, execution, Subject.NODE_TYPE, kind)
        done = run.status == NodeStatus.COMPLETED
        into.numbers["runs"] += 1
        into.numbers["failed"] += not done
        into.numbers["cached"] += run.is_cached
        into.numbers["credits"] += run.credits_used
        into.numbers["saved"] += saved_by(execution, run)
        if done and not run.is_cached:
            into.numbers["pictures"] += sum(
                str(one["contentType"]).startswith("image/") for one in media_in(run.output or {})
            )
            if run.started_at and run.ended_at and run.provider not in ("", "local") and not foreign:
                into.durations[bucket_of(run.ended_at - run.started_at)] += 1


def saved_by(execution: Execution, run: NodeRun) -> int:
    """The credits that a reused result would have cost."""
    if not run.is_cached:
        return 0
    graph = graph_of(execution)
    node = graph.nodes.get(run.node_id)
    if node is None or not node.kind.is_remote:
        return 0
    return dearest_price(
        node, {wire.target_port for wire in graph.wires_into(node.id)}, execution.prices
    ).credits


def _write(sums: Mapping[Name, Sum]) -> None:
    if not sums:
        return
    names = ("team_id", "day", "subject", "key")
    missing = [
        Tally(**dict(zip(names, name, strict=True)), name=added.name) for name, added in sorted(sums.items())
    ]
    Tally.objects.bulk_create(missing, ignore_conflicts=True)
    # Some more than these may have a day, a subject and a key of theirs. All are locked in one order.
    wanted = {f"{part}__in": {name[place] for name in sums} for place, part in enumerate(names)}
    for tally in Tally.objects.select_for_update().filter(**wanted).order_by(*names):
        added = sums.get((tally.team_id, tally.day, tally.subject, tally.key))
        if added is not None:
            _add(tally, added)


def _add(tally: Tally, added: Sum) -> None:
    changes: dict[str, Any] = {number: Plus(more) for number, more in added.numbers.items()}
    if added.durations:
        changes["durations"] = dict(Counter(tally.durations) + added.durations)
    if added.name:
        changes["name"] = added.name
    update(Tally, {"pk": tally.pk}, **changes)
