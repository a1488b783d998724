"""New rows kept in a file until they are written, all in one go.

Reading an archive takes many times as long as writing what is in it, and on SQLite nobody else writes meanwhile. So
rows get their numbers and the form that the database takes them in while no transaction is open, and the transaction
does nothing but hand them over.

They are pickled: among the values are those that only the database's driver knows. Nobody else's bytes are ever loaded:
what is read is what the same object wrote before, in the same process, into a file of the temporary folder that the
import made for itself alone.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from accounts.statements import Column, columns_of, quoted

NUMBERS_AT_ONCE = 500
#: So much is in memory while it is written.
MOST_ROWS, MOST_BYTES = 2000, 4 * 1024**2

Values = tuple[Any, ...]


class Spool:
    """A row that was put here must not be changed any more. Numbers that are not used are gaps and do no harm."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._numbers: dict[type[models.Model], Iterator[int]] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, *rows: models.Model) -> None:
        """Keep rows, which get their numbers here."""
        connection = connections[DEFAULT_DB_ALIAS]
        for row in rows:
            model = type(row)
            if row.pk is None:
                self.number(row)
            values = tuple(column.of_new(row, connection) for column in columns_of(model))
            pickle.dump((model, values), self._file, pickle.HIGHEST_PROTOCOL)

    def number(self, row: models.Model) -> None:
        """Give a row its number before it is put, for those that name it."""
        model = type(row)
        if model not in self._numbers:
            self._numbers[model] = _numbers_of(model)
        row.pk = next(self._numbers[model])

    def write(self) -> None:
        """Write all that was put, in the caller's transaction. Foreign keys are looked at by its commit."""
        end = self._file.tell()
        self._file.seek(0)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            while self._file.tell() < end:
                for model, rows in self._some(end).items():
                    cursor.executemany(_insert_text(model), rows)

    def _some(self, end: int) -> dict[type[models.Model], list[Values]]:
        """The next rows, as many as may lie in memory, by model."""
        found: dict[type[models.Model], list[Values]] = {}
        until = min(end, self._file.tell() + MOST_BYTES)
        for _ in range(MOST_ROWS):
            model, values = pickle.load(self._file)  # noqa: S301  # written by this object
            found.setdefault(model, []).append(values)
            if self._file.tell() >= until:
                break
        return found


def _numbers_of(model: type[models.Model]) -> Iterator[int]:
    while True:
        yield from _reserved(model)


def _reserved(model: type[models.Model]) -> range | list[int]:
    """Numbers that no other row of the model gets."""
    connection, table = connections[DEFAULT_DB_ALIAS], model._meta.db_table
    pk = model._meta.pk
    assert pk is not None
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            next_one = "nextval(pg_get_serial_sequence(%s, %s))"
            cursor.execute(
                f"SELECT {next_one} FROM generate_series(1, %s)",  # noqa: S608
                [quoted(table), pk.column, NUMBERS_AT_ONCE],
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [NUMBERS_AT_ONCE, table])
        if not cursor.rowcount:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, NUMBERS_AT_ONCE]
            )
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last: int = cursor.fetchone()[0]
    return range(last - NUMBERS_AT_ONCE + 1, last + 1)


@cache
def _insert_text(model: type[models.Model]) -> str:
    columns: tuple[Column, ...] = columns_of(model)
    names = ", ".join(column.name for column in columns)
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608
