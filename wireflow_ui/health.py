"""Is the process alive, and can it work?"""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from executions.engine.running import is_running

LAYER_SECONDS = 2


@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """``GET /healthz``: 200 while the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """``GET /readyz``: 200 when database, channel layer and (in one process) the engine work, else 503."""
    checks = {"database": _database(), "channelLayer": _layer()}
    if settings.EMBEDDED:
        checks["engine"] = is_running()
    ok = all(checks.values())
    return JsonResponse(
        {"status": "ok" if ok else "unavailable", "checks": checks}, status=200 if ok else 503
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _layer() -> bool:
    layer = get_channel_layer()  # type: ignore[no-untyped-call]
    if layer is None:
        return False
    try:
        async_to_sync(_say_nothing)(layer)
    except (RedisError, OSError):
        return False
    return True


async def _say_nothing(layer: Any) -> None:
    # A Redis that takes connections and stays silent must not silence this answer too.
    async with asyncio.timeout(LAYER_SECONDS):
        await layer.group_send("readyz", {"type": "nothing"})
