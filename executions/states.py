"""All states of executions and node runs, and every move between them, on one page."""

from __future__ import annotations

from enum import StrEnum


class NodeStatus(StrEnum):
    """How a node run stands.

    PENDING waits for others; READY may be claimed; RUNNING is in a worker's hands under a lease; WAITING
    waits for the world (a provider's answer, the time of the next try, a person's decision) and holds no worker.
    """

    PENDING = "PENDING"
    READY = "READY"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class ExecutionStatus(StrEnum):
    """How an execution stands. TIMEOUT: it ran past the limit of a run."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"


class SubmissionState(StrEnum):
    """How an intended call to a provider stands.

    INTENT was written before the call; SENT has the provider's reference; UNKNOWN means the call was made, or
    not, by a process that died before it could say; the others are ends.
    """

    INTENT = "intent"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"


N = NodeStatus
NODE_MOVES: dict[NodeStatus, frozenset[NodeStatus]] = {
    # PENDING to WAITING: a person is asked
    N.PENDING: frozenset({N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.SKIPPED, N.CANCELLED}),
    N.READY: frozenset({N.RUNNING, N.FAILED, N.CANCELLED}),
    N.RUNNING: frozenset({N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.CANCELLED}),
    # WAITING to WAITING: a job that failed at the provider waits for its next try instead of its result
    N.WAITING: frozenset({N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.CANCELLED}),
    N.COMPLETED: frozenset(),
    N.FAILED: frozenset(),
    N.SKIPPED: frozenset(),
    N.CANCELLED: frozenset(),
}

X = ExecutionStatus
EXECUTION_MOVES: dict[ExecutionStatus, frozenset[ExecutionStatus]] = {
    X.PENDING: frozenset({X.RUNNING, X.CANCELLED}),
    X.RUNNING: frozenset({X.COMPLETED, X.FAILED, X.CANCELLED, X.TIMEOUT}),
    X.COMPLETED: frozenset(),
    X.FAILED: frozenset(),
    X.CANCELLED: frozenset(),
    X.TIMEOUT: frozenset(),
}

#: A node run that somebody or something is working on, or may take up.
ACTIVE = frozenset({N.READY, N.RUNNING, N.WAITING})
NODE_OVER = frozenset(status for status, moves in NODE_MOVES.items() if not moves)
EXECUTION_OVER = frozenset(status for status, moves in EXECUTION_MOVES.items() if not moves)


def node_sources(to: NodeStatus) -> list[NodeStatus]:
    """The statuses from which a node run may move to ``to``."""
    return [status for status, moves in NODE_MOVES.items() if to in moves]


def execution_sources(to: ExecutionStatus) -> list[ExecutionStatus]:
    """The statuses from which an execution may move to ``to``."""
    return [status for status, moves in EXECUTION_MOVES.items() if to in moves]
