"""What this room does in the background."""

from __future__ import annotations

import time

from archives import actions, imports

EVERY = 30.0
_next = 0.0


def keep_up() -> None:
    """See to archives asked for or brought: those whose message was lost or whose maker died, and old ones."""
    global _next
    if time.monotonic() >= _next:
        _next = time.monotonic() + EVERY
        actions.look_after()
        imports.look_after()
