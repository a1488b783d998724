"""The engine's writer: what comes while it writes is written together, and one that cannot be holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError

from executions.engine.batch_queue import BatchQueue
from executions.engine.finishing import MOST_AT_ONCE, Writer


class Bad(Exception):
    pass


class Book:
    """What was written, batch by batch; the first one is held until ``go``."""

    def __init__(self) -> None:
        self.go = Event()
        self.batches: list[list[int]] = []
        self.fault: Callable[[], Exception] = Bad

    def write(self, numbers: Sequence[int]) -> list[int]:
        assert self.go.wait(30)
        self.batches.append(list(numbers))
        if any(number < 0 for number in numbers):
            raise self.fault()
        return [10 * number for number in numbers]

    def put(self, *numbers: int) -> list[Any]:
        """The answers, or what went wrong, when all of these come while the first one is written."""
        return asyncio.run(self._put(numbers))

    async def _put(self, numbers: Sequence[int]) -> list[Any]:
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()

        def begin(doing: Coroutine[Any, Any, None]) -> None:
            tasks.add(loop.create_task(doing))

        with ThreadPoolExecutor(1) as notes:
            writer = Writer(notes, self.write, start=begin)
            waiting = [loop.create_task(writer.put(number)) for number in numbers]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.go.set()
            return await asyncio.gather(*waiting, return_exceptions=True)


def test_what_comes_meanwhile_is_written_together_and_each_gets_its_own_answer():
    book = Book()
    assert book.put(*range(1, 6)) == [10, 20, 30, 40, 50]
    assert [one for batch in book.batches for one in batch] == [1, 2, 3, 4, 5]
    assert len(book.batches) <= 2


def test_a_batch_is_bounded():
    book = Book()
    numbers = range(3 * MOST_AT_ONCE)
    assert book.put(*numbers) == [10 * number for number in numbers]
    assert max(map(len, book.batches)) == MOST_AT_ONCE


def test_one_that_cannot_be_written_holds_up_no_other():
    first, second, third = Book().put(1, -2, 3)
    assert (first, third) == (10, 30)
    assert isinstance(second, Bad)


def test_while_the_database_is_away_nothing_is_tried_alone(monkeypatch):
    monkeypatch.setattr("executions.engine.work.NOTED_SECONDS", -1.0)
    book = Book()
    book.fault = OperationalError
    answers = book.put(-1, -2, -3)
    assert all(isinstance(answer, OperationalError) for answer in answers)
    assert sum(map(len, book.batches)) == 3


@pytest.mark.parametrize("count", [1, 7])
def test_batches_take_who_came_first_and_nobody_twice(count):
    expected = list(dict.fromkeys([*range(count), 5, 9, 8]))
    taken: list[list[int]] = []

    async def take(ids: list[int]) -> None:
        taken.append(ids)
        if len(taken) == 1:
            batches.add([5, 9, 5, 8])

    async def serve() -> None:
        batches.add(range(count))
        serving = asyncio.create_task(batches.serve())
        while sum(map(len, taken)) < len(expected):
            await asyncio.sleep(0)
        serving.cancel()

    batches = BatchQueue(3, take)
    asyncio.run(serve())
    assert all(len(batch) <= 3 for batch in taken)
    assert [one for batch in taken for one in batch] == expected
