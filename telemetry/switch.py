"""Turns on what the settings ask for, when a process begins its life. Commands and tests watch nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings

from telemetry import metrics, processes, traces
from telemetry.models import Kind

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

log = logging.getLogger("wireflow.process")
_port: WSGIServer | None = None


def begin(kind: Kind) -> None:
    """This process begins: it has a row from its first beat on, and counts and traces where that is configured."""
    global _port
    processes.begin(kind)
    version = processes.our_version()
    if settings.METRICS_TOKEN or settings.METRICS_LISTEN:
        metrics.turn_on(kind=kind.value, version=version)
    if settings.METRICS_LISTEN:
        from telemetry import scrapes

        host, port = settings.METRICS_LISTEN
        try:
            _port = scrapes.serve(host, port, settings.METRICS_TOKEN)
        except OSError as error:
            # Runs matter more than figures about them.
            log.error("WIREFLOW_METRICS_LISTEN: %s:%d cannot be used (%s).", host, port, error.strerror)
    if settings.TRACES:
        traces.turn_on(kind=kind.value, version=version)


def end() -> None:
    """Send what is left and stop watching."""
    global _port
    if _port is not None:
        _port.shutdown()
        _port.server_close()
        _port = None
    traces.turn_off()
    metrics.turn_off()
