"""The webhook's own door, open to the world, and its management by the team."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs, needs_by_method
from accounts.throttles import StartThrottle
from executions.api import workflow_or_404
from executions.idempotency import answer_once
from executions.models import Execution
from triggers import webhooks
from triggers.cors import PREFLIGHT
from triggers.models import Webhook
from triggers.parsers import FormParser, read_body
from triggers.serializers import WebhookInput, webhook_object
from wireflow_ui.body import validated
from wireflow_ui.errors import WireflowError


class TriggerView(APIView):
    """``/workflow/{webhookId}/trigger``: GET looks, POST starts the workflow. No key and no session is read."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = [StartThrottle]
    parser_classes = [*APIView.parser_classes, FormParser]

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return HttpResponse(status=204, headers=PREFLIGHT)

    def get(self, request: Request, name: str) -> Response:
        workflow = webhooks.find_door(name).workflow
        return Response(
            {
                "workflowId": workflow.pk,
                "name": workflow.name,
                "isActive": workflow.is_active,
                "message": "Webhook is configured. Use POST to trigger execution.",
            }
        )

    def post(self, request: Request, name: str) -> HttpResponse:
        door = webhooks.find_door(name)

        def start() -> tuple[int, dict[str, Any], str, Execution]:
            execution, ignored = webhooks.accept_call(name=name, body=read_body(request.data))
            answer: dict[str, Any] = {
                "executionId": str(execution.pk),
                "status": "queued",
                "message": "Workflow execution queued successfully",
            }
            if ignored:
                answer["ignored"] = ignored
            return 202, answer, "", execution

        try:
            if "Idempotency-Key" not in request.headers:  # a repeated call has its stored answer at any time
                webhooks.check_flood(door.webhook)
            # The door by the webhook's number: its address is not to be stored.
            return answer_once(request, door.workflow.team, start, door=f"webhook {door.webhook.pk}")
        except WireflowError as refusal:
            webhooks.note_refusal(door.webhook, refusal)
            raise


class WebhookView(APIView):
    """``/workflows/{id}/webhook``: GET shows it, POST switches it on, changes it or its id, DELETE switches it off."""

    permission_classes = [
        needs_by_method(
            GET=needs("workflows:read", role="editor"),
            POST=needs("workflows:write", role="editor"),
            DELETE=needs("workflows:write", role="editor"),
        )
    ]

    def get(self, request: Request, workflow_id: str) -> Response:
        workflow = workflow_or_404(actor_of(request), workflow_id)
        webhook = Webhook.objects.filter(workflow=workflow).first()
        return Response({"data": webhook_object(workflow, webhook)})

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)
        changes = validated(WebhookInput, request.data)
        was_on = workflow.webhook_digest is not None
        rotates = changes.pop("rotate")
        webhooks.switch_on(workflow=workflow, user=actor.user)
        if rotates:
            webhooks.rotate(workflow=workflow)
        webhooks.change_limits(workflow=workflow, **changes)
        webhook = Webhook.objects.get(workflow=workflow)
        return Response({"data": webhook_object(workflow, webhook)}, status=200 if was_on else 201)

    def delete(self, request: Request, workflow_id: str) -> Response:
        workflow = workflow_or_404(actor_of(request), workflow_id)
        webhooks.switch_off(workflow=workflow)
        return Response({"data": webhook_object(workflow, Webhook.objects.filter(workflow=workflow).first())})
