"""The database backend of a cluster.

Django writes the parameters of a statement into its text, so the server parses and plans each one anew. That is right
for questions that are put together for one page. What every run asks has a few fixed texts (`accounts.statements`):
for them there is a cursor that sends parameters apart, and after a few times the statement is sent no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class PreparedCursor(base.CursorMixin, psycopg.RawCursor[Any]):
    """For texts whose every ``%s`` is a parameter; as Django calls a cursor, and not in the other ways of psycopg."""

    def execute(self, text: str, parameters: Sequence[Any] | None = None) -> PreparedCursor:  # type: ignore[override]
        return super().execute(_with_numbers(text), parameters)

    def executemany(self, text: str, several: Iterable[Sequence[Any]]) -> None:  # type: ignore[override]
        super().executemany(_with_numbers(text), several)


class DatabaseWrapper(base.DatabaseWrapper):
    """The methods that it calls are not in the stubs of Django."""

    def prepared_cursor(self) -> Any:
        """A cursor as `cursor()` gives it, for a text that will come again with other parameters.

        How often it comes before it is prepared says ``prepare_threshold`` of the connection.
        """
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = PreparedCursor(self.connection)
        return self._prepare_cursor(cursor)  # type: ignore[attr-defined]
