"""What was taken of limits on how often something may be done."""

from __future__ import annotations

from django.db import models


class Bucket(models.Model):
    """What was taken of a limit in a window of time; see ``accounts.buckets``. Past ``ends_at`` it counts as empty."""

    name = models.CharField(max_length=100, primary_key=True)
    used = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.used}"
