"""Node runs that are to be taken up, in batches: what comes while one is taken waits for the next."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection


async def at_once(_since: float) -> None:
    """No pause."""


class BatchQueue:
    """Lives on the engine's loop. ``take`` takes up to ``most`` at a time, who came first before the others.

    ``pause`` is awaited before each batch, with the second at which the first one of many came.
    """

    def __init__(
        self,
        most: int,
        take: Callable[[list[int]], Awaitable[None]],
        *,
        pause: Callable[[float], Awaitable[None]] = at_once,
    ) -> None:
        self._most, self._take, self._pause = most, take, pause
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._wake = asyncio.Event()

    def add(self, ids: Collection[int]) -> None:
        self._ids.update(dict.fromkeys(ids))
        self._wake.set()

    async def serve(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            since = time.monotonic()
            while self._ids:
                await self._pause(since)
                count = min(len(self._ids), self._most)
                await self._take([self._ids.popitem(last=False)[0] for _ in range(count)])
