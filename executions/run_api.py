"""Running a saved workflow with nothing but values for its inputs: contract §7.3."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs, needs_by_method
from accounts.throttles import StartThrottle
from executions.actions import Start, accept_executions
from executions.api import site_of, workflow_or_404
from executions.idempotency import answer_once
from executions.inputs_given import apply_inputs
from executions.models import Execution
from executions.permissions import MayRun
from executions.run_inputs import check_given, describe_inputs
from executions.wire import wire_status, with_addresses
from wireflow_ui.body import validated


class RunInput(serializers.Serializer[Any]):
    inputs = serializers.DictField(required=False, default=dict)


def run_object(execution: Execution) -> dict[str, Any]:
    """The 202 of calls that run something whose inputs alone are known to the caller."""
    state = {"executionId": str(execution.pk), "status": wire_status(execution)}
    return {"data": state, **state}


def example_of(inputs: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """A body that could be sent: every input by ``name`` with what it holds."""
    return {"inputs": {one[name]: one["default"] for one in inputs}}


class RunView(APIView):
    """``/workflows/{id}/run``: GET says what it can be given, POST runs the whole saved graph anew."""

    permission_classes = [needs_by_method(GET=needs("workflows:read"), POST=MayRun)]
    throttle_classes = [StartThrottle]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = workflow_or_404(actor_of(request), workflow_id)
        inputs = describe_inputs(*workflow.graph_json(), exposed=workflow.exposed_inputs or None)
        inputs = with_addresses(inputs, site_of(request))
        data = {
            "workflowId": workflow.pk,
            "workflowName": workflow.name,
            "inputs": inputs,
            "endpoint": f"/api/v1/workflows/{workflow.pk}/run",
            "method": "POST",
            "example": example_of(inputs, "nodeId"),
        }
        return Response({"data": data})

    def post(self, request: Request, workflow_id: str) -> HttpResponse:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)

        def start() -> tuple[int, dict[str, Any], str, Execution]:
            given = validated(RunInput, request.data)["inputs"]
            nodes, edges = workflow.graph_json()
            check_given(describe_inputs(apply_inputs(nodes, given), edges, workflow.exposed_inputs or None))
            start = Start(inputs=given, trigger="api" if actor.key else "canvas")
            [accepted] = accept_executions(
                workflow=workflow, team=actor.team, start=start, user=actor.user, key=actor.key
            )
            location = f"/api/v1/workflows/executions/{accepted.execution.pk}/poll"
            return 202, run_object(accepted.execution), location, accepted.execution

        return answer_once(request, actor.team, start)
