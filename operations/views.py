"""The System page, the same as JSON, and what Prometheus reads: for whoever runs the installation."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import needs
from operations.state import read_state
from operations.wire import state_object
from telemetry import metrics as counted
from wireflow_ui.errors import NotFound

NOTHING_HERE = "Not found"


@login_required
@never_cache
@require_safe
def system(request: HttpRequest) -> HttpResponse:
    """For operators alone: there is no such page for anybody else. ``?part=state`` is what it fetches again."""
    if not request.user.is_superuser:
        raise NotFound(NOTHING_HERE)
    template = "operations/_state.html" if request.GET.get("part") == "state" else "operations/system.html"
    return render(request, template, {"state": read_state()})


class SystemView(APIView):
    """``GET /system.json``: by an operator's session, or their key with the scope executions:read."""

    permission_classes = [needs("executions:read")]

    def get(self, request: Request) -> Response:
        if not request.user.is_superuser:
            raise NotFound(NOTHING_HERE)
        return Response(state_object(read_state()), headers={"Cache-Control": "no-store"})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """``GET /metrics`` with the token in Authorization; without WIREFLOW_METRICS_TOKEN there is no such address."""
    if not settings.METRICS_TOKEN:
        raise NotFound(NOTHING_HERE)
    if not counted.knows_token(request.headers.get("Authorization", ""), settings.METRICS_TOKEN):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    from operations.figures import page  # Prometheus' library, for those who want it

    text, content_type = page()
    return HttpResponse(text, content_type=content_type)
