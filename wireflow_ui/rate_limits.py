"""The ``X-RateLimit`` headers of every answer below /api, and the counting of calls that reached no view's throttle.

A call by a good key is counted for its team, any other for its address. Most were counted before their view; what is
left are refusals (unknown addresses, keys and bodies) and starts that started nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.actor import Actor, find_actor
from accounts.api import actor_of_key
from accounts.errors import NotAuthenticated
from accounts.limits import LimitReached, caller_of, count_call, quota_of, unlimited
from triggers.cors import headers_for
from wireflow_ui.api import is_api, json_answer, tell_owners
from wireflow_ui.body_limit import Scope
from wireflow_ui.request_threads import RequestThreads

LIMIT = "X-RateLimit-Limit"
#: Refusals that come before 429 in the order of checks, and crashes: these stay what they are.
KEPT = (401, 403, 413, 500)


class RateLimits:
    """Below /api only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            not is_api(request.path) or LIMIT in response.headers
        ):  # a refusal by a limit describes that limit itself
            return response
        try:
            headers = limit_headers(request, response)
        except LimitReached as refusal:
            tell_owners(_actor_of(request, response), refusal)
            if response.status_code in KEPT:
                headers = refusal.headers
            else:
                response, headers = json_answer(refusal), {}
        for name, value in headers.items():
            response.headers[name] = value
        return response


def limit_headers(request: HttpRequest, response: HttpResponseBase) -> dict[str, str]:
    """The headers of an answer, after counting its call if that was not done; raises `LimitReached`."""
    quota = getattr(request, "quota", None)
    if quota is not None:
        return quota.headers()  # type: ignore[no-any-return]
    if response.status_code == 503:  # nobody can be looked up
        return unlimited().headers()
    try:
        caller = caller_of(_actor_of(request, response), request)
        return (quota_of if _is_free(request, response) else count_call)(caller).headers()
    except DatabaseError:  # it went away after the answer was made
        return unlimited().headers()


def _actor_of(request: HttpRequest, response: HttpResponseBase) -> Actor | None:
    """Who called with a key or a session that is good; a key that no view has looked at is looked at now."""
    if response.status_code == 401:
        return None
    actor = find_actor(request)
    header = request.headers.get("Authorization", "").strip()
    if not header or (actor is not None and actor.key is not None):
        return actor
    try:
        return actor_of_key(header)
    except NotAuthenticated:
        return None


def _is_free(request: HttpRequest, response: HttpResponseBase) -> bool:
    """A preflight; or what went well uncounted: a start, which counts as an execution, and views without a throttle."""
    if request.method == "OPTIONS":
        return True
    return response.status_code < 400 and "Idempotent-Replayed" not in response.headers


async def headers_before_django(threads: RequestThreads, scope: Scope, status: int) -> dict[str, str]:
    """The headers of a refusal that was made before Django saw the call."""
    if not is_api(scope["path"]):
        return {}
    headers = await threads.run(partial(_headers_of_scope, scope, status))
    return {**headers, **headers_for(scope["path"])}


def _headers_of_scope(scope: Scope, status: int) -> dict[str, str]:
    request = ASGIRequest(scope, io.BytesIO())
    try:
        return limit_headers(request, HttpResponse(status=status))
    except LimitReached as refusal:
        return refusal.headers
    finally:
        close_old_connections()
