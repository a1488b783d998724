"""Redis is killed, flushed, frozen and away: runs are accepted at once, taken up soon, and none is lost.

WIREFLOW_REDIS_LOSSES=20 kills and flushes it so often, freezes it for half a minute and holds answers, also those while
it is frozen, to a second and taking up to twenty; WIREFLOW_CHAOS_SEED repeats a series.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.feeding import Feeding, feeding
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
LOSSES = int(os.environ.get("WIREFLOW_REDIS_LOSSES", "2"))
IS_LONG = LOSSES > 2
FROZEN_SECONDS = 30
#: What people are promised; a series short enough for every day says nothing about the slowest of a hundred.
ANSWER_SECONDS, TAKEN_UP_SECONDS = 1.0, 20.0


def taken_up(cluster: Cluster) -> float:
    """The seconds that ready work waited at most for its first taker."""
    (found,) = cluster.ask(
        "SELECT extract(epoch FROM max(started_at - ready_at))::float AS seconds FROM executions_noderun"
        " WHERE attempt = 1 AND tries = 0 AND provider <> ''"
    )
    return float(found["seconds"])


def check(cluster: Cluster, feed: Feeding, what: str) -> None:
    cluster.wait_for_all()
    waited = taken_up(cluster)
    print(
        f"seed {SEED}: Redis {what}; {dict(feed.counts)} answers, half within {feed.slowest(0.5):.3f} s, 99 of 100"
        f" within {feed.slowest(0.99):.3f} s, the slowest {feed.slowest(1):.3f} s; taken up within {waited:.1f} s"
    )
    assert set(feed.counts) == {201}
    if IS_LONG:
        assert feed.slowest(0.99) <= ANSWER_SECONDS
        assert waited <= TAKEN_UP_SECONDS
    cluster.prove()


def test_runs_are_accepted_and_done_while_redis_is_killed_and_flushed(cluster: Cluster):
    dice = random.Random(SEED)
    webs = cluster.webs(1)
    workers = [cluster.worker("north"), cluster.worker("south")] if IS_LONG else [cluster.worker("north")]
    cluster.sweeper()
    wait_for_workers(*workers)
    with feeding(cluster, lambda: webs, callers=2) as feed:
        for _ in range(LOSSES):
            feed.feed(8)
            time.sleep(dice.uniform(0.05, 0.5))
            cluster.redis.flush()
            feed.feed(8)
            time.sleep(dice.uniform(0.05, 0.5))
            cluster.redis.kill()
            time.sleep(dice.uniform(0.05, 1.5))
            cluster.redis.start()
        if IS_LONG:
            well = at_a_steady_pace(feed)
            cluster.redis.freeze()
            frozen = at_a_steady_pace(feed)
            cluster.redis.wake()
            print(
                f"99 of 100 answers within {well:.3f} s with Redis well, within {frozen:.3f} s with Redis frozen"
            )
            assert frozen <= ANSWER_SECONDS
        feed.wait()
    check(cluster, feed, f"killed and flushed {LOSSES} times")


def at_a_steady_pace(feed: Feeding) -> float:
    """Ask for four runs a second, half a minute long; within how many seconds 99 of 100 were answered."""
    since = time.time()
    for _ in range(FROZEN_SECONDS):
        feed.feed(4)
        time.sleep(1)
    feed.wait()
    return feed.slowest(0.99, since=since)


def test_runs_are_accepted_and_done_though_redis_was_never_there(cluster: Cluster):
    cluster.redis.kill()
    cluster.sweeper()  # first, for it is who does the work
    cluster.worker("deaf")  # it waits for Redis, and nothing waits for it
    webs = cluster.webs(1)
    with feeding(cluster, lambda: webs, callers=2) as feed:
        for _ in range(LOSSES):
            feed.feed(5)
            time.sleep(1)
        feed.wait()
    check(cluster, feed, "was never there")
