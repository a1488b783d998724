"""How long something has lasted, in words."""

from __future__ import annotations

from datetime import datetime

from django import template

from operations.state import Queue

register = template.Library()


@register.filter
def waited(queue: Queue, at: datetime) -> str:
    """How long the oldest of a queue has waited: "0.4 s", "12 s", "3 min", "2 h"."""
    seconds = queue.age(at)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
