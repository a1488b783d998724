"""Where a page of the history ended, so that the next one goes on there whatever was started meanwhile."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from workflows.ids import read_moment

if TYPE_CHECKING:
    from executions.models import Execution, ExecutionQuerySet


def cursor_of(execution: Execution) -> str:
    """The place of an execution in the history, newest first."""
    return place_text(execution.created_at, execution.pk)


def place_text(at: datetime, last: uuid.UUID) -> str:
    return f"{at.isoformat()}~{last}"


def read_cursor(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    """The place that a cursor stands for; None for a text that is none."""
    moment, _, last_id = cursor.partition("~")
    at = read_moment(moment)
    try:
        last = uuid.UUID(last_id)
    except ValueError:
        return None
    return None if at is None else (at, last)


def older_than(executions: ExecutionQuerySet, cursor: str) -> ExecutionQuerySet | None:
    """Those after the cursor; None for a text that is none."""
    found = read_cursor(cursor)
    if found is None:
        return None
    at, last = found
    # The first condition says nothing new, but an index can begin at it.
    return executions.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__gt=last))
