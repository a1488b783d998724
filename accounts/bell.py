"""Telling workers of work. The database is the truth: a message may be lost, and the work is found again."""

from __future__ import annotations

import logging
import queue
import threading
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
            task, args = self._queue.get()
            try:
                task.apply_async(args=args, retry=False)
            except (OperationalError, OSError) as error:
                log.warning(
                    "The broker took no message for %s (%s); the work is found again.", task.name, error
                )


#: For all but node runs, which have one of their own.
bell = Bell("bell")
