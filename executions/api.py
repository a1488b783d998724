"""Execute, poll, read, cancel and resume over REST: contract §7."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any

from cachetools import LRUCache, cached
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor, actor_of
from accounts.api import SessionOnly
from accounts.statements import select, select_row, shape_of
from accounts.throttles import StartThrottle
from executions import estimate
from executions.actions import Accepted, accept_executions, stop_executions
from executions.guests import guest_object
from executions.idempotency import answer_once
from executions.models import Execution, NodeRun
from executions.permissions import MayRead, MayRun
from executions.plan import plan
from executions.resuming import resume_execution
from executions.runs import graph_of
from executions.same_runs import accept_unless_running
from executions.serializers import PlansSerializer, StartSerializer, start_of, started_object
from executions.stale import stale_dependencies
from executions.wire import execution_object, when, with_addresses
from wireflow_ui.body import validated
from wireflow_ui.errors import Forbidden, NotFound
from wireflow_ui.json_text import dump
from workflows.models import Workflow

#: Bytes of answers to polls that are kept for the next one.
POLLS_KEPT = 8 * 1024 * 1024


def workflow_or_404(actor: Actor, workflow_id: str) -> Workflow:
    """The team's workflow. Raises NotFound, and Forbidden for one that others only share by link."""
    workflow = Workflow.shown(actor, workflow_id)
    if workflow is None:
        raise NotFound("Workflow not found")
    if workflow.team_id != actor.team.pk:
        raise Forbidden("Forbidden")
    return workflow


def execution_or_404(actor: Actor, execution_id: uuid.UUID | str, *, with_guests: bool = False) -> Execution:
    """The execution, if the actor may see it; an id that cannot be one names none.

    With ``with_guests`` also a run of another team's app, of which no more than `guest_object` may be shown.
    """
    execution: Execution = shape_of(Execution).read(_row_or_404(actor, execution_id))
    if execution.is_guest and not with_guests:
        raise NotFound("Execution not found")
    return execution


def _row_or_404(actor: Actor, execution_id: uuid.UUID | str) -> tuple[Any, ...]:
    """What the team may see or has paid for, as the database gives it: every poll asks this."""
    try:
        pk = execution_id if isinstance(execution_id, uuid.UUID) else uuid.UUID(execution_id)
    except ValueError:
        raise NotFound("Execution not found") from None
    row = select_row(Execution, {"pk": pk, "team": actor.team.pk, "deleted_at": None})
    if row is None:
        raise NotFound("Execution not found")
    return row


def site_of(request: Request) -> str:
    """The address that this caller reached us by, for the media addresses in the answer."""
    return request.build_absolute_uri("/").rstrip("/")


def started(accepted: Sequence[Accepted], site: str) -> tuple[int, dict[str, Any], str, Execution]:
    """The answer to a call from this site that started something, for `answer_once`."""
    first = accepted[0].execution
    location = f"/api/v1/workflows/executions/{first.pk}/poll"
    return 201, started_object(accepted, site, stale_dependencies(first)), location, first


class ExecuteView(APIView):
    """``POST /workflows/{id}/execute``."""

    permission_classes = [MayRun]
    throttle_classes = [StartThrottle]

    def post(self, request: Request, workflow_id: str) -> HttpResponse:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)

        def start() -> tuple[int, dict[str, Any], str, Execution]:
            body = validated(StartSerializer, request.data)
            accept = accept_unless_running if body["unlessRunning"] else accept_executions
            accepted = accept(
                workflow=workflow,
                team=actor.team,
                start=start_of(body, actor),
                user=actor.user,
                key=actor.key,
            )
            return started(accepted, site_of(request))

        return answer_once(request, actor.team, start)


def _detail(execution: Execution, base: str) -> dict[str, Any]:
    runs = sorted(select(NodeRun, {"execution": execution.pk}), key=lambda run: (run.position, run.pk))
    if execution.is_guest:
        return guest_object(execution, runs, base)
    return execution_object(execution, graph_of(execution), runs, base)


@cached(LRUCache(POLLS_KEPT, getsizeof=len), lock=threading.Lock())
def _poll_body(row: tuple[Any, ...], base: str) -> bytes:
    """The answer to polls of an execution in just this state: made once, for every change raises ``last_seq``."""
    return dump(_detail(shape_of(Execution).read(row), base))


class PollView(APIView):
    """``GET /workflows/executions/{id}/poll``: 200 while it runs and at its end."""

    permission_classes = [MayRead]

    def get(self, request: Request, execution_id: str) -> HttpResponse:
        body = _poll_body(_row_or_404(actor_of(request), execution_id), site_of(request))
        return HttpResponse(body, content_type="application/json")


class ExecutionView(APIView):
    """``GET /workflows/executions/{id}``: the poll's body and what was run."""

    permission_classes = [MayRead]

    def get(self, request: Request, execution_id: str) -> Response:
        execution = execution_or_404(actor_of(request), execution_id, with_guests=True)
        if execution.is_guest:
            return Response(_detail(execution, site_of(request)))
        logs = [
            {
                "time": when(event.created_at),
                "nodeId": event.data.get("nodeId"),
                "level": "error" if event.kind.endswith("failed") else "info",
                "message": event.data.get("error") or event.kind,
            }
            for event in execution.events.order_by("seq")
        ]
        version = execution.version
        more = {
            "inputs": execution.inputs,
            "triggerData": execution.trigger_data,
            "logs": logs,
            "graph": with_addresses({"nodes": version.nodes, "edges": version.edges}, site_of(request)),
        }
        return Response({**_detail(execution, site_of(request)), **more})


class CancelView(APIView):
    """``POST /workflows/executions/{id}/cancel``; again is fine, and changes nothing."""

    permission_classes = [MayRun]

    def post(self, request: Request, execution_id: str) -> Response:
        actor = actor_of(request)
        execution = execution_or_404(actor, execution_id, with_guests=True)
        stop_executions(actor=actor, ids=[execution.pk])
        execution.refresh_from_db()
        return Response(_detail(execution, site_of(request)))


class ResumeView(APIView):
    """``POST /workflows/executions/{id}/resume``: a new run that takes over what succeeded."""

    permission_classes = [MayRun]
    throttle_classes = [StartThrottle]

    def post(self, request: Request, execution_id: str) -> HttpResponse:
        actor = actor_of(request)
        execution = execution_or_404(actor, execution_id)

        def resume() -> tuple[int, dict[str, Any], str, Execution]:
            again = resume_execution(execution=execution, actor=actor)
            status, body, location, new = started(again, site_of(request))
            return status, {**body, "resumedFrom": str(execution.pk)}, location, new

        return answer_once(request, actor.team, resume)


class PlanView(APIView):
    """``POST /workflows/{id}/plan``: what runs would do to each node, for the canvas while somebody edits."""

    authentication_classes = [SessionOnly]
    permission_classes = [MayRead]

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)
        starts = validated(PlansSerializer, request.data)["plans"]
        return Response({"plans": [plan(workflow, actor, start_of(one, actor)) for one in starts]})


class EstimateView(APIView):
    """``POST /workflows/{id}/estimate``: what a run would cost, held at most."""

    permission_classes = [MayRead]

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)
        start = start_of(validated(StartSerializer, request.data), actor)
        return Response({"data": estimate.estimate(workflow, actor, start)})
