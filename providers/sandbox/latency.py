"""How long the sandbox pretends to work: the setting WIREFLOW_SANDBOX_LATENCY, read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from providers.catalog import NodeType
from providers.sandbox.dice import Dice

SHORTEST, LONGEST, SHARE = 0.3, 8.0, 0.1


@dataclass(frozen=True, slots=True)
class Latency:
    """``fixed`` seconds for everything; else the node type's real time, whole or (unset) a tenth of it."""

    fixed: float | None = None
    real: bool = False

    def seconds(self, kind: NodeType, seed: str) -> float:
        """The same for the same seed: a point within what is typical for the node type."""
        if self.fixed is not None:
            return self.fixed
        seconds = Dice(seed, "latency").between(*kind.typical_seconds)
        return seconds if self.real else min(max(seconds * SHARE, SHORTEST), LONGEST)


def read_latency(setting: str | None) -> Latency:
    """Read the setting: ``real``, a number of seconds (0: at once), or nothing. Raises ValueError."""
    text = (setting or "").strip().lower()
    if not text:
        return Latency()
    if text == "real":
        return Latency(real=True)
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(
            f"The sandbox latency is {setting!r}; write real, 0, a number of seconds, or nothing."
        )
    return Latency(fixed=seconds)
