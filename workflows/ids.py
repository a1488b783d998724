"""Names and moments as the API writes them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_workflow_id() -> str:
    """``cm`` and 23 random base36 characters (119 bits)."""
    return "cm" + "".join(secrets.choice(_BASE36) for _ in range(23))


def written(moment: datetime | None) -> str | None:
    """UTC with milliseconds and ``Z``; reading it back gives the same moment, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: str) -> datetime | None:
    """The moment a client sends back, or None when it is not one of ours."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what is finer than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
