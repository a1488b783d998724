"""Schedules on a cluster: each moment is one run, however many sweepers look and whichever of them die.

WIREFLOW_CHAOS_SEED repeats a series of kills.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.graphs import chain, words
from tests.processes import Process, until
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261122"))
SCHEDULES, ROUNDS = 40, 4
#: Every tenth run makes files, which cost more than all the rest; how they survive is asked in test_kill_series.py.
WITH_FILES = 10
DEALT_WITH = 15  # by the sweeper that dies at the next one


def make_due(cluster: Cluster) -> None:
    cluster.ask("UPDATE triggers_schedule SET next_at = now() - interval '1 second' RETURNING id")


def still_due(cluster: Cluster) -> int:
    [found] = cluster.ask("SELECT count(*) AS many FROM triggers_schedule WHERE next_at <= now()")
    return int(found["many"])


def test_each_moment_is_one_run_while_sweepers_die(cluster: Cluster):
    dice = random.Random(SEED)
    print(f"seed {SEED}")
    [web] = cluster.webs(1)
    worker = cluster.worker("north")
    wait_for_workers(worker)
    with web.client(cluster.key) as client:
        files, texts = (
            client.post("/workflows", json={"name": "Boats", **graph}).json()["id"]
            for graph in (chain(), words("a boat", "llm:prompt_enhancer"))
        )
        body = {"when": {"every": "minutes", "minutes": 600}, "overlap": "run"}
        for number in range(SCHEDULES):
            path = f"/workflows/{texts if number % WITH_FILES else files}/schedules"
            assert client.post(path, json={"name": f"No. {number}", **body}).status_code == 201
    make_due(cluster)
    dying = cluster.sweeper(failpoints=f"in_firing=exit:{DEALT_WITH + 1}")
    assert dying.wait() == 137  # alone, in the middle of its pass
    cluster.processes.remove(dying)
    assert still_due(cluster) == SCHEDULES - DEALT_WITH
    sweepers = [cluster.sweeper() for _ in range(3)]
    all_are_started(cluster, times=1)
    for number in range(1, ROUNDS + 1):
        make_due(cluster)
        until(lambda: still_due(cluster) < SCHEDULES, sentence="no sweeper looked")
        time.sleep(dice.uniform(0, 0.2))  # the moment at which the kill comes is the matter of this test
        sweepers = killed_one(cluster, sweepers, dice)
        all_are_started(cluster, times=1 + number)
    cluster.wait_for_all()
    [runs] = cluster.ask("SELECT count(*) AS many FROM executions_execution WHERE trigger = 'schedule'")
    assert runs["many"] == SCHEDULES * (1 + ROUNDS)
    cluster.prove(kills=1 + ROUNDS)


def all_are_started(cluster: Cluster, *, times: int) -> None:
    until(lambda: not still_due(cluster), sentence="a moment was left")
    [found] = cluster.ask(
        "SELECT count(*) AS firings, count(DISTINCT execution_id) AS runs, count(DISTINCT schedule_id) AS schedules"
        " FROM triggers_firing WHERE outcome = 'started'"
    )
    assert found == {"firings": SCHEDULES * times, "runs": SCHEDULES * times, "schedules": SCHEDULES}


def killed_one(cluster: Cluster, sweepers: list[Process], dice: random.Random) -> list[Process]:
    """kill -9 of one, and another in its place."""
    gone = dice.choice(sweepers)
    gone.kill()
    cluster.processes.remove(gone)
    return [*(one for one in sweepers if one is not gone), cluster.sweeper()]
