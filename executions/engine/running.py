"""The one engine of this process."""

from __future__ import annotations

import threading

from django.conf import settings

from accounts import news
from assets.children import close_pool
from executions.engine.loop import Engine

_engine: Engine | None = None
_lock = threading.Lock()


def engine() -> Engine:
    """The engine of this process, started on first use. Embedded it is its own sweeper."""
    global _engine
    with _lock:
        if _engine is None or not _engine.is_alive:
            _engine = Engine(sweeps=settings.EMBEDDED)
            if not settings.EMBEDDED:
                # A worker has no server's loop to tell its news on, and must not wait for the channel layer either.
                news.register_loop(_engine.loop)
            _engine.start()
        return _engine


def stop_engine() -> None:
    """Stop it gracefully, if it runs, and end the children that worked on files for it."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.stop()
            _engine = None
            close_pool()
            if not settings.EMBEDDED:
                news.register_loop(None)


def is_running() -> bool:
    """Does this process have a living engine?"""
    return _engine is not None and _engine.is_alive
