"""A bell that gathers: what is rung while it publishes, or waits a moment, goes into few messages."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from accounts.bell import GatheringBell
from tests.processes import PATIENCE


class Task:
    """Takes messages as a Celery task does; the first one holds up the bell until ``go``."""

    def __init__(self, name: str, expected: int) -> None:
        self.name = name
        self.begun, self.go, self.heard_all = Event(), Event(), Event()
        self.messages: list[list[int]] = []
        self.is_deaf = False
        self._expected = expected

    def apply_async(self, *, args: Any, retry: bool) -> None:
        self.messages.append(args[0])
        self.begun.set()
        if sum(map(len, self.messages)) >= self._expected:
            self.heard_all.set()
        assert self.go.wait(PATIENCE)
        if self.is_deaf:
            raise OperationalError

    def wait(self) -> None:
        assert self.heard_all.wait(PATIENCE)


def bell(most: int = 50) -> GatheringBell:
    return GatheringBell("test-bell", most=most, pause=lambda: 0.0)


def test_what_is_rung_while_it_publishes_goes_into_one_message():
    task, ringing = Task("submit", 7), bell()
    ringing.ring(task, [1])
    assert task.begun.wait(PATIENCE)
    for number in range(2, 7):
        ringing.ring(task, [number, number])
    ringing.ring(task, [3, 7])
    task.go.set()
    task.wait()
    assert task.messages == [[1], [2, 3, 4, 5, 6, 7]]


def test_a_message_holds_no_more_than_so_many_and_each_task_has_its_own():
    submit, poll, ringing = Task("submit", 8), Task("poll", 2), bell(most=3)
    poll.go.set()
    ringing.ring(submit, [0])
    assert submit.begun.wait(PATIENCE)
    ringing.ring(poll, [1, 2])
    ringing.ring(submit, list(range(1, 8)))
    submit.go.set()
    submit.wait()
    poll.wait()
    assert submit.messages == [[0], [1, 2, 3], [4, 5, 6], [7]]
    assert poll.messages == [[1, 2]]


@pytest.mark.parametrize("is_deaf", [True, False])
def test_a_broker_that_takes_nothing_ends_nothing(is_deaf):
    task, ringing = Task("submit", 2), bell()
    task.is_deaf = is_deaf
    task.go.set()
    ringing.ring(task, [1])
    assert task.begun.wait(PATIENCE)
    ringing.ring(task, [2])
    task.wait()
    assert task.messages == [[1], [2]]
