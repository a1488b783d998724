"""A cluster whose parts are killed, frozen and taken away: accepted work ends, once, and is charged once."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import LiteralString

import httpx
import pytest

from providers.sandbox import submissions
from tests.graphs import chain, fan_out
from tests.processes import PATIENCE, Process, until
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

#: Stops a worker with its first call to a provider announced and not yet made.
MID_CALL = "before_submit=freeze:1"
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


def test_another_worker_takes_over_from_a_killed_and_from_a_frozen_one(cluster: Cluster):
    (web,) = cluster.webs(1)
    frozen = cluster.worker("frozen", failpoints=MID_CALL)
    wait_for_workers(frozen)
    assert cluster.run(web, chain()).status_code == 201
    wait_until_frozen(frozen)

    killed = cluster.worker("killed", failpoints=MID_CALL)
    wait_for_workers(killed)
    assert cluster.run(web, fan_out()).status_code == 201
    wait_until_frozen(killed)
    killed.kill()

    cluster.sweeper()
    rescuer = cluster.worker("rescuer")
    cluster.wait_for_all()
    assert "submit_node_runs" in rescuer.output

    made = sum(calls(cluster))
    frozen.popen.send_signal(signal.SIGCONT)
    # It wakes in the middle of its call, makes it once more with the same key, and may write nothing of it.
    until(lambda: sum(calls(cluster)) == made + 1, sentence="the frozen worker did not go on")
    frozen.stop()
    cluster.prove(kills=1)
    lost = cluster.ask("SELECT status, attempt, tries FROM executions_noderun WHERE attempt > 1")
    assert {(row["status"], row["attempt"], row["tries"]) for row in lost} == {("COMPLETED", 2, 1)}


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
    """How many messages about ready node runs have reached it. It writes another line when it is done with one."""
    return len(re.findall(r"Task executions\.tasks\.submit_node_runs\[\S+\] received", worker.output))


def test_runs_are_accepted_done_and_watched_while_redis_is_deaf_and_dead(cluster: Cluster):
    (web,) = cluster.webs(1)
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
