"""kill -9 of web servers, workers and sweepers at random moments: every run ends, once, and is charged once.

WIREFLOW_KILLS=200 makes so many kills, with 25 runs for each; WIREFLOW_CHAOS_SEED repeats a series.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from tests.doubles.fal import FalDouble
from tests.doubles.server import running
from tests.feeding import feeding
from tests.processes import Process, Server
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
KILLS = int(os.environ.get("WIREFLOW_KILLS", "10"))
IS_LONG = KILLS > 10
RUNS = 25 * KILLS if IS_LONG else 40
#: After the last kill everything ends within this; the short series gives a busy machine more.
STUCK_SECONDS = 90 if IS_LONG else 180
#: Pauses between kills, in seconds. Half of all kills hit workers, for they hold what can be lost.
PAUSES = (0.1, 5.0) if IS_LONG else (0.1, 2.0)
WHAT = ("web", "worker", "worker", "sweeper")


class Crew:
    """The processes of a cluster, each started anew when it is killed, as whoever runs them would."""

    def __init__(self, cluster: Cluster, *, workers: int) -> None:
        self.cluster = cluster
        self.webs: list[Server] = cluster.webs(2)
        self.workers = [cluster.worker(f"worker-{number}") for number in range(workers)]
        self.sweepers = [cluster.sweeper()]
        wait_for_workers(*self.workers)

    def kill(self, what: str) -> None:
        """kill -9 of the one that has lived longest, and another in its place."""
        crew: dict[str, list[Process]] = {"web": self.webs, "worker": self.workers, "sweeper": self.sweepers}
        gone = crew[what].pop(0)
        gone.kill()
        self.cluster.processes.remove(gone)
        if isinstance(gone, Server):
            self.webs.append(self.cluster.web(port=gone.port))
        elif what == "worker":
            self.workers.append(self.cluster.worker(gone.name))
        else:
            self.sweepers.append(self.cluster.sweeper())


def test_runs_survive_a_series_of_kills_on_a_cluster(cluster: Cluster):
    dice = random.Random(SEED)
    killed: Counter[str] = Counter()
    with running(FalDouble(waits=1)) as fal:
        cluster.keys = {"FAL_KEY": fal.key, "FAL_BASE_URL": fal.base_url}
        crew = Crew(cluster, workers=3 if IS_LONG else 2)
        with feeding(cluster, lambda: crew.webs) as feed:
            for number in range(KILLS):
                feed.feed(RUNS * (number + 1) // KILLS - RUNS * number // KILLS)
                time.sleep(dice.uniform(*PAUSES))
                what = dice.choice(WHAT)
                crew.kill(what)
                killed[what] += 1
            last_kill = time.monotonic()
            feed.wait(seconds=STUCK_SECONDS)
        cluster.wait_for_all(seconds=STUCK_SECONDS)
        ended = time.monotonic() - last_kill
        jobs = Counter(str(job.body["prompt"]) for job in fal.jobs.values())

    runs = Counter(cluster.history.statuses().values())
    lost = cluster.ask(
        "SELECT error_code, count(*) AS n FROM executions_noderun WHERE error <> '' GROUP BY 1"
    )
    extra = sum(jobs.values()) - len(jobs)
    print(
        f"seed {SEED}: {dict(killed)} killed, {dict(runs)} runs, {dict(feed.counts)} answers, all over"
        f" {ended:.1f} s after the last kill, {extra} extra submissions to fal, failures: {lost}"
    )
    assert len(set(cluster.accepted)) == sum(runs.values()) == RUNS
    assert set(feed.counts) <= {0, 201, 503}
    assert set(runs) == {"COMPLETED"}
    # A provider without keys may be called once more for what a dead worker could not note, and says so.
    assert max(jobs.values()) <= 2
    noted = cluster.ask(
        "SELECT count(*) AS n FROM executions_submission WHERE provider = 'fal' AND duplicate_possible"
    )
    assert extra <= noted[0]["n"]
    assert extra <= KILLS
    cluster.prove(kills=KILLS)
