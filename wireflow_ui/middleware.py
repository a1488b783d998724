"""What every answer carries: the id of its request and the headers that keep browsers careful."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from wireflow_ui import request_ids
from wireflow_ui.api import MethodNotAllowed, json_answer, wants_json
from wireflow_ui.error_pages import refusal_page
from wireflow_ui.errors import NotFound, WireflowError

ONLY_PRESSED = "This address only takes what a button sends. Go to its page and press the button there."

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


class Refusals:
    """Turns what a page's view refused into a page: sign in first, not found, not allowed, or the sentence.

    Views of the REST API never come here: DRF asks ``wireflow_ui.api.handle_exception`` itself. An address with a
    NUL is refused before any view, for nothing is called so and PostgreSQL takes no such text.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path:
            return self._answer(request, NotFound("Not found"))
        if "%00" in request.META.get("QUERY_STRING", ""):
            return self._answer(request, WireflowError("The address holds a NUL character. Leave it out."))
        answer = self.get_response(request)
        if answer.status_code == 405 and not wants_json(request):  # Django's own has no body at all
            page = self._answer(request, MethodNotAllowed(ONLY_PRESSED))
            page.headers["Allow"] = answer.headers["Allow"]
            return page
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return self._answer(request, error) if isinstance(error, WireflowError) else None

    def _answer(self, request: HttpRequest, error: WireflowError) -> HttpResponseBase:
        if wants_json(request):
            return json_answer(error)
        if error.status == 401:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        return refusal_page(request, error.status, error)


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
