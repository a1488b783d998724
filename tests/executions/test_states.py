"""Every pair of states: what may move moves, everything else says False and stays."""

from __future__ import annotations

import pytest

from executions.models import Execution, NodeRun
from executions.states import (
    EXECUTION_MOVES,
    EXECUTION_OVER,
    NODE_MOVES,
    NODE_OVER,
    ExecutionStatus,
    NodeStatus,
)
from tests.executions.runs import prompt, start

N, X = NodeStatus, ExecutionStatus
NODE_MAY = {
    N.PENDING: {N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.SKIPPED, N.CANCELLED},
    N.READY: {N.RUNNING, N.FAILED, N.CANCELLED},
    N.RUNNING: {N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.CANCELLED},
    N.WAITING: {N.READY, N.WAITING, N.COMPLETED, N.FAILED, N.CANCELLED},
    N.COMPLETED: set(),
    N.FAILED: set(),
    N.SKIPPED: set(),
    N.CANCELLED: set(),
}
EXECUTION_MAY = {
    X.PENDING: {X.RUNNING, X.CANCELLED},
    X.RUNNING: {X.COMPLETED, X.FAILED, X.CANCELLED, X.TIMEOUT},
    X.COMPLETED: set(),
    X.FAILED: set(),
    X.CANCELLED: set(),
    X.TIMEOUT: set(),
}


def test_the_moves_are_these():
    assert NODE_MAY == NODE_MOVES
    assert EXECUTION_MAY == EXECUTION_MOVES
    assert {N.COMPLETED, N.FAILED, N.SKIPPED, N.CANCELLED} == NODE_OVER
    assert {X.COMPLETED, X.FAILED, X.CANCELLED, X.TIMEOUT} == EXECUTION_OVER


def test_a_node_run_makes_the_moves_it_may_and_no_other(alice):
    pk = start(alice, *prompt("x")).node_runs.get(node_id="make").pk
    mine = NodeRun.objects.filter(pk=pk)
    for before in N:
        for after in N:
            mine.update(status=before)
            assert NodeRun.move(pk, to=after, error="moved") is (after in NODE_MAY[before]), (before, after)
            assert mine.get().status == (after if after in NODE_MAY[before] else before)
            mine.update(status=before, error="")
            assert mine.move_many(to=after) == (after in NODE_MAY[before])


def test_an_execution_makes_the_moves_it_may_and_no_other(alice):
    pk = start(alice, *prompt("x")).pk
    mine = Execution.objects.filter(pk=pk)
    for before in X:
        for after in X:
            mine.update(status=before)
            assert Execution.move(pk, to=after) is (after in EXECUTION_MAY[before]), (before, after)
            assert mine.get().status == (after if after in EXECUTION_MAY[before] else before)


@pytest.mark.parametrize("attempt", [0, 2])
def test_another_attempt_moves_nothing(alice, attempt):
    pk = start(alice, *prompt("x")).node_runs.get(node_id="make").pk
    NodeRun.objects.filter(pk=pk).update(status=N.RUNNING, attempt=1)
    assert not NodeRun.move(pk, held_by=attempt, to=N.COMPLETED)
    assert NodeRun.objects.get(pk=pk).status == N.RUNNING
