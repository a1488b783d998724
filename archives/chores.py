"""What this room does in the background."""

from __future__ import annotations

import time

from archives.actions import look_after

EVERY = 30.0
_next = 0.0


def keep_up() -> None:
    """See to archives that were asked for: those whose message was lost or whose maker died, and those of yesterday."""
    global _next
    if time.monotonic() >= _next:
        _next = time.monotonic() + EVERY
        look_after()
