"""Time as the database tells it: leases and due times must not depend on a worker's clock."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, Expression


class InSeconds(Expression):
    """The moment so many seconds from now (before now when negative), by the database's clock.

    It refers to no column, so `accounts.statements` takes it too, which compiles nothing.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(output_field=DateTimeField())
        self.seconds = seconds

    def as_sqlite(self, _compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        # "NOW" is the same during one statement, and written as Django writes times: in UTC, comparable as text.
        return "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', %s)", [f"{self.seconds:+.3f} seconds"]

    def as_postgresql(self, _compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "(STATEMENT_TIMESTAMP() + make_interval(secs => %s))", [self.seconds]


def in_seconds(seconds: float) -> InSeconds:
    return InSeconds(seconds)
