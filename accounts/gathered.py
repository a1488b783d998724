"""Changes of single rows that are sent together: one journey to the database for all that have the same text.

Whoever holds the lock under which a row changes, and has read the row, knows what its guard will say. Inside
`together` such a change is taken for granted, and checked when it is sent: was one refused after all, nothing of the
transaction may stay, and its caller does each piece of work alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

from accounts.statements import cursor_of, update, update_text, write


class Overtaken(Exception):
    """A change that was taken for granted found its row changed by somebody else."""


class _Changes:
    """What is to be sent, in groups of one text; changes of one row stay in their order."""

    def __init__(self) -> None:
        self._groups: list[tuple[str, list[list[Any]]]] = []
        self._of_text: dict[str, int] = {}
        self._of_row: dict[tuple[type[Model], Any], int] = {}
        self.at_commit: set[tuple[Callable[[int], object], int]] = set()

    def add(self, model: type[Model], where: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        text, values = update_text(model, where, changes)
        row = (model, where["pk"])
        place = self._of_text.get(text, -1)
        if place < self._of_row.get(row, 0):
            place = len(self._groups)
            self._groups.append((text, []))
        self._groups[place][1].append(values)
        self._of_text[text] = self._of_row[row] = place

    def send(self) -> None:
        groups, self._groups = self._groups, []
        self._of_text, self._of_row = {}, {}
        with cursor_of(connections[DEFAULT_DB_ALIAS], is_counted=True) as cursor:
            for text, rows in groups:
                if len(rows) == 1:
                    cursor.execute(text, rows[0])
                else:
                    cursor.executemany(text, rows)
                if cursor.rowcount != len(rows):
                    raise Overtaken(f"{cursor.rowcount} of {len(rows)} rows were as expected.")


_changes: ContextVar[_Changes | None] = ContextVar("changes that are sent together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """The changes made by `change` inside are sent at the end. Raises `Overtaken` when one finds its row changed."""
    changes = _Changes()
    token = _changes.set(changes)
    try:
        yield
    finally:
        _changes.reset(token)
    changes.send()


def send_now() -> None:
    """Send what waits: before a question to the database whose answer depends on it."""
    changes = _changes.get()
    if changes is not None:
        changes.send()


def change(model: type[Model], where: Mapping[str, Any], **changes: Any) -> bool:
    """`update` of one row, named by its "pk": was it as ``where`` says? Inside `together` that is taken for granted."""
    waiting = _changes.get()
    if waiting is None:
        return update(model, where, **changes) == 1
    waiting.add(model, where, changes)
    return True


def put(model: type[Model], where: Mapping[str, Any], **changes: Any) -> None:
    """`change` of a row that is locked and was read: nobody asks whether it was there."""
    if _changes.get() is None:
        write(model, where, **changes)
    else:
        change(model, where, **changes)


def once_at_commit(function: Callable[[int], object], number: int) -> None:
    """`transaction.on_commit`, robustly; for each number once inside `together`, however often it is asked for."""
    waiting = _changes.get()
    if waiting is not None:
        if (function, number) in waiting.at_commit:
            return
        waiting.at_commit.add((function, number))
    transaction.on_commit(partial(function, number), robust=True)
