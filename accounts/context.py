"""What the bar of every page tells of the person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Notice


def unread_notices(request: HttpRequest) -> dict[str, Any]:
    """``unread_notices``: how many there are, read when it is used."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"unread_notices": 0}
    return {"unread_notices": SimpleLazyObject(lambda: Notice.objects.visible_to(actor).unread().count())}
