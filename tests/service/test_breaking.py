"""A cluster whose parts are killed, frozen and taken away: accepted work ends, once, and is charged once.

WIREFLOW_FROZEN=50 freezes so many workers past their lease.
"""

from __future__ import annotations

import json
import os
import re
import signal
from typing import LiteralString

import httpx
import pytest

from providers.sandbox import submissions
from tests.feeding import WITH_KEYS
from tests.graphs import Graph, chain, fan_out, words
from tests.processes import PATIENCE, Process, Server, until
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

#: Stops a worker with its first call to a provider announced and not yet made.
MID_CALL = "before_submit=freeze:1"
FROZEN = int(os.environ.get("WIREFLOW_FROZEN", "1"))
FROZEN_AT_ONCE = 10
#: All that a late word could change.
NODE_RUNS: LiteralString = (
    "SELECT r.*, e.status, e.last_seq, e.credits_used FROM executions_noderun r"
    " JOIN executions_execution e ON e.id = r.execution_id ORDER BY r.id"
)
#: Calls that were made and whose result is awaited.
BEGUN: LiteralString = "SELECT id FROM executions_submission WHERE state = 'sent'"


def wait_until_frozen(worker: Process) -> None:
    """Until it has come to its failpoint. It stays what it is: a child of ours that may be killed or woken."""
    stopped = os.WSTOPPED | os.WNOWAIT | os.WNOHANG
    until(
        lambda: os.waitid(os.P_PID, worker.popen.pid, stopped),
        sentence=f"{worker.name} claimed nothing",
    )


def calls(cluster: Cluster) -> list[int]:
    """How often each call arrived at the provider."""
    return sorted(times for _, times, _ in submissions(cluster.data / "sandbox.sqlite3"))


def stopped_mid_call(cluster: Cluster, web: Server, name: str, graph: Graph) -> Process:
    """A worker that has claimed work of this run and stands still."""
    worker = cluster.worker(name, failpoints=MID_CALL)
    wait_for_workers(worker)
    assert cluster.run(web, graph).status_code == 201
    wait_until_frozen(worker)
    return worker


def test_other_workers_take_over_from_a_killed_and_from_frozen_ones(cluster: Cluster):
    (web,) = cluster.webs(1)
    stopped_mid_call(cluster, web, "killed", fan_out()).kill()
    for first in range(0, FROZEN, FROZEN_AT_ONCE):
        names = [f"frozen-{number}" for number in range(first, min(first + FROZEN_AT_ONCE, FROZEN))]
        frozen = [stopped_mid_call(cluster, web, name, words(name, WITH_KEYS)) for name in names]
        sweeper, rescuer = cluster.sweeper(), cluster.worker("rescuer")
        cluster.wait_for_all()
        assert "submit_node_runs" in rescuer.output

        woken, rows = sum(calls(cluster)) + len(frozen), cluster.ask(NODE_RUNS)
        for worker in frozen:
            worker.popen.send_signal(signal.SIGCONT)
        # Each wakes in the middle of its call, makes it once more with the same key, and may write nothing of it.
        until(
            lambda woken=woken: sum(calls(cluster)) == woken,
            sentence="a frozen worker did not go on",
        )
        for process in (*frozen, sweeper, rescuer):
            process.stop()
        assert cluster.ask(NODE_RUNS) == rows
    cluster.prove(kills=1)
    lost = cluster.ask("SELECT status, attempt, tries FROM executions_noderun WHERE attempt > 1")
    assert {(row["status"], row["attempt"], row["tries"]) for row in lost} == {("COMPLETED", 2, 1)}
    assert len(lost) > FROZEN
    print(f"{FROZEN} workers were frozen past their lease and woken: no row changed after they woke")


def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_its_hands(cluster: Cluster):
    (web,) = cluster.webs(1)
    cluster.latency = "10"  # nothing it begins is over when it is asked to stop, however slow the machine is
    leaving = cluster.worker("leaving")
    cluster.latency = "0.3"
    wait_for_workers(leaving)
    for graph in (chain(), fan_out()):
        assert cluster.run(web, graph).status_code == 201
    until(lambda: cluster.ask(BEGUN), sentence="nothing was begun")
    assert leaving.stop() < 25
    assert leaving.popen.returncode == 0, leaving.output
    assert "Traceback" not in leaving.output
    assert cluster.ask("SELECT id FROM executions_noderun WHERE status = 'RUNNING'") == []
    assert set(cluster.history.statuses().values()) == {"RUNNING"}

    sweeper = cluster.sweeper()
    cluster.worker("staying")
    cluster.wait_for_all()
    assert sweeper.stop() < 25
    assert sweeper.popen.returncode == 0, sweeper.output
    cluster.prove()


def messages(worker: Process) -> int:
    """How many messages about ready node runs have reached it, which it tells where it tells all."""
    return len(re.findall(r"executions\.tasks\.submit_node_runs: \d+ node runs", worker.output))


def test_runs_are_accepted_done_and_watched_while_redis_is_deaf_and_dead(cluster: Cluster):
    (web,) = cluster.webs(1)
    cluster.keys = {"WIREFLOW_LOG_LEVEL": "debug"}
    cluster.latency = "10"  # what this worker begins goes on until Redis is lost, however slow the machine is
    worker = cluster.worker("worker")
    cluster.latency = "0.3"
    wait_for_workers(worker)
    cookie = cluster.sign_in(web)
    under_way = cluster.run(web, fan_out(1)).json()["executionId"]  # one call, and so one message in all
    until(lambda: cluster.ask(BEGUN), sentence="nothing was begun")
    sweeper = (
        cluster.sweeper()
    )  # not before the claim: it would send a second message when the first one is late
    with (
        cluster.watch(web, f"/ws/executions/{under_way}", cookie) as events,
        httpx.Client(base_url=web.url, timeout=PATIENCE, trust_env=False) as client,
    ):
        seen = [json.loads(events.recv(timeout=PATIENCE))["seq"]]
        for lose in (cluster.redis.freeze, cluster.redis.kill):
            lose()
            accepted = cluster.run(web, chain())
            assert accepted.status_code == 201
            assert accepted.elapsed.total_seconds() < 5  # who waits for a silent Redis waits longer
            assert client.get("/healthz").status_code == 200
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["checks"] == {"database": True, "channelLayer": False}

        kinds: list[str] = []
        while "execution.completed" not in kinds:
            frame = json.loads(events.recv(timeout=PATIENCE))
            seen += [event["seq"] for event in frame["events"]]
            kinds += [event["kind"] for event in frame["events"]]
    assert seen == list(range(seen[0], seen[-1] + 1))
    # Nobody hears the bell: the sweeper's own process does what was accepted meanwhile.
    cluster.wait_for_all()
    assert messages(worker) == 1
    assert "Traceback" not in sweeper.output

    cluster.redis.start()
    assert cluster.run(web, chain()).status_code == 201
    until(lambda: messages(worker) > 1, sentence="the worker heard no bell again")
    cluster.wait_for_all()
    with httpx.Client(base_url=web.url, timeout=PATIENCE, trust_env=False) as client:
        assert client.get("/readyz").status_code == 200
    cluster.prove()
