"""The schedules of a workflow over REST: our own addition to the contract."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor, actor_of
from accounts.api import needs, needs_by_method
from accounts.throttles import StartThrottle
from executions.api import workflow_or_404
from executions.idempotency import answer_once
from executions.models import Execution
from executions.run_api import run_object
from triggers.firing import run_now
from triggers.models import Schedule
from triggers.schedules import change_schedule, delete_schedule, find_schedule, last_firings, make_schedule
from triggers.serializers import ScheduleChanges, ScheduleInput, schedule_object
from wireflow_ui.body import validated
from wireflow_ui.errors import NotFound

READ = needs("workflows:read")
WRITE = needs("workflows:write", role="editor")


class SchedulesView(APIView):
    """``/workflows/{id}/schedules``: GET lists them, POST makes one."""

    permission_classes = [needs_by_method(GET=READ, POST=WRITE)]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = workflow_or_404(actor_of(request), workflow_id)
        found = list(workflow.schedules.select_related("runs_as").order_by("name", "created_at"))
        last = last_firings(found)
        return Response({"data": [schedule_object(one, last.get(one.pk)) for one in found]})

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)
        values = validated(ScheduleInput, request.data)
        schedule = make_schedule(actor=actor, workflow=workflow, **values)
        return Response({"data": schedule_object(schedule, None)}, status=201)


class ScheduleView(APIView):
    """``/workflows/{id}/schedules/{scheduleId}``: GET shows it, PATCH changes it, DELETE takes it away."""

    permission_classes = [needs_by_method(GET=READ, PATCH=WRITE, DELETE=WRITE)]

    def get(self, request: Request, workflow_id: str, schedule_id: str) -> Response:
        schedule = _found(actor_of(request), workflow_id, schedule_id)
        return Response({"data": schedule_object(schedule, last_firings([schedule]).get(schedule.pk))})

    def patch(self, request: Request, workflow_id: str, schedule_id: str) -> Response:
        actor = actor_of(request)
        schedule = _found(actor, workflow_id, schedule_id)
        changes = validated(ScheduleChanges, request.data)
        schedule = change_schedule(actor=actor, schedule=schedule, **changes)
        return Response({"data": schedule_object(schedule, last_firings([schedule]).get(schedule.pk))})

    def delete(self, request: Request, workflow_id: str, schedule_id: str) -> Response:
        actor = actor_of(request)
        schedule = _found(actor, workflow_id, schedule_id)
        delete_schedule(actor=actor, schedule=schedule)
        return Response({"success": True, "id": str(schedule.pk)})


class ScheduleRunView(APIView):
    """``POST /workflows/{id}/schedules/{scheduleId}/run``: start it at this moment."""

    permission_classes = [needs_by_method(POST=needs("workflows:execute", role="runner"))]
    throttle_classes = [StartThrottle]

    def post(self, request: Request, workflow_id: str, schedule_id: str) -> HttpResponse:
        actor = actor_of(request)
        schedule = _found(actor, workflow_id, schedule_id)

        def start() -> tuple[int, dict[str, Any], str, Execution]:
            execution = run_now(schedule=schedule, actor=actor)
            return 202, run_object(execution), f"/api/v1/workflows/executions/{execution.pk}/poll", execution

        return answer_once(request, actor.team, start)


def _found(actor: Actor, workflow_id: str, schedule_id: str) -> Schedule:
    """The schedule; an id that cannot be one names none."""
    try:
        pk = UUID(schedule_id)
    except ValueError:
        raise NotFound("Schedule not found") from None
    schedule = find_schedule(actor, pk)
    if schedule.workflow_id != workflow_id:
        raise NotFound("Schedule not found")
    return schedule
