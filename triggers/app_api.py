"""Publishing, describing and running apps over REST."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs, needs_by_method
from accounts.throttles import StartThrottle
from executions.api import site_of, workflow_or_404
from executions.idempotency import answer_once
from executions.models import Execution
from executions.run_api import example_of, run_object
from triggers import publishing
from triggers.serializers import PublishInput
from wireflow_ui.body import validated
from wireflow_ui.errors import WireflowError

WRITE = needs("workflows:write", role="editor")


class PublishView(APIView):
    """``/workflows/{id}/publish``: POST publishes the saved graph as an app, DELETE takes the app off."""

    permission_classes = [needs_by_method(POST=WRITE, DELETE=WRITE)]

    def post(self, request: Request, workflow_id: str) -> Response:
        actor = actor_of(request)
        workflow = workflow_or_404(actor, workflow_id)
        values = validated(PublishInput, request.data)
        branding = values.pop("branding", {})
        app = publishing.publish(
            actor=actor,
            workflow=workflow,
            logo=branding.get("logoUrl") or "",
            color=branding.get("color") or "",
            **values,
        )
        return Response({"data": {"slug": app.slug, "url": app.path}})

    def delete(self, request: Request, workflow_id: str) -> Response:
        workflow = workflow_or_404(actor_of(request), workflow_id)
        publishing.unpublish(workflow=workflow)
        return Response({"success": True, "id": workflow_id})


class AppView(APIView):
    """``GET /apps/{slug}``: what an app is and takes, for callers of any team."""

    permission_classes = [needs_by_method(GET=needs(("apps:execute", "workflows:read")))]

    def get(self, request: Request, slug: str) -> Response:
        app = publishing.find_app(slug)
        site = site_of(request)
        inputs = publishing.app_inputs(app, site)
        branding = app.branding()
        data = {
            "slug": app.slug,
            "name": app.name,
            "description": app.description,
            "url": app.path,
            "branding": {**branding, "logoUrl": f"{site}{app.logo}" if app.logo else None},
            "inputs": inputs,
            "endpoint": f"/api/v1/apps/{app.slug}/execute",
            "method": "POST",
            "example": example_of(inputs, "key"),
        }
        return Response({"data": data})


class AppExecuteView(APIView):
    """``POST /apps/{slug}/execute`` with ``{"inputs": {key: value}}`` and nothing else."""

    permission_classes = [needs_by_method(POST=needs("apps:execute", role="runner"))]
    throttle_classes = [StartThrottle]

    def post(self, request: Request, slug: str) -> HttpResponse:
        actor = actor_of(request)
        app = publishing.find_app(slug)

        def start() -> tuple[int, dict[str, Any], str, Execution]:
            inputs = read_inputs(request.data)
            execution = publishing.start_app(app=app, actor=actor, inputs=inputs).execution
            return 202, run_object(execution), f"/api/v1/workflows/executions/{execution.pk}/poll", execution

        return answer_once(request, actor.team, start)


def read_inputs(body: Any) -> dict[str, Any]:
    """The ``inputs`` of a body that may hold nothing beside them. Raises `WireflowError` (400)."""
    if not isinstance(body, dict):
        raise WireflowError("The body must be a JSON object.")
    if outside := sorted(set(body) - {"inputs"}):
        raise publishing.BadInputs(
            f'“{outside[0][:100]}” stands outside of inputs. Send every value inside: {{"inputs": {{…}}}}.',
            code="unknown_input",
        )
    inputs = body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise publishing.BadInputs("inputs: This must be an object.")
    return inputs
