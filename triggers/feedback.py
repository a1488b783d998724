"""Words from callers: kept as rows, within limits that a loop runs into and a person does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import buckets
from accounts.actor import Actor
from accounts.limits import LimitReached
from triggers.models import Feedback

PER_MINUTE = 5
PER_HOUR = 10


def send_feedback(
    *, actor: Actor, title: str, body: str, category: str, context: Mapping[str, Any] | None = None
) -> Feedback:
    """Keep it. Raises `LimitReached` after `PER_HOUR` an hour or `PER_MINUTE` a minute of one person."""
    hour = timezone.now() + timedelta(hours=1)
    with transaction.atomic():
        _take(actor, PER_HOUR, "feedback_rate_limited", f"{PER_HOUR} an hour", "hour", until=hour)
        _take(actor, PER_MINUTE, "feedback_burst_limited", f"{PER_MINUTE} a minute", "minute")
        return Feedback.objects.create(
            team=actor.team,
            user=actor.user,
            title=title,
            body=body,
            category=category,
            context=dict(context or {}),
        )


def _take(actor: Actor, limit: int, code: str, words: str, window: str, **until: Any) -> None:
    level = buckets.take_stored(f"feedback of user {actor.user.pk}, {window}", limit=limit, **until)
    if not level.is_granted:
        raise LimitReached(
            f"Feedback is taken {words}. Gather what you have to say, and send it later.",
            code=code,
            limit=limit,
            ends_at=level.ends_at,
        )
