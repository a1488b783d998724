"""What every answer carries: the id of its request and the headers that keep browsers careful."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from wireflow_ui import request_ids

Answer = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Outermost, so that refusals of other middleware carry the id too.

    Under ASGI ``wireflow_ui.body_limit`` has chosen it already: refusals before Django need one as well.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scope = getattr(request, "scope", {})
        request_id = scope.get("request_id") or request_ids.new_request_id()
        token = request_ids.current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            request_ids.current.reset(token)
        response.headers[request_ids.HEADER] = request_id
        return response


class SecurityHeaders:
    """A content security policy without inline script or style; no guessing of types, no framing.

    Answers that set their own policy (stored media) keep it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(request))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response


def policy(request: HttpRequest) -> str:
    # Not every browser counts our own sockets among 'self', so they are named; "ws:" would allow any host.
    try:
        host = request.get_host()
    except DisallowedHost:
        sockets = ""
    else:
        sockets = f" ws://{host} wss://{host}"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob: data:",
            f"connect-src 'self'{sockets}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
