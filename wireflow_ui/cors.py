"""The headers that let pages of other sites call webhooks, on every answer there: errors of any layer included."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from triggers.cors import headers_for


class Cors:
    """Outermost, so that whatever refuses a call the page that made it can read why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in headers_for(request.path).items():
            response.headers[name] = value
        return response
