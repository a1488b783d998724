"""Django's ``migrate``, without the limits of time that requests have on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with without_limits(options["database"]):
            super().handle(*args, **options)


@contextmanager
def without_limits(database: str = "default") -> Iterator[None]:
    """Let statements, locks and transactions of this process take as long as they need."""
    connection = connections[database]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {limit} = 0" for limit in LIMITS))
        try:
            yield
        finally:
            cursor.execute("; ".join(f"RESET {limit}" for limit in LIMITS))
