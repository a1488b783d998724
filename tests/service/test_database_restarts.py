"""PostgreSQL is restarted under load, in good order and as in a crash: callers hear 201 or 503, and no run is lost.

WIREFLOW_DATABASE_RESTARTS=600 goes on for so many seconds, with a restart every 5 to 40; WIREFLOW_CHAOS_SEED repeats a
series.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.feeding import feeding
from tests.servers import PostgreSQL
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
SECONDS = float(os.environ.get("WIREFLOW_DATABASE_RESTARTS", "0"))
SHORT = (signal.SIGINT, signal.SIGQUIT)


def test_runs_survive_restarts_of_the_database(cluster: Cluster, postgresql: PostgreSQL):
    dice = random.Random(SEED)
    webs = cluster.webs(2)
    worker = cluster.worker("worker")
    sweeper = cluster.sweeper()
    wait_for_workers(worker)
    restarts, slowest = 0, 0.0
    end = time.monotonic() + SECONDS
    with feeding(cluster, lambda: webs) as feed:
        while restarts < len(SHORT) or time.monotonic() < end:
            pause = dice.uniform(5, 40) if SECONDS else dice.uniform(0.5, 1.5)
            for _ in range(round(pause * 2)):
                feed.feed(1)
                time.sleep(0.5)
            began = time.monotonic()
            postgresql.restart(SHORT[restarts % 2])
            slowest = max(slowest, time.monotonic() - began)
            restarts += 1
        feed.wait()
    cluster.wait_for_all()

    unavailable = [answer for answer in feed.answers if answer.status == 503]
    print(
        f"seed {SEED}: {restarts} restarts, the slowest took {slowest:.1f} s; {dict(feed.counts)} answers, the slowest"
        f" 201 after {feed.slowest(1):.1f} s; all over {time.monotonic() - began:.1f} s after the last restart"
    )
    assert set(feed.counts) <= {201, 503}
    assert all(answer.retry_after and int(answer.retry_after) > 0 for answer in unavailable)
    assert all(process.is_alive for process in (*webs, worker, sweeper))
    cluster.prove(kills=restarts)
