"""Executions started together, and large tables on their way to be them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.actor import MOST_CALLED
from accounts.models import Team
from workflows.models import Workflow


class Batch(models.Model):
    """Executions started together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)


class IntakeState(models.TextChoices):
    OPEN = "open", "rows of it wait to be made into runs"
    STOPPING = "stopping", "its runs are being stopped, a few at a time"
    OVER = "over"


class Intake(models.Model):
    """A table too large for one transaction, on its way to be the runs of its batch: see `executions.intakes`.

    ``rows`` are those to come, a value for each of ``columns``, which are node ids; ``lot`` become runs at once.
    ``names`` are what all of its rows are called, none where none was named. The graph is kept as it was when the table
    was sent, and dropped when nothing is to come any more; so are the prices of its nodes, for as long as the table.
    ``refused`` says why rows were left, ``stopped_by`` who had all of it stopped.
    """

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, primary_key=True, related_name="intake")
    workflow = models.ForeignKey(
        Workflow, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    nodes = models.JSONField()
    edges = models.JSONField()
    columns = models.JSONField()
    rows = models.JSONField()
    names = models.JSONField(default=list)
    size = models.PositiveIntegerField()
    lot = models.PositiveSmallIntegerField()
    prices = models.JSONField(default=dict)

    state = models.CharField(max_length=8, choices=IntakeState, default=IntakeState.OPEN, db_index=True)
    refused = models.TextField(blank=True)
    stopped_by = models.CharField(max_length=MOST_CALLED, blank=True)

    def __str__(self) -> str:
        return f"{self.accepted} of {self.size} rows of {self.batch_id}"

    @property
    def accepted(self) -> int:
        """How many of its rows were made into runs."""
        return self.size - len(self.rows)

    @property
    def is_gone(self) -> bool:
        """Nothing of it is left but what became of its rows."""
        return self.state == IntakeState.OVER and not self.rows
