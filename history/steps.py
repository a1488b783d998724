"""Steps of cost and of time: what the history is filtered by, and what durations are counted in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

COSTS: Mapping[str, tuple[int, str]] = {
    "0": (0, "no credits"),
    "1": (1, "1 to 9 credits"),
    "10": (10, "10 to 99 credits"),
    "100": (100, "100 to 999 credits"),
    "1000": (1000, "1 000 credits and more"),
}
#: From so many seconds on.
DURATIONS: Mapping[str, tuple[float, str]] = {
    "0": (0, "under 10 seconds"),
    "10": (10, "10 seconds to 1 minute"),
    "60": (60, "1 to 10 minutes"),
    "600": (600, "10 minutes and more"),
}


def cost_step(credits: int) -> str:
    return [name for name, (least, _) in COSTS.items() if credits >= least][-1]


def duration_step(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0)
    return [name for name, (least, _) in DURATIONS.items() if seconds >= least][-1]


#: Durations are counted in steps of a tenth: what is read from them is at most half of that beside the truth.
RATIO = 1.1


def bucket_of(span: timedelta) -> str:
    """The step that counts a duration, as a key of JSON."""
    milliseconds = max(span.total_seconds() * 1000, 1.0)
    return str(round(math.log(milliseconds, RATIO)))


def percentile(durations: Mapping[str, int], share: float) -> float | None:
    """The seconds that this share of the counted durations took at most; None when there are none."""
    count = sum(durations.values())
    if not count:
        return None
    wanted, seen = math.ceil(count * share), 0
    for bucket in sorted(durations, key=int):
        seen += durations[bucket]
        if seen >= wanted:
            break
    return RATIO ** int(bucket) / 1000
