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
from tests.processes import PATIENCE, Process, Server, until
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
KILLS = int(os.environ.get("WIREFLOW_KILLS", "10"))
IS_LONG = KILLS > 10
RUNS_PER_KILL = 25 if IS_LONG else 4
RUNS = KILLS * RUNS_PER_KILL
#: Kills come as fast as work gets done: where every process is just starting there is nothing to lose.
MOST_OPEN = 4 * RUNS_PER_KILL
#: After the last kill no run stands still for so long; the short series gives a busy machine more.
STUCK_SECONDS = 90 if IS_LONG else PATIENCE
#: What a process writes when it is at work; a sweeper says nothing of itself.
AT_WORK = {"web": "Ready:", "worker": " ready.", "sweeper": ""}
#: Half of all kills hit workers, for they hold what can be lost.
WHAT = ("web", "worker", "worker", "sweeper")


class Crew:
    """The processes of a cluster, each started anew when it is killed, as whoever runs them would."""

    def __init__(self, cluster: Cluster, *, workers: int) -> None:
        self.cluster = cluster
        self.webs: list[Server] = cluster.webs(2)
        self.workers = [cluster.worker(f"worker-{number}") for number in range(workers)]
        self.sweepers = [cluster.sweeper()]
        wait_for_workers(*self.workers)

    def kill(self, what: str, dice: random.Random) -> None:
        """kill -9 of one that does its work, and another in its place."""
        crew: dict[str, list[Process]] = {"web": self.webs, "worker": self.workers, "sweeper": self.sweepers}
        at_work = until(
            lambda: [one for one in crew[what] if AT_WORK[what] in one.output], sentence=f"no {what} came up"
        )
        gone = dice.choice(at_work)
        gone.kill()
        crew[what].remove(gone)
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
    with running(FalDouble(waits=0)) as fal:
        cluster.keys = {"FAL_KEY": fal.key, "FAL_BASE_URL": fal.base_url}
        crew = Crew(cluster, workers=3 if IS_LONG else 2)
        with feeding(cluster, lambda: crew.webs) as feed:
            for _ in range(KILLS):
                feed.feed(RUNS_PER_KILL)
                until(
                    lambda: feed.left + len(cluster.history.open()) <= MOST_OPEN,
                    seconds=10 * PATIENCE,
                    sentence="too few runs came to their end",
                )
                time.sleep(dice.uniform(0.1, 2.0))
                what = dice.choice(WHAT)
                crew.kill(what, dice)
                killed[what] += 1
            last_kill = time.monotonic()
            feed.wait()
        cluster.wait_for_all(seconds=STUCK_SECONDS)
        ended = time.monotonic() - last_kill
        jobs = Counter(str(job.body["prompt"]) for job in fal.jobs.values())

    extra = sum(jobs.values()) - len(jobs)
    ends = cluster.history.prove_survival(accepted=cluster.accepted)
    print(
        f"seed {SEED}: {dict(killed)} killed, {ends}, {dict(feed.counts)} answers, all over {ended:.1f} s after the"
        f" last kill, {extra} extra submissions to fal"
    )
    assert len(set(cluster.accepted)) == RUNS
    assert set(feed.counts) <= {0, 201, 503}
    # A provider without keys may be called once more for what a dead worker could not note, and says so.
    assert max(jobs.values()) <= 2
    noted = cluster.ask(
        "SELECT count(*) AS n FROM executions_submission WHERE provider = 'fal' AND duplicate_possible"
    )
    assert extra <= noted[0]["n"]
    if IS_LONG:
        assert extra <= KILLS
