"""Every refusal of the API in one shape: ``{"error": "<sentence>", "code", "type", …context}``.

DRF calls ``handle_exception`` for what happens inside its views; ``not_found`` and its neighbours are
Django's handlers for everything before and beside them, and answer pages with pages.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import UnreadablePostError, split_domain_port
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes
from django.views import csrf
from rest_framework import exceptions
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor, find_actor
from accounts.key_notices import tell_refused
from accounts.limits import LimitReached
from wireflow_ui import request_ids
from wireflow_ui.error_pages import refusal_page, where_from
from wireflow_ui.errors import Forbidden, NotFound, TooLarge, WireflowError
from wireflow_ui.json_text import dump

if TYPE_CHECKING:  # DRF's views read this module's names, by the settings
    from rest_framework.views import APIView

log = logging.getLogger("wireflow.api")


class Unauthenticated(WireflowError):
    code = "unauthenticated"
    status = 401
    kind = "authentication_error"


class MethodNotAllowed(WireflowError):
    code = "method_not_allowed"
    status = 405


class NotAcceptable(WireflowError):
    code = "not_acceptable"
    status = 406


class UnsupportedMediaType(WireflowError):
    code = "unsupported_media_type"
    status = 415


class RateLimited(WireflowError):
    code = "rate_limited"
    status = 429
    kind = "rate_limit_error"


class UnknownHost(WireflowError):
    """Asked for by a name that is not among ALLOWED_HOSTS."""

    code = "unknown_host"


class InternalError(WireflowError):
    code = "internal_error"
    status = 500
    kind = "api_error"


class Unavailable(WireflowError):
    code = "unavailable"
    status = 503
    kind = "api_error"


DATABASE_AWAY = "The database does not answer right now. Try again in a moment."
RETRY_AFTER_DATABASE = 2


def as_wireflow_error(error: BaseException) -> WireflowError | None:
    """The refusal that stands for an error of Django or DRF; None when nobody foresaw it."""
    match error:
        case WireflowError():
            return error
        case Http404() | exceptions.NotFound():
            return NotFound("Not found")
        case exceptions.NotAuthenticated():
            return Unauthenticated("Missing Authorization header")
        case exceptions.AuthenticationFailed():
            return Unauthenticated(str(error.detail))
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden("Forbidden")
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed("This address does not take this method; see the Allow header.")
        case exceptions.NotAcceptable():
            return NotAcceptable("This address cannot answer in the form that the Accept header asks for.")
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType(
                "This address does not take this Content-Type. Send application/json."
            )
        case exceptions.Throttled():
            wait = max(1, int(getattr(error, "wait", None) or 1))
            return RateLimited("Too many requests. Please try again later.", retryAfter=wait)
        case exceptions.ValidationError():
            return WireflowError(first_sentence(error.detail), fields=error.detail)
        case exceptions.APIException() if error.status_code < 500:
            return WireflowError(first_sentence(error.detail))
        case RequestDataTooBig():
            return TooLarge("The body is too large.")
        case SuspiciousOperation() | UnreadablePostError():
            return WireflowError("The request cannot be read.")
        case OperationalError() | InterfaceError():
            return Unavailable(DATABASE_AWAY, retryAfter=RETRY_AFTER_DATABASE)
        case _:
            return None


#: What DRF says of JSON in the words of Python, and what it is in JSON's; and of lists in words of its own.
_IN_WORDS_OF_JSON = {
    "Expected a dictionary": "This must be an object.",
    "Invalid data. Expected a dictionary": "This must be an object.",
    "Expected a list": "This must be a list.",
    "Ensure this field has at least 1 elements": "This list must not be empty.",
}


def first_sentence(detail: Any) -> str:
    """The first message of DRF's nested details, with the name of its field before it."""
    path: list[str] = []
    while isinstance(detail, Mapping | list) and detail:
        if isinstance(detail, list):
            detail = detail[0]
        else:
            name, detail = next(iter(detail.items()))
            if name != "non_field_errors":
                path.append(str(name))
    where = f"{'.'.join(path)}: " if path else ""
    said = str(detail)
    ours = next((words for theirs, words in _IN_WORDS_OF_JSON.items() if said.startswith(theirs)), said)
    return f"{where}{ours}"


def headers_of(error: WireflowError) -> dict[str, str]:
    """401 says how to authenticate; ``retryAfter`` in a body stands in Retry-After too."""
    headers = dict(error.headers)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retryAfter" in error.context:
        headers["Retry-After"] = str(error.context["retryAfter"])
    return headers


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler. What nobody foresaw is logged once, with the request's id, and not told."""
    refusal = as_wireflow_error(error)
    if refusal is None or isinstance(refusal, Unavailable):
        request: Request = context["request"]
        log.error(
            "%s %s failed (%s)", request.method, request.path, request_ids.current.get(), exc_info=error
        )
        refusal = refusal or InternalError("Internal server error")
    if isinstance(refusal, LimitReached):
        tell_owners(find_actor(context["request"]), refusal)
    response = Response(refusal.as_body(), status=refusal.status, headers=headers_of(refusal))
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log every 5xx once more
    return response


def tell_owners(actor: Actor | None, refusal: LimitReached) -> None:
    """Have the owners of a team know that calls with one of its keys are refused by a limit."""
    if actor is None or actor.key is None or not refusal.cap:
        return
    try:
        tell_refused(actor.key, refusal)
    except DatabaseError as error:  # the next refusal tells it; the caller hears of this one
        log.warning("The owners could not be told of a refused key: %s", error)


def is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def wants_json(request: HttpRequest) -> bool:
    """Whether a program is asking: below /api/, with a JSON body, or with JSON first in Accept."""
    return (
        is_api(request.path)
        or request.content_type == "application/json"
        or request.headers.get("Accept", "").startswith("application/json")
    )


def json_answer(error: WireflowError) -> HttpResponse:
    """A refusal outside of DRF."""
    return HttpResponse(
        dump(error.as_body()),
        status=error.status,
        content_type="application/json",
        headers=headers_of(error),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        return _unknown_host(request)
    if wants_json(request):
        return json_answer(as_wireflow_error(exception) or WireflowError("The request cannot be read."))
    return refusal_page(request, 400, exception)


def _unknown_host(request: HttpRequest) -> HttpResponse:
    """Logged in one line: Django would write a traceback for every request of whoever uses the wrong name."""
    name = split_domain_port(request._get_raw_host())[0][:100]  # type: ignore[attr-defined]  # before it is checked
    refusal = (
        UnknownHost(
            f"This server does not answer to the name {name}. "
            "Whoever looks after it can add the name to ALLOWED_HOSTS."
        )
        if name
        else WireflowError("The request cannot be read: its Host header holds no name.")
    )
    log.warning("Refused a request for the host %r, which is not in ALLOWED_HOSTS.", name)
    response = json_answer(refusal) if wants_json(request) else refusal_page(request, 400, refusal)
    response._has_been_logged = True  # type: ignore[attr-defined]  # it was, just now
    return response


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return (
        json_answer(Forbidden("Forbidden")) if wants_json(request) else refusal_page(request, 403, exception)
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that was asked for with a slash behind its address is found without it; calls of programs are not."""
    path = request.path_info.rstrip("/")
    is_page = request.method in ("GET", "HEAD") and not wants_json(request)
    # The admin pages end in a slash, and take whatever begins like them for one of theirs.
    is_page = is_page and not path.startswith("/admin/")
    if is_page and path != request.path_info and is_valid_path(path):
        query = request.META.get("QUERY_STRING", "")
        address = escape_leading_slashes(quote(path))
        return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
    return (
        json_answer(NotFound("Not found")) if wants_json(request) else refusal_page(request, 404, exception)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django has logged the error already and calls this while it is still being handled."""
    error = sys.exc_info()[1]
    refusal = as_wireflow_error(error) if error else None
    if not wants_json(request):
        # Without the request: whatever broke may be what a page's bar asks the database for.
        is_away = isinstance(refusal, Unavailable)
        context = {
            "request_id": request_ids.current.get(),
            "status": 503 if is_away else 500,
            "back": where_from(request),
        }
        page = HttpResponse(render_to_string("500.html", context), status=context["status"])
        for name, value in headers_of(refusal).items() if refusal is not None and is_away else ():
            page.headers[name] = value
        return page
    return json_answer(refusal or InternalError("Internal server error"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if wants_json(request):
        text = "Forbidden: the CSRF token is missing or wrong. Reload the page and try again."
        return json_answer(Forbidden(text, code="csrf_failed"))
    return csrf.csrf_failure(request, reason)


class CompactJSONRenderer(JSONRenderer):
    """``dump`` as DRF's renderer; 204 and an answer of None have no body."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dump(data)


class NoMetadata(BaseMetadata):
    """OPTIONS answers with the Allow header alone, also to a browser's preflight, which carries no key."""

    def determine_metadata(self, request: Request, view: APIView) -> None:
        return None


class AnyAccept(BaseContentNegotiation):
    """Answers in the view's first form whatever Accept says: clients that ask for HTML read JSON too."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type in (media_type, "*/*")), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)
