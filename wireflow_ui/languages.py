"""In which language a page speaks: as its person chose, else as this browser chose, else as the browser asks.

The REST API, the canvas, the admin pages and the documentation are in English always: programs read the first, and
the others are not translated. So nobody's language is looked for there.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

#: What these addresses answer is English. They pass by without a look at the session.
ENGLISH = (
    "/api/",
    "/admin",
    "/docs",
    "/static/",
    "/media/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/callbacks/",
)


def known(language: str) -> str:
    """The language as we call it, or "" for one that nothing is translated to."""
    return language if language in dict(settings.LANGUAGES) else ""


def language_of(request: HttpRequest) -> str:
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        chosen = known(getattr(request.user, "language", ""))
        if chosen:
            return chosen
    chosen = known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
    return chosen or translation.get_language_from_request(request)


def remember(response: HttpResponseBase, language: str) -> None:
    """Keep the choice in this browser, for the pages before somebody is signed in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class Language:
    """Middleware: speak the language of whoever asks until the answer is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(ENGLISH):
            return self.get_response(request)
        language = language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response
