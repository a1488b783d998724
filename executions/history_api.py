"""``GET /workflows/executions`` and ``GET /workflows/{id}/executions``: contract §7.4."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from executions.api import workflow_or_404
from executions.cursors import cursor_of, older_than
from executions.guests import guest_summary
from executions.models import Execution, ExecutionQuerySet
from executions.permissions import MayRead
from executions.states import ExecutionStatus
from executions.wire import execution_summary
from wireflow_ui.errors import WireflowError, one_of
from workflows.ids import read_moment

MOST_LISTED = 200
MOST_LETTERS = 40

#: What a status on the wire stands for in the database, where it stands for more than itself.
_STORED = {
    ExecutionStatus.RUNNING: (ExecutionStatus.PENDING, ExecutionStatus.RUNNING),
    ExecutionStatus.FAILED: (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT),
}


class BadParameter(WireflowError):
    code = "bad_parameter"


class Moment(serializers.Field[datetime, str, str, Any]):
    """A time in ISO 8601; without a zone it is UTC."""

    def to_internal_value(self, data: str) -> datetime:
        # The plus of a zone is a space in an address unless it was escaped.
        moment = read_moment(data.replace(" ", "+")) if len(data) <= MOST_LETTERS else None
        if moment is None:
            raise serializers.ValidationError("Give a time such as 2026-11-21T09:00:00.000Z.")
        return moment


class Whole(serializers.IntegerField):
    """A number written in plain digits."""

    def to_internal_value(self, data: Any) -> int:
        text = str(data)
        if not (text.isascii() and text.isdigit()) or len(text) > 10:
            raise serializers.ValidationError("This must be a whole number.")
        return int(text)


class HistoryInput(serializers.Serializer[Any]):
    """The query: filters, and either ``cursor`` or ``offset``."""

    status = serializers.ChoiceField(
        choices=list(ExecutionStatus),
        required=False,
        error_messages={"invalid_choice": one_of(ExecutionStatus)},
    )
    workflowId = serializers.CharField(required=False, max_length=100)
    batchId = serializers.UUIDField(required=False)
    trigger = serializers.CharField(required=False, max_length=20)
    to = Moment(required=False)
    limit = Whole(default=50)
    offset = Whole(default=0)
    cursor = serializers.CharField(required=False, max_length=100)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": Moment(required=False)}


class HistoryView(APIView):
    """The team's executions, newest first; the Link header leads to the next page, by a cursor that stays."""

    permission_classes = [MayRead]

    def get(self, request: Request, workflow_id: str = "") -> Response:
        actor = actor_of(request)
        asked = HistoryInput(data=request.query_params)
        if not asked.is_valid():
            name, problems = next(iter(asked.errors.items()))
            raise BadParameter(f"{name}: {problems[0]}")
        query = asked.validated_data
        executions = Execution.objects.paid_by(actor)
        if workflow_id:
            executions = executions.filter(workflow=workflow_or_404(actor, workflow_id))
        executions = _filtered(executions, query)
        limit = min(query["limit"], MOST_LISTED)
        headers = {}
        if "limit" in request.query_params or "offset" in request.query_params:
            headers["X-Total-Count"] = str(executions.count())
        if "cursor" in query:
            after = older_than(executions, query["cursor"])
            if after is None:
                raise BadParameter(
                    "cursor: This is no cursor; take it from the Link header of the page before."
                )
            executions = after
        start = query["offset"]
        rows = list(executions.order_by("-created_at", "id")[start : start + limit + 1])
        if len(rows) > limit > 0:
            kept = {
                name: value
                for name, value in request.query_params.items()
                if name not in ("offset", "cursor")
            }
            address = urlencode({**kept, "limit": limit, "cursor": cursor_of(rows[limit - 1])})
            headers["Link"] = f'<{settings.PUBLIC_URL}{request.path}?{address}>; rel="next"'
        page = [guest_summary(one) if one.is_guest else execution_summary(one) for one in rows[:limit]]
        return Response(page, headers=headers)


def _filtered(executions: ExecutionQuerySet, query: dict[str, Any]) -> ExecutionQuerySet:
    if "status" in query:
        status = ExecutionStatus(query["status"])
        executions = executions.filter(status__in=_STORED.get(status, (status,)))
    same = {
        "workflow_id": query.get("workflowId"),
        "batch_id": query.get("batchId"),
        "trigger": query.get("trigger"),
    }
    executions = executions.filter(**{name: value for name, value in same.items() if value is not None})
    span: dict[str, datetime | None] = {
        "created_at__gte": query.get("from"),
        "created_at__lt": query.get("to"),
    }
    return executions.filter(**{name: value for name, value in span.items() if value is not None})
