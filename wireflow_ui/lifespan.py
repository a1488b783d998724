"""What a server process starts and stops around its requests.

Embedded, that is everything: the engine, the Celery worker's thread and the loop that carries live news. On a cluster
only the news.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts import news
from telemetry import processes, switch
from telemetry.models import Kind
from wireflow_ui import collector

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

WORKER_STOP_SECONDS = 3

log = logging.getLogger("wireflow.process")


class SecondProcess(RuntimeError):
    """Another process works in the same data folder."""


class Lifespan:
    """Wraps the application; answers ASGI's lifespan, which Django does not."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._worker: threading.Thread | None = None
        self._lock: TextIO | None = None
        self._beats: asyncio.Task[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._start(asyncio.get_running_loop())
                except SecondProcess as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._beats is not None:
                    self._beats.cancel()
                await asyncio.to_thread(self._stop)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if settings.EMBEDDED:
            self._lock = _take_data_folder()
        news.register_loop(loop)
        switch.begin(Kind.SERVER if settings.EMBEDDED else Kind.WEB)
        if settings.EMBEDDED:
            from executions.engine.running import engine

            engine()
            self._worker = threading.Thread(target=_run_worker, name="celery", daemon=True)
            self._worker.start()
        else:
            self._beats = loop.create_task(_beat_for_ever())
        collector.pass_by_what_stays()

    def _stop(self) -> None:
        news.register_loop(None)
        if settings.EMBEDDED:
            self._stop_working()
        else:
            with suppress(OperationalError, InterfaceError):  # nobody needs to know more than that it stopped
                processes.end()
        switch.end()

    def _stop_working(self) -> None:
        from celery.worker import state

        from executions.engine.running import stop_engine

        state.should_stop = 0  # type: ignore[assignment]  # an exit code ends the worker; None lets it run
        stop_engine()
        # The worker looks at that only every few seconds; without a task in its hands nothing is lost by leaving.
        end = time.monotonic() + WORKER_STOP_SECONDS
        while self._worker is not None and state.active_requests and time.monotonic() < end:
            self._worker.join(0.05)
        if self._lock is not None:
            self._lock.close()


async def _beat_for_ever() -> None:
    """A server without an engine, which would do this, tells of itself."""
    while True:
        try:
            await database_sync_to_async(processes.beat)()
        except (OperationalError, InterfaceError) as error:
            log.warning("The database did not answer (%s); trying again.", error)
        await asyncio.sleep(processes.BEAT_SECONDS)


def _take_data_folder() -> TextIO:
    """Hold the data folder for this process alone; the system lets go of it however the process ends."""
    file = (settings.DATA_DIR / "process.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise SecondProcess(
            f"Another Wireflow UI runs in {settings.DATA_DIR}. Stop it, choose another folder with --data, "
            "or set DATABASE_URL and REDIS_URL to run several processes."
        ) from None
    return file


def _run_worker() -> None:
    """Celery's worker on the in-memory broker: everything in the background that is not a node run."""
    from wireflow_ui.celery import app

    worker = app.WorkController(
        app=app,
        pool_cls="threads",
        concurrency=2,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
    )
    worker.start()
