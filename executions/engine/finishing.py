"""The engine's one writer: what comes while it writes waits a moment and is written in one go.

Nothing is held back to be written with more: a call whose result is not noted when the process dies is made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar

from executions.engine.results import Result, complete
from executions.engine.work import DATABASE_AWAY, note

T = TypeVar("T")
R = TypeVar("R")

#: Whoever else waits to write waits no longer than for so many.
MOST_AT_ONCE = 12

Start = Callable[[Coroutine[Any, Any, None]], object]


class Writer(Generic[T, R]):
    """Lives on the engine's loop; ``start`` begins a task there. ``write`` answers for each, in their order."""

    def __init__(self, notes: Executor, write: Callable[[Sequence[T]], Sequence[R]], *, start: Start) -> None:
        self._notes, self._write, self._start = notes, write, start
        self._waiting: dict[asyncio.Future[R], T] = {}

    async def put(self, one: T) -> R:
        """Write it down. Raises what went wrong with this one."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[done] = one
        if len(self._waiting) == 1:
            self._start(self._write_all())
        return await done

    def chosen(self, waiting: Mapping[asyncio.Future[R], T]) -> list[tuple[asyncio.Future[R], T]]:
        """Those that are written next."""
        return list(waiting.items())[:MOST_AT_ONCE]

    def written(self, answers: Sequence[R]) -> None:
        """A batch is stored."""

    async def _write_all(self) -> None:
        while self._waiting:
            batch = self.chosen(self._waiting)
            await self._write_batch(dict(batch))
            for done, _ in batch:
                del self._waiting[done]

    async def _write_batch(self, batch: Mapping[asyncio.Future[R], T]) -> None:
        [answers] = await asyncio.gather(
            note(self._notes, self._write, list(batch.values())), return_exceptions=True
        )
        if not isinstance(answers, BaseException):
            self.written(answers)
            for done, answer in zip(batch, answers, strict=True):
                if not done.done():  # whoever waited for it was cancelled
                    done.set_result(answer)
        elif len(batch) == 1 or isinstance(answers, DATABASE_AWAY):
            for done in batch:
                if not done.done():
                    done.set_exception(answers)
        else:  # each alone, so that one that cannot be written does not hold up the others
            for done, one in batch.items():
                await self._write_batch({done: one})


class Finisher(Writer[Result, list[int]]):
    """Writes results; ``ready`` is told what may start now."""

    def __init__(self, notes: Executor, *, start: Start, ready: Callable[[list[int]], None]) -> None:
        super().__init__(notes, _complete, start=start)
        self._ready = ready

    def chosen(
        self, waiting: Mapping[asyncio.Future[list[int]], Result]
    ) -> list[tuple[asyncio.Future[list[int]], Result]]:
        team_id = next(iter(waiting.values())).team_id  # no two wallets are locked at once
        return [one for one in waiting.items() if one[1].team_id == team_id][:MOST_AT_ONCE]

    def written(self, answers: Sequence[list[int]]) -> None:
        for ready in answers:
            self._ready(ready)


def _complete(results: Sequence[Result]) -> list[list[int]]:
    """What became ready by all of them stands with the first one."""
    return [complete(results), *([] for _ in results[1:])]
