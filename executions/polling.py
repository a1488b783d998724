"""When to ask a provider for a job: near the moments at which its route's jobs usually end, else ever more slowly.

What is known of a route are the durations of its last jobs, as far as polls can tell: a job ended somewhere between the
last poll that found it at work and the first that found it done. A point in between is drawn by chance and kept; the
middle would make a few sharp moments of what is spread out, and polls would gather there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import ceil

#: The shares of a route's jobs that have ended when it is asked: most are found by the second poll, nearly all by the
#: third. The first two alone would find those in the middle later than a tenth of their time.
SHARES = (0.35, 0.62, 0.87, 0.97)
#: So many durations are kept of a route, and so few tell nothing yet.
KEPT, FEWEST = 50, 5
LEAST, MOST, FACTOR = 0.1, 10.0, 1.5
#: Without durations: the first wait at least, from which waits grow.
LEAST_UNKNOWN = 0.5
#: A provider that tells of the end of its jobs is asked first after so long or more, and then so often.
LEAST_BEHIND, MOST_BEHIND = 30.0, 60.0


def next_poll(elapsed: float, durations: Sequence[float]) -> float | None:
    """Seconds until the next poll of a job that was sent ``elapsed`` seconds ago; None when the route is unknown."""
    if len(durations) < FEWEST:
        return None
    ordered = sorted(durations)
    moments = [ordered[ceil(share * len(ordered)) - 1] for share in SHARES]
    # Polls closer to each other than this find nothing sooner.
    least = max(LEAST, moments[1] * 0.03)
    for moment in moments:
        if moment - elapsed >= least:
            return moment - elapsed
    over = elapsed - moments[-1]
    return min(max(least, (moments[-1] - moments[0]) / 4, over * (FACTOR - 1)), MOST)


def next_poll_unknown(polls: int) -> float:
    """The same for the poll after ``polls`` on a route of which nothing is known."""
    return min(LEAST_UNKNOWN * FACTOR**polls, MOST)


def duration_between(at_work: float, done: float, *, dice: random.Random) -> float:
    """A duration to keep for a job seen at work after ``at_work`` seconds (0: never) and done after ``done``."""
    # Of a job done at the first poll only an upper bound is known: a little less than that moves polls forward.
    return dice.uniform(at_work or done * 0.8, done)
