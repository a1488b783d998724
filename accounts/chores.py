"""What this room does in the background."""

from __future__ import annotations

import time

from accounts import departures, invitations, notices, tasks

EVERY = 30.0
_next = 0.0


def keep_up() -> None:
    """Ring for mails that are due: those whose message was lost, and digests. And forget old notices and departures."""
    global _next
    if time.monotonic() < _next:
        return
    _next = time.monotonic() + EVERY
    for invitation_id in invitations.unsent():
        tasks.ring(tasks.send_invitation, invitation_id)
    for user_id in notices.unsent():
        tasks.ring(tasks.send_notices, user_id)
    notices.forget_old()
    departures.forget_old()
