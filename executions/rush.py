"""Whether so many runs are being accepted in this process that starting them has to wait a little.

Who asks for a run waits for the answer, so in a rush the answers go first, and the engine claims what they left in a
few large batches, which also costs less. For those who start one run after the other nothing changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Calls at work at the same time that make a rush: all but one of the threads that requests take turns on.
MANY = 3
#: Seconds that a rush is taken to go on after there were so many: the next call needs a moment to get its turn.
MOMENT = 0.015
#: Seconds that runs wait for the sake of others at most; a rush that lasts longer shares the machine with them.
MOST_SECONDS = 3.0


class Rush:
    """Counts the calls that accept runs. May be asked from any thread; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counting = threading.Lock()
        self._calls = 0
        self._began = self._last = float("-inf")

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around the work of a call that accepts runs."""
        with self._counting:
            self._calls += 1
            if self._calls == MANY and self._clock() - self._last > MOMENT:
                self._began = self._clock()
        try:
            yield
        finally:
            with self._counting:
                if self._calls >= MANY:
                    self._last = self._clock()
                self._calls -= 1

    def holds(self, since: float) -> bool:
        """Is what has waited since then, in seconds of the clock, to wait on? One rush may follow upon another."""
        return self.is_on() and self._clock() - since <= MOST_SECONDS

    def is_on(self) -> bool:
        """Are runs to wait just now?"""
        return self.has_many() and self._clock() - self._began <= MOST_SECONDS

    def has_many(self) -> bool:
        """Are many calls at work, or were they just now?"""
        with self._counting:
            return self._calls >= MANY or self._clock() - self._last <= MOMENT


rush = Rush()
