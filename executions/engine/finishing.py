"""The engine's one writer of results: what comes while it writes waits a moment and is written in one go.

Nothing is held back to be written with more: a call whose result is not noted when the process dies is made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from typing import Any, TypeAlias

from executions.engine.results import Result, complete
from executions.engine.work import DATABASE_AWAY, note

#: Whoever else waits to write waits no longer than for so many.
MOST_AT_ONCE = 12

Waiting: TypeAlias = "dict[asyncio.Future[None], Result]"


class Finisher:
    """Lives on the engine's loop; ``start`` begins a task there, ``ready`` is told what may start now."""

    def __init__(
        self,
        notes: Executor,
        *,
        start: Callable[[Coroutine[Any, Any, None]], object],
        ready: Callable[[list[int]], None],
    ) -> None:
        self._notes, self._start, self._ready = notes, start, ready
        self._waiting: Waiting = {}

    async def put(self, result: Result) -> None:
        """Write it down. Raises what went wrong with this one."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[done] = result
        if len(self._waiting) == 1:
            self._start(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            team_id = next(iter(self._waiting.values())).team_id  # no two wallets are locked at once
            batch = [one for one in self._waiting.items() if one[1].team_id == team_id][:MOST_AT_ONCE]
            await self._write(dict(batch))
            for done, _ in batch:
                del self._waiting[done]

    async def _write(self, batch: Mapping[asyncio.Future[None], Result]) -> None:
        [ready] = await asyncio.gather(
            note(self._notes, complete, list(batch.values())), return_exceptions=True
        )
        if not isinstance(ready, BaseException):
            self._ready(ready)
            _tell(batch, None)
        elif len(batch) == 1 or isinstance(ready, DATABASE_AWAY):
            _tell(batch, ready)
        else:  # each alone, so that one that cannot be written does not hold up the others
            for done, result in batch.items():
                await self._write({done: result})


def _tell(batch: Mapping[asyncio.Future[None], Result], error: BaseException | None) -> None:
    for done in batch:
        if done.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
