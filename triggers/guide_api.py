"""``POST /feedback`` and ``GET /agent-guidelines``: for programs that find their own way."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs_by_method
from triggers.feedback import send_feedback
from triggers.serializers import FeedbackInput
from wireflow_ui.body import validated

GUIDELINES = Path(__file__).with_name("agent_guidelines.md").read_text("utf-8")

#: A key of whatever scope, or a session; a browser's preflight carries neither.
ANYBODY_KNOWN = needs_by_method()


class FeedbackView(APIView):
    """POST: a key of any scope, or a session, may say something."""

    permission_classes = [ANYBODY_KNOWN]

    def post(self, request: Request) -> Response:
        row = send_feedback(actor=actor_of(request), **validated(FeedbackInput, request.data))
        return Response({"id": str(row.pk), "message": "Thank you. Your feedback was kept."}, status=201)


class GuidelinesView(APIView):
    """GET: how an agent should work with this server, as Markdown."""

    permission_classes = [ANYBODY_KNOWN]

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(GUIDELINES, content_type="text/markdown; charset=utf-8")
