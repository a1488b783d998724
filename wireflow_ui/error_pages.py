"""Pages in the place of what was refused, each with a way back and a way home."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wireflow_ui.errors import WireflowError


def refusal_page(request: HttpRequest, status: int, error: Exception) -> HttpResponse:
    """The page of a status that has one of its own, else one with the sentence of the refusal."""
    template = (
        f"{status}.html" if status in (400, 403, 404) and not _is_said(status, error) else "refused.html"
    )
    reason = error.message if isinstance(error, WireflowError) else str(error)
    context = {"refusal": error, "reason": reason, "back": where_from(request)}
    return render(request, template, context, status=status)


def _is_said(status: int, error: Exception) -> bool:
    """Of a 400 our own sentence says more than its page."""
    return status == 400 and isinstance(error, WireflowError)


def where_from(request: HttpRequest) -> str:
    """The page of this site that somebody came from; "" where that is not known, or is this one."""
    path = way_back(request.META.get("HTTP_REFERER", ""), request.META.get("HTTP_HOST", ""))
    return "" if request.method == "GET" and path == request.get_full_path() else path


def way_back(referrer: str, host: str) -> str:
    """The path of the page that a browser came from; "" where that was none of this host."""
    try:
        came = urlsplit(referrer)
    except ValueError:
        return ""
    if not came.netloc or came.netloc != host or came.path.startswith("//"):
        return ""
    return f"{came.path}?{came.query}" if came.query else came.path
