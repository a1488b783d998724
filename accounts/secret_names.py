"""How nodes name a team's secrets. Plain: the planner reads it too."""

from __future__ import annotations

PREFIX = "secret://"


def named_by(text: str) -> str | None:
    """The name in ``secret://name``; None for any other text."""
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None
