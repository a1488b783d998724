"""``bin/manage prepare``: what a start needs done first. Run again, it changes nothing.

Brings the database up to date, keeps prices that the catalog has changed as new versions, forgets sessions that are
over and, the very first time, makes the owner with a team and credits. Prints the path of a one-time sign-in link while
nobody has signed in yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from accounts.actions import first_start
from accounts.models import Team
from credits.actions import grant
from credits.models import Entry
from credits.prices import load_prices
from providers.catalog import load_catalog
from wireflow_ui.management.commands.migrate import without_limits

FIRST_CREDITS = 10_000
FIRST_GRANT = "grant:first-start"
#: Any number that nothing else in the database locks.
PREPARING = 7_419_053


class Command(BaseCommand):
    help = "Migrate the database; on first start make the owner and print the one-time sign-in link's path."

    def handle(self, *args: Any, **options: Any) -> None:
        with _one_at_a_time():
            call_command("migrate", verbosity=0, interactive=False)
            load_prices(load_catalog())
            with transaction.atomic():
                link = first_start()
                if link is not None and not Entry.objects.filter(reference=FIRST_GRANT).exists():
                    team = Team.objects.order_by("pk")[0]
                    grant(team=team, amount=FIRST_CREDITS, reason="First credits", reference=FIRST_GRANT)
            call_command("clearsessions")
        if link is not None:
            self.stdout.write(link)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """On PostgreSQL several servers may start together: the first one prepares, the others wait for it."""
    if connection.vendor != "postgresql":
        yield
        return
    with without_limits(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
