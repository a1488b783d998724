"""The one engine of this process."""

from __future__ import annotations

import threading

from django.conf import settings

from executions.engine.loop import Engine

_engine: Engine | None = None
_lock = threading.Lock()


def engine() -> Engine:
    """The engine of this process, started on first use. Embedded it is its own sweeper."""
    global _engine
    with _lock:
        if _engine is None or not _engine.is_alive:
            _engine = Engine(sweeps=settings.EMBEDDED)
            _engine.start()
        return _engine


def stop_engine() -> None:
    """Stop it gracefully, if it runs."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.stop()
            _engine = None


def is_running() -> bool:
    """Does this process have a living engine?"""
    return _engine is not None and _engine.is_alive
