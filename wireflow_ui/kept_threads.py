"""Requests take turns on a few threads that stay, each with its database connection.

Django by itself starts a thread for every request, and with it opens a connection and closes it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

KEPT = 8


class KeptThreads:
    """ASGI wrapper. A request gets a thread of its own at once, kept or new: none waits for another one's end.

    Everything here runs on the server's loop, so there is nothing to lock.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        thread = self.idle.pop() if self.idle else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive, send)
        finally:
            # A view goes on when its client leaves, so the thread is handed on only when it gets to this.
            done = asyncio.get_running_loop().run_in_executor(thread, int)
            done.add_done_callback(lambda _: self.give_back(thread))

    def give_back(self, thread: ThreadPoolExecutor) -> None:
        if len(self.idle) < KEPT:
            self.idle.append(thread)
        else:
            thread.shutdown(wait=False)
