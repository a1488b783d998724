"""Telling the owners of a team that a limit refuses calls with one of its API keys: once a day for each of both."""

from __future__ import annotations

import threading
from datetime import UTC, date

from cachetools import LRUCache
from django.db import transaction
from django.utils import timezone

from accounts import notices
from accounts.limits import LimitReached
from accounts.models import ApiKey
from accounts.secrets import digest

#: What this process has told of, by key, limit and day: a flood of refusals asks the database once.
_told: LRUCache[tuple[str, str, date], bool] = LRUCache(maxsize=10_000)
_lock = threading.Lock()


def tell_refused(key: ApiKey, refusal: LimitReached) -> None:
    """A call with this key was just refused. For after the transaction of the call, which was undone."""
    today = timezone.now().astimezone(UTC).date()
    what = (key.digest, refusal.cap, today)
    with _lock:
        if what in _told:
            return
    with transaction.atomic():
        notices.tell(
            team_id=key.team_id,
            kind="key",
            key=f"key:{key.pk}:{today}:{digest(refusal.cap)[:16]}",
            text=f"Calls with the API key “{key.name}” are being refused: {refusal.cap}",
            link=refusal.link,
            users=notices.members_of(key.team_id),
        )
    with _lock:
        _told[what] = True
