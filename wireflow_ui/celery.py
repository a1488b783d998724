"""The Celery application: carries ids of work to the workers. The database is the truth."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown

from wireflow_ui import collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wireflow_ui.settings")

app = Celery("wireflow_ui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def start_engine_of_worker(**_: Any) -> None:
    """A worker's engine runs before its first message, and tells that the worker lives."""
    from django.conf import settings

    from executions.engine.running import engine
    from telemetry import switch
    from telemetry.models import Kind

    if not settings.EMBEDDED:
        switch.begin(Kind.WORKER)
        engine()
        collector.pass_by_what_stays()


@worker_shutdown.connect
def stop_engine_of_worker(**_: Any) -> None:
    """A worker that is asked to end gives back what it has not begun. (A server stops its engine by itself.)"""
    from django.conf import settings

    from executions.engine.running import stop_engine
    from telemetry import switch

    if not settings.EMBEDDED:
        stop_engine()
        switch.end()
