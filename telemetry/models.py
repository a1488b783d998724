"""The processes at work, as they last told of themselves."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Kind(models.TextChoices):
    SERVER = "server", "everything in one process"
    WEB = "web"
    WORKER = "worker"
    SWEEPER = "sweeper"


class Process(models.Model):
    """One run of one process: written when it starts, every few seconds, and when it ends in order."""

    id = models.CharField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=10, choices=Kind)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField(default=timezone.now)

    seen_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    #: How many node runs are in its hands, and the numbers of the first of them.
    carrying = models.IntegerField(default=0)
    node_runs = models.JSONField(default=list)
    #: Its last warnings and errors, see `telemetry.recent`.
    lines = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.kind} {self.pid} on {self.host}"
