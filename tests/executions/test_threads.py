"""The one thread that asks the database."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from executions.engine.threads import OneThread


@pytest.fixture
def thread():
    one = OneThread("test")
    yield one
    one.shutdown()


def test_what_is_first_goes_before_all_that_waits(thread):
    go_on, order = threading.Event(), []
    busy = thread.submit(go_on.wait, 30)
    given = [(thread if number < 3 else thread.first).submit(order.append, number) for number in range(5)]
    go_on.set()
    assert busy.result(30)
    for one in given:
        one.result(30)
    assert order == [3, 4, 0, 1, 2]


def test_all_is_done_before_it_ends_and_nothing_is_taken_afterwards(thread):
    done = [thread.submit(int, number) for number in range(10)]
    thread.shutdown()
    assert [one.result(0) for one in done] == list(range(10))
    with pytest.raises(RuntimeError):
        thread.submit(int)


def test_an_error_is_raised_where_the_result_is_awaited_and_ends_nothing(thread):
    with pytest.raises(ValueError, match="no number"):
        thread.submit(_fail).result(30)
    assert thread.submit(int, "7").result(30) == 7


def test_what_is_given_up_before_its_turn_is_not_done(thread):
    go_on, order = threading.Event(), []
    thread.submit(go_on.wait, 30)
    given_up = thread.submit(order.append, 1)
    assert given_up.cancel()
    go_on.set()
    thread.submit(order.append, 2).result(30)
    assert order == [2]


@pytest.fixture
def given_back(monkeypatch) -> Iterator[queue.SimpleQueue[str]]:
    """Which thread gave its connection back, each time."""
    found: queue.SimpleQueue[str] = queue.SimpleQueue()
    monkeypatch.setattr(
        "executions.engine.threads.close_old_connections", lambda: found.put(threading.current_thread().name)
    )
    yield found


def test_a_connection_is_kept_from_piece_to_piece_and_given_back_once_when_there_is_nothing_to_do(
    thread, given_back, monkeypatch
):
    monkeypatch.setattr("executions.engine.threads.KEPT_SECONDS", 0.3)
    for number in range(20):
        assert thread.submit(int, str(number)).result(30) == number
    assert given_back.empty()
    assert given_back.get(timeout=30) == "test"
    with pytest.raises(queue.Empty):
        given_back.get(timeout=1)  # it waits for work without looking again


def test_a_connection_is_given_back_when_something_failed(thread, given_back):
    with pytest.raises(ValueError, match="no number"):
        thread.submit(_fail).result(30)
    assert given_back.get(timeout=30) == "test"


def test_a_connection_that_cannot_be_given_back_does_not_end_the_thread(thread, monkeypatch):
    monkeypatch.setattr("executions.engine.threads.KEPT_SECONDS", 0.01)
    tried = threading.Event()

    def fail() -> None:
        tried.set()
        _fail()

    with monkeypatch.context() as broken:
        broken.setattr("executions.engine.threads.close_old_connections", fail)
        assert thread.submit(int, "7").result(30) == 7
        assert tried.wait(30)
    assert thread.submit(int, "8").result(30) == 8


def _fail() -> None:
    raise ValueError("no number")
