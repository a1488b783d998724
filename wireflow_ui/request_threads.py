"""Requests take turns on a few threads that stay, each with its database connection.

Python runs one thread at a time, so a few of them answer as much as many do, and sooner: whoever has a turn is soon
done. More are started only for calls that wait while all threads are held up by something else than Python.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from django.db import connections

T = TypeVar("T")

FEW = 4
MOST = 64
#: Seconds a call may wait before a thread is started for it.
PATIENCE = 0.1
#: Seconds without work after which a thread beyond the few ends.
IDLE = 10.0


class RequestThreads:
    """``await threads.run(work)`` from the server's loop; calls begin in the order of asking."""

    def __init__(self, *, few: int = FEW, most: int = MOST, patience: float = PATIENCE, idle: float = IDLE):
        self.few, self.most, self.patience, self.idle = few, most, patience, idle
        self.count = 0
        self._changing = threading.Lock()  # guards count
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._asked = 0
        self._is_watched = False

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work()`` returns or raises. It goes on to its end even if nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()
        self._calls.put(lambda: _carry_out(work, context, loop, outcome))
        self._asked += 1
        if self.count < self.few:
            self._start()
        if not self._is_watched:
            self._is_watched = True
            loop.call_later(self.patience, self._look, loop, self._asked)
        return await outcome

    def _look(self, loop: asyncio.AbstractEventLoop, asked: int) -> None:
        """Start a thread for each call that waited already when so many were ``asked``; look again while any wait."""
        waiting = self._calls.qsize()
        late = asked - (self._asked - waiting)
        for _ in range(min(late, self.most - self.count)):
            self._start()
        self._is_watched = waiting > 0
        if waiting:
            loop.call_later(self.patience, self._look, loop, self._asked)

    def _start(self) -> None:
        with self._changing:
            self.count += 1
        threading.Thread(target=self._serve, name="request", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                call = self._calls.get(timeout=self.idle)
            except Empty:
                with self._changing:
                    if self.count > self.few:
                        self.count -= 1
                        break
            else:
                call()
                del call  # and with it the request
        connections.close_all()


def _carry_out(
    work: Callable[[], T],
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
    outcome: asyncio.Future[T],
) -> None:
    result: Any = None
    raised: BaseException | None = None
    try:
        result = context.run(work)
    except BaseException as error:  # noqa: BLE001  # it is raised where the call is awaited
        raised = error

    def tell() -> None:
        if outcome.cancelled():
            return
        if raised is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(raised)

    if not loop.is_closed():  # the server has stopped without waiting
        loop.call_soon_threadsafe(tell)
