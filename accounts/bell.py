"""Telling workers of work. The database is the truth: a message may be lost, and the work is found again."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

log = logging.getLogger("wireflow.bell")


class Bell:
    """Publishes from one daemon thread, so that a deaf broker never holds up who rings; what fails is dropped."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[tuple[Task[..., None], tuple[Any, ...]]] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self, task: Task[..., None], *args: Any) -> None:
        """Have a worker do a task; returns at once."""
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._publish, name=self._name, daemon=True)
                self._thread.start()
        self._queue.put((task, args))

    def _publish(self) -> None:
        while True:
            self._send(*self._queue.get())

    def _send(self, task: Task[..., None], args: tuple[Any, ...]) -> None:
        try:
            task.apply_async(args=args, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("The broker took no message for %s (%s); the work is found again.", task.name, error)


class GatheringBell(Bell):
    """For tasks that take a list of ids: what comes while it publishes goes into one message, ``most`` ids in each.

    ``pause`` says how long to wait for more, in seconds: a message costs several times what its work does. What waits
    when the process ends is not published: the work is found again, as after any lost message.
    """

    def __init__(self, name: str, *, most: int, pause: Callable[[], float]) -> None:
        super().__init__(name)
        self._most, self._pause = most, pause

    def _publish(self) -> None:
        while True:
            rung = [self._queue.get()]
            if seconds := self._pause():
                time.sleep(seconds)
            with suppress(queue.Empty):
                while True:
                    rung.append(self._queue.get_nowait())
            waiting: dict[Task[..., None], dict[int, None]] = {}
            for task, (ids,) in rung:
                waiting.setdefault(task, {}).update(dict.fromkeys(ids))
            for task, found in waiting.items():
                ids = list(found)
                for start in range(0, len(ids), self._most):
                    self._send(task, (ids[start : start + self._most],))


#: For all but node runs, which have one of their own.
bell = Bell("bell")
