"""The numbered story of an execution: written with every change, read by whoever watches.

Events are numbered while the execution row is locked, so numbers commit in order and no reader skips one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from accounts import news
from accounts.gathered import together
from accounts.rows import new
from accounts.statements import insert
from executions import telling
from executions.models import Event, Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import execution_summary, node_run_object, when

EXECUTION_KINDS = {
    ExecutionStatus.RUNNING: "execution.started",
    ExecutionStatus.COMPLETED: "execution.completed",
    ExecutionStatus.FAILED: "execution.failed",
    ExecutionStatus.CANCELLED: "execution.cancelled",
    ExecutionStatus.TIMEOUT: "execution.timed_out",
}
#: After one of these an execution has no further event.
OVER_KINDS = frozenset(EXECUTION_KINDS.values()) - {EXECUTION_KINDS[ExecutionStatus.RUNNING]}
NODE_KINDS = {
    NodeStatus.PENDING: "node_run.created",
    NodeStatus.READY: "node_run.ready",
    NodeStatus.RUNNING: "node_run.running",
    NodeStatus.WAITING: "node_run.waiting",
    NodeStatus.COMPLETED: "node_run.completed",
    NodeStatus.FAILED: "node_run.failed",
    NodeStatus.SKIPPED: "node_run.skipped",
    NodeStatus.CANCELLED: "node_run.cancelled",
}


def group_of(execution_id: Any) -> str:
    """The channel group that hears of news of an execution."""
    return f"execution.{execution_id}"


def news_of(execution_id: Any) -> dict[str, Any]:
    """What the group is told when there are new events."""
    return {"type": "news", "executionId": str(execution_id)}


def event_about(execution: Execution, seq: int) -> Event:
    """That it began, or how it ended."""
    kind = EXECUTION_KINDS[ExecutionStatus(execution.status)]
    return new(Event, execution_id=execution.pk, seq=seq, kind=kind, data=execution_summary(execution))


_together: ContextVar[list[Event] | None] = ContextVar("events that are stored together", default=None)


@contextmanager
def stored_together() -> Iterator[None]:
    """The events that are recorded inside, of however many executions, are stored at the end in one statement."""
    events: list[Event] = []
    token = _together.set(events)
    try:
        yield
    finally:
        _together.reset(token)
    insert(events, numbered=False)


@contextmanager
def written_together(count: int) -> Iterator[None]:
    """For so many pieces of work at once: the same, and their moves are sent together at the end.

    Raises `Overtaken` when a move finds that somebody else made another one: then each is to be done alone, and asks
    as it goes. For a single one all is written at once.
    """
    if count == 1:
        yield
        return
    with stored_together(), together():
        yield


def record_events(
    execution: Execution,
    *,
    began: Event | None = None,
    runs: Sequence[NodeRun] = (),
    about_itself: bool = False,
) -> None:
    """Write one event for each of ``runs`` as it stands now, and one for the execution when it began or ended.

    ``began`` is the first event of a run, which may have ended since. The execution row must be locked by the caller,
    who also saves ``last_seq``. Watchers are told at commit.
    """
    events = [began] if began is not None else []
    seq = execution.last_seq + len(events)
    events += [
        new(
            Event,
            execution_id=execution.pk,
            seq=seq + number,
            kind=NODE_KINDS[NodeStatus(run.status)],
            node_run_id=run.pk,
            data=node_run_object(run),
        )
        for number, run in enumerate(runs, start=1)
    ]
    if about_itself:
        events.append(event_about(execution, seq + len(runs) + 1))
    if not events:
        return
    together = _together.get()
    if together is None:
        insert(events, numbered=False)
    else:
        together += events
    execution.last_seq = events[-1].seq
    if began is None:  # of a new run nobody can have heard yet; whoever does reads its events
        transaction.on_commit(lambda: news.publish(group_of(execution.pk), news_of(execution.pk)))
    telling.tell(execution, runs, about_itself=about_itself)


def event_object(event: Event) -> dict[str, Any]:
    """An event as the socket sends it."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "nodeId": event.data.get("nodeId"),
        "itemPath": event.data.get("itemPath"),
        "at": when(event.created_at),
        "data": event.data,
    }
