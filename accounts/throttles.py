"""Where DRF counts API calls: after it knows who is calling and that they may, before the view does anything.

``quota`` on the request is what the answer's headers tell; `wireflow_ui.rate_limits` counts refusals before this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.actor import find_actor
from accounts.limits import caller_of, count_call, downloader_of

if TYPE_CHECKING:  # DRF's views import this module, by the settings
    from rest_framework.views import APIView


class CallThrottle(BaseThrottle):
    """Every call counts as a request. Raises `LimitReached`; a browser's preflight is free."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "OPTIONS":
            caller = caller_of(find_actor(request), request._request)
            request._request.quota = count_call(caller)  # type: ignore[attr-defined]  # ours, on Django's request
        return True


class StartThrottle(CallThrottle):
    """For views whose POST starts executions: a start counts as an execution alone.

    A POST that starts nothing (a refusal, a repeated answer) is a request like any other, and counted by
    `wireflow_ui.rate_limits` when that is known.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        return request.method == "POST" or super().allow_request(request, view)


class DownloadThrottle(BaseThrottle):
    """For downloads, which ask for no key: who comes without one counts for the downloads of their address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "OPTIONS":
            caller = downloader_of(find_actor(request), request._request)
            request._request.quota = count_call(caller)  # type: ignore[attr-defined]  # ours, on Django's request
        return True
