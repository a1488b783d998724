"""``GET /developer/usage``."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs
from executions.usage import usage_of


class UsageView(APIView):
    """Credits, limits and what was used of them; clients whose keys only read workflows ask for it too."""

    permission_classes = [needs(("usage:read", "workflows:read"))]

    def get(self, request: Request) -> Response:
        return Response({"data": usage_of(actor_of(request).team, at=timezone.now())})
