"""Deeds done at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(doing: list[Callable[[], Any]]) -> list[Any]:
    """Do all of these at the same moment, each in a thread and with a connection of its own."""
    together = Barrier(len(doing))

    def one(what: Callable[[], Any]) -> Any:
        try:
            together.wait(30)
            return what()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(doing)) as pool:
        return list(pool.map(one, doing))
