"""Requests and sockets, counted and logged. Only part of the server where a setting asks for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from telemetry import metrics

log = logging.getLogger("wireflow.requests")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Measured:
    """Middleware. A route is the pattern in the table of routes, never the address: of those there is no end, and some
    are secrets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        method = request.method if request.method in METHODS else "other"
        route = route_of(request)
        metrics.answered(method, route, response.status_code, seconds)
        log.debug("%s %s %d in %.1f ms", method, route, response.status_code, seconds * 1000)
        return response


def route_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match is not None else "none"


class CountedSockets:
    """ASGI wrapper around all sockets: how many are open, by what they watch."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        watched = scope["path"].split("/")[2:3] or [""]
        route = watched[0] if watched[0] in ("executions", "workflows") else "none"
        metrics.socket(route, 1)
        try:
            await self.app(scope, receive, send)
        finally:
            metrics.socket(route, -1)
