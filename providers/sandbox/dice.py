"""Numbers that look random and follow from a seed alone, on every machine and every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """A stream of numbers; two dice of one seed roll the same."""

    def __init__(self, *seed: object) -> None:
        self._seed = "/".join(str(part) for part in seed).encode()
        self._rolls = 0

    def roll(self) -> float:
        """The next number, at least 0 and below 1."""
        self._rolls += 1
        digest = hashlib.blake2b(self._seed + b"#%d" % self._rolls, digest_size=6).digest()
        return float(int.from_bytes(digest, "big") / 2**48)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.roll()

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.roll() * len(items))]
