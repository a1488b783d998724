"""Where a person is signed in, and how that ends."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Browser, User, Way
from accounts.tries import client_address
from wireflow_ui.errors import NotFound

#: The session's word for when it was last written down that its browser is about, in seconds since 1970.
SEEN = "seen"
SEEN_EVERY = 300
#: The session's word for how its person got in.
WAY = "way"

#: What stands in a browser's description of itself, the more special before what others claim to be as well.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("SamsungBrowser", "Samsung Internet"),
    ("HeadlessChrome", "Chrome"), ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(agent: str) -> str:
    """What a person calls a browser that describes itself so."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    found = re.match(r"[\w.+ -]{1,60}", agent)
    return browser or system or (found[0] if found else "A browser")


def note_signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Django's word that a session has just become somebody's: from now on it can be ended, used again or not."""
    note_seen(request, user, now=True)


def note_seen(request: HttpRequest, user: User, *, now: bool = False) -> None:
    """Write down, every five minutes at most, that a session is in use; ``now``: its key has just changed."""
    seen = int(time.time())
    if not now and seen - request.session.get(SEEN, 0) < SEEN_EVERY:
        return
    request.session[SEEN] = seen
    if request.session.session_key is None:
        request.session.save()
    Browser.objects.update_or_create(
        session=request.session.session_key,
        defaults={
            "user": user,
            "device": device_of(request.headers.get("User-Agent", "")[:500]),
            "address": client_address(request)[:64],
            "way": request.session.get(WAY, Way.UNKNOWN),
            "seen_at": timezone.now(),
        },
    )


def open_ones(actor: Actor) -> QuerySet[Browser]:
    """Those that are signed in, the last seen first. What is signed out, or too old, is forgotten."""
    mine = Browser.objects.visible_to(actor)
    mine.exclude(session__in=_living(timezone.now())).delete()
    return mine.order_by("-seen_at", "-pk")


def _living(now: datetime) -> QuerySet[Session, str]:
    return Session.objects.filter(expire_date__gt=now).values_list("session_key", flat=True)


def end(*, actor: Actor, browser_id: int) -> str:
    """Sign a browser out. The key of the session that it had."""
    browser = Browser.objects.visible_to(actor).filter(pk=browser_id).first()
    if browser is None:
        raise NotFound("This browser is signed out already.")
    end_all(user=actor.user, only=browser.session)
    return browser.session


def end_all(*, user: User, only: str = "", but: str = "") -> None:
    """Sign out all browsers of a person, one alone, or all but one."""
    mine = Browser.objects.filter(user=user)
    mine = mine.filter(session=only) if only else mine.exclude(session=but)
    sessions = list(mine.values_list("session", flat=True))
    Session.objects.filter(session_key__in=sessions).delete()
    mine.delete()
