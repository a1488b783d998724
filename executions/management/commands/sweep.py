"""``bin/manage sweep``: the sweeper as a process of its own, for clusters."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from executions.chores import do_chores
from executions.engine.running import engine, stop_engine
from executions.engine.sweeper import (
    CLEAN_FIRST_SECONDS,
    CLEAN_SECONDS,
    SWEEP_SECONDS,
    neglected,
    sweep,
)
from telemetry import switch
from telemetry.models import Kind


class Command(BaseCommand):
    help = "Find lost work and ring for it again, every few seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once, print what was found, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(sweep()))
            return
        stopping = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        switch.begin(Kind.SWEEPER)
        engine()
        clean_at = time.monotonic() + CLEAN_FIRST_SECONDS
        while not stopping.wait(SWEEP_SECONDS):
            try:
                sweep()
                # With a broker that is dead or deaf this process does the work: slower, but it gets done.
                ready, due = neglected()
                engine().ready(ready)
                engine().due(due)
                do_chores()
                if time.monotonic() >= clean_at:
                    engine().clean()
                    clean_at += CLEAN_SECONDS
            except (OperationalError, InterfaceError) as error:
                self.stderr.write(f"The database did not answer ({error}); trying again.")
            close_old_connections()
        stop_engine()
        switch.end()
