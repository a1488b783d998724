"""``bin/manage check_ledger``: exit 0 and one line when the money is proven, else 1 and what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from executions.audit import faults


class Command(BaseCommand):
    help = "Prove that entries, balances, holds and node runs agree."

    def handle(self, *args: Any, **options: Any) -> None:
        found = faults()
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("The ledger is right: entries, balances and holds agree.")
