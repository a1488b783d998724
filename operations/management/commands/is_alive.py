"""``bin/manage is_alive sweeper``, for health checks: did such a process of this host tell of itself lately?"""

from __future__ import annotations

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from operations.state import workers_of
from telemetry.models import Kind


class Command(BaseCommand):
    help = "Exit 0 when a process of this kind works on this host, else 1 with a sentence."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Kind.values)

    def handle(self, *args: Any, **options: Any) -> None:
        here = socket.gethostname()[:255]
        try:
            workers = workers_of(timezone.now())
        except OperationalError as error:
            raise CommandError(f"The database does not answer ({error}).") from error
        mine = [one for one in workers if (one.process.kind, one.process.host) == (options["kind"], here)]
        if not any(one.state == "working" for one in mine):
            raise CommandError(f"No {options['kind']} works on {here}.")
        self.stdout.write(f"A {options['kind']} works on {here}.")
