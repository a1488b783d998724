"""kill -9 of the one process at random moments: every run ends, once, and is charged once.

WIREFLOW_EMBEDDED_KILLS=50 makes so many kills; WIREFLOW_CHAOS_SEED repeats a series.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from tests.chaos.conftest import House
from tests.doubles.fal import FalDouble
from tests.doubles.server import running
from tests.feeding import any_words, feeding
from tests.graphs import Graph, chain, fan_out
from tests.processes import PATIENCE, rows, until

pytestmark = pytest.mark.chaos

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
KILLS = int(os.environ.get("WIREFLOW_EMBEDDED_KILLS", "3"))
RUNS_PER_KILL = 5
#: Kills come as fast as work gets done: where the process is always just starting there is nothing to lose.
MOST_OPEN = 3 * RUNS_PER_KILL


def any_graph(number: int) -> Graph:
    """Mostly runs of three nodes, now and then one with pictures or with a list that fans out."""
    match number % 10:
        case 3:
            return chain(f"boat {number}.")
        case 6:
            return fan_out()
        case _:
            return any_words(number)


def test_runs_survive_a_series_of_kills(house: House):
    dice = random.Random(SEED)
    with running(FalDouble(waits=0)) as fal:
        settings = {
            "WIREFLOW_SANDBOX_LATENCY": "0.6",
            "FAL_KEY": fal.key,
            "FAL_BASE_URL": fal.base_url,
        }
        server = house.serve(**settings)
        with feeding(house, lambda: [house.servers[-1]], graph=any_graph, callers=2) as feed:
            for _ in range(KILLS):
                feed.feed(RUNS_PER_KILL)
                until(
                    lambda: feed.left + len(house.history.open()) <= MOST_OPEN,
                    seconds=10 * PATIENCE,
                    sentence="too few runs came to their end",
                )
                time.sleep(dice.uniform(0.2, 2.0))
                house.killed(server)
                server = house.serve(**settings)
            last_kill = time.monotonic()
            feed.wait()
        house.wait_for_all()
        ended = time.monotonic() - last_kill
        jobs = Counter(str(job.body["prompt"]) for job in fal.jobs.values())

    extra = sum(jobs.values()) - len(jobs)
    ends = house.history.prove_survival(accepted=house.accepted)
    print(
        f"seed {SEED}: {KILLS} kills, {ends}, all over {ended:.1f} s after the last start, {extra} extra submissions to"
        f" fal, slowest answer {feed.slowest(1):.2f} s"
    )
    assert len(set(house.accepted)) == RUNS_PER_KILL * KILLS
    assert max(jobs.values()) <= 2
    (noted,) = rows(
        house.database,
        "SELECT count(*) AS n FROM executions_submission WHERE provider = 'fal' AND duplicate_possible",
    )
    assert extra <= noted["n"]
