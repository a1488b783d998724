"""Is the process alive, and can it work?"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from operations.parts import parts


@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """``GET /healthz``: 200 while the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """``GET /readyz``: 200 when database, channel layer and (in one process) the engine work.

    Else 503, with a sentence about each part that does not.
    """
    asked = parts()
    missing = {part.name: part.problem for part in asked if part.problem}
    return JsonResponse(
        {
            "status": "unavailable" if missing else "ok",
            "checks": {part.name: part.is_ok for part in asked},
            "missing": missing,
        },
        status=503 if missing else 200,
    )
