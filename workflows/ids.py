"""Names and moments as the API writes them."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_workflow_id() -> str:
    """``cm`` and 23 random base36 characters (119 bits)."""
    return "cm" + _letters()


def new_component_id() -> str:
    """``cp`` and as many."""
    return "cp" + _letters()


def _letters() -> str:
    return "".join(secrets.choice(_BASE36) for _ in range(23))


def op_name(op_id: str, sent: Any) -> str:
    """What a save is known by: the id its sender gave it and what it said, so that only a copy is the same."""
    text = json.dumps([op_id, sent], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def written(moment: datetime | None) -> str | None:
    """UTC with milliseconds and ``Z``; reading it back gives the same moment, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: str) -> datetime | None:
    """The moment a client sends back, in UTC, or None when it is not one of ours."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and the last day of time have no UTC everywhere
        return None


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what is finer than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
