"""The one thread that asks the database."""

from __future__ import annotations

import threading

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


def test_a_connection_is_given_back_when_there_is_nothing_more_to_do_or_something_failed(thread, monkeypatch):
    go_on, given_back = threading.Event(), []
    monkeypatch.setattr(
        "executions.engine.threads.close_old_connections", lambda: given_back.append(len(done))
    )
    done: list[int] = []
    busy = thread.submit(go_on.wait, 30)
    waiting = [thread.submit(done.append, 1), thread.submit(_fail), thread.submit(done.append, 2)]
    go_on.set()
    assert busy.result(30)
    waiting[0].result(30)
    with pytest.raises(ValueError, match="no number"):
        waiting[1].result(30)
    waiting[2].result(30)
    assert given_back == [1, 2]


def test_a_connection_that_cannot_be_given_back_does_not_end_the_thread(thread, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("executions.engine.threads.close_old_connections", _fail)
        with pytest.raises(ValueError, match="no number"):
            thread.submit(int, "7").result(30)
    assert thread.submit(int, "8").result(30) == 8


def _fail() -> None:
    raise ValueError("no number")
