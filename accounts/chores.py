"""What this room does in the background."""

from __future__ import annotations

import time

from accounts import invitations, tasks

EVERY = 30.0
_next = 0.0


def keep_up() -> None:
    """Ring again for mails that were to go out and did not: the message about them was lost."""
    global _next
    if time.monotonic() < _next:
        return
    _next = time.monotonic() + EVERY
    for invitation_id in invitations.unsent():
        tasks.ring(tasks.send_invitation, invitation_id)
