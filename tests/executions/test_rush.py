"""While many calls accept runs, starting them waits: from the third at once until a moment after, and not for ever."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from executions.rush import MANY, MOMENT, MOST_SECONDS, Rush


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rush(clock: Clock) -> Rush:
    return Rush(clock)


def test_calls_one_after_the_other_are_no_rush(rush):
    for _ in range(100):
        with rush.call():
            assert not rush.is_on()


def test_many_at_once_are_one_until_a_moment_after_the_last_time_that_they_were_many(rush, clock):
    with ExitStack() as calls:
        for number in range(MANY):
            assert not rush.is_on(), number
            calls.enter_context(rush.call())
        assert rush.is_on()
    clock.now += MOMENT * 0.9
    assert rush.is_on()
    clock.now += MOMENT * 0.2
    assert not rush.is_on()
    assert not rush.has_many()


def test_a_call_that_is_refused_counts_no_more(rush):
    for _ in range(MANY):
        with pytest.raises(ValueError), rush.call():
            raise ValueError
    with rush.call():
        assert not rush.is_on()


def test_a_long_rush_lets_runs_start_and_the_next_one_holds_them_up_anew(rush, clock):
    def goes_on() -> None:
        with ExitStack() as calls:
            for _ in range(MANY):
                calls.enter_context(rush.call())

    began = clock.now
    while clock.now - began <= MOST_SECONDS:
        goes_on()
        assert rush.is_on()
        clock.now += MOMENT / 2
    goes_on()
    assert not rush.is_on()
    assert rush.has_many()
    clock.now += MOMENT * 2
    goes_on()
    assert rush.is_on()


def test_what_has_waited_as_long_as_it_may_waits_for_no_further_rush(rush, clock):
    since = clock.now
    for _ in range(3):
        with ExitStack() as calls:
            for _ in range(MANY):
                calls.enter_context(rush.call())
        assert rush.is_on() and rush.holds(since) == (clock.now - since <= MOST_SECONDS)
        clock.now += MOST_SECONDS / 1.5
    assert clock.now - since > MOST_SECONDS
