"""Whose turn it is in a chore that has only so much time for many things."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Rounds(Generic[K]):
    """What broke off before comes behind all others, round by round.

    It may use up all the time of a round, such as by waiting for a lock, and would be the first again in the next one.
    This is kept in memory: the row of such a one may be just what cannot be written.
    """

    def __init__(self) -> None:
        self._broken: dict[K, None] = {}  # the one first that broke off longest ago

    def parted(self, due: Iterable[K]) -> tuple[list[K], list[K]]:
        """Those that did not break off, in their order, and those that did; what is not due any more is forgotten."""
        found = dict.fromkeys(due)
        self._broken = {key: None for key in self._broken if key in found}
        return [key for key in found if key not in self._broken], list(self._broken)

    def broke_off(self, key: K) -> None:
        self.went_well(key)
        self._broken[key] = None

    def went_well(self, key: K) -> None:
        self._broken.pop(key, None)
