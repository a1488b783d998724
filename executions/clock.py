"""Time as the database tells it: leases and due times must not depend on a worker's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now


def in_seconds(seconds: float) -> ExpressionWrapper[Any]:
    """The moment so many seconds from now (before now when negative), for use in queries."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
