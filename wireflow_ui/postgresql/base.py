"""The database backend of a cluster.

Django writes the parameters of a statement into its text, so the server parses and plans each one anew. That is right
for questions that are put together for one page. What every run asks has a few fixed texts (`accounts.statements`):
for them there is a cursor that sends parameters apart, and after a few times the statement is sent no more. And where
a transaction says so, what nobody waits for goes with the next question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from django.db.backends.postgresql import base


@lru_cache(maxsize=1024)
def _with_numbers(text: str) -> str:
    """A statement with PostgreSQL's own placeholders: psycopg remembers what it makes of a text only up to 50."""
    first, *others = text.split("%s")
    numbered = [first, *(f"${number}{part}" for number, part in enumerate(others, start=1))]
    return "".join(numbered).replace("%%", "%")


class _Answered:
    """Stands before a cursor in its subclass: inside `DatabaseWrapper.sent_along` it waits for the answers."""

    along: psycopg.Pipeline | None = None

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        if self.along is not None and self.along.status == psycopg.pq.PipelineStatus.ABORTED:
            with suppress(psycopg.errors.PipelineAborted):
                self.along.sync()  # something was refused, and what was sent behind it with it: back to a savepoint
        super().execute(*args, **kwargs)  # type: ignore[misc]
        if self.along is not None:
            self.along.sync()
        return self

    def executemany(self, *args: Any, **kwargs: Any) -> None:
        super().executemany(*args, **kwargs)  # type: ignore[misc]
        if self.along is not None:
            self.along.sync()


class Cursor(_Answered, base.Cursor):
    """Django's."""


class PreparedCursor(_Answered, base.CursorMixin, psycopg.RawCursor[Any]):
    """For texts whose every ``%s`` is a parameter; as Django calls a cursor, and not in the other ways of psycopg."""

    def execute(self, text: str, parameters: Sequence[Any] | None = None) -> PreparedCursor:  # type: ignore[override]
        super().execute(_with_numbers(text), parameters)
        return self

    def executemany(self, text: str, several: Iterable[Sequence[Any]]) -> None:  # type: ignore[override]
        super().executemany(_with_numbers(text), several)


class DatabaseWrapper(base.DatabaseWrapper):
    """The methods that it calls are not in the stubs of Django."""

    along: psycopg.Pipeline | None = None

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        if name is None:
            cursor.along = self.along
        return cursor

    def prepared_cursor(self, *, is_counted: bool = False) -> Any:
        """A cursor as `cursor()` gives it, for a text that will come again with other parameters.

        How often it comes before it is prepared says ``prepare_threshold`` of the connection. Inside `sent_along`
        it waits for rows when they are fetched, and for their number alone where it ``is_counted``.
        """
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = PreparedCursor(self.connection)
        if is_counted:
            cursor.along = self.along
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined]

    @contextmanager
    def sent_along(self) -> Iterator[None]:
        """Around a transaction: what nobody waits for goes with the next question, or with the commit.

        Was something refused, the next question says so.
        """
        if self.along is not None or not psycopg.Pipeline.is_supported():
            yield
            return
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.pipeline() as self.along:
            try:
                yield
            finally:
                self.along = None
