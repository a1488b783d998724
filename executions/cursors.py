"""Where a page of the history ended, so that the next one goes on there whatever was started meanwhile."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q

from workflows.ids import read_moment

if TYPE_CHECKING:
    from executions.models import Execution, ExecutionQuerySet


def cursor_of(execution: Execution) -> str:
    """The place of an execution in the history, newest first."""
    return f"{execution.created_at.isoformat()}~{execution.pk}"


def older_than(executions: ExecutionQuerySet, cursor: str) -> ExecutionQuerySet | None:
    """Those after the cursor; None for a text that is none."""
    moment, _, last_id = cursor.partition("~")
    at = read_moment(moment)
    try:
        last = uuid.UUID(last_id)
    except ValueError:
        return None
    if at is None:
        return None
    return executions.filter(Q(created_at__lt=at) | Q(created_at=at, pk__gt=last))
