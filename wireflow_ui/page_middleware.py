"""Middleware that only people's browsers need: a call of the API with a key passes by it.

Such a call has no session, no cookie to forge and no page to show a message on. Asking for all of that took a fifth of
a short call's time.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django_htmx.middleware import HtmxMiddleware

from wireflow_ui.api import is_api


class ForPages:
    """Stands before a middleware in its subclass."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_AUTHORIZATION" in request.META and is_api(request.path):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class Sessions(ForPages, SessionMiddleware):
    pass


class Csrf(ForPages, CsrfViewMiddleware):
    """The views of the API are exempt from it anyway; they ask for the token themselves where a session calls."""


class Authentication(ForPages, AuthenticationMiddleware):
    pass


class Messages(ForPages, MessageMiddleware):
    pass


class Htmx(ForPages, HtmxMiddleware):
    pass
