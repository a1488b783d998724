"""A cluster whose parts are killed, frozen and taken away: accepted work ends, once, and is charged once."""

from __future__ import annotations

import json
import signal

import httpx
import pytest

from executions.engine.claims import LEASE_SECONDS
from executions.engine.sweeper import NEGLECTED_SECONDS, SWEEP_SECONDS
from providers.sandbox import submissions
from tests.graphs import chain, fan_out
from tests.processes import Process, until
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service

#: Blocks a worker for a second before each call to a provider: time to break it in mid-run.
SLOW = "before_submit=sleep"


def wait_for_claim(cluster: Cluster, runs: int) -> None:
    """Until so many executions have a call that is about to be made."""
    until(
        lambda: (
            len(
                cluster.ask(
                    "SELECT DISTINCT n.execution_id FROM executions_noderun n JOIN executions_submission s"
                    " ON s.node_run_id = n.id WHERE n.status = 'RUNNING' AND s.state = 'intent'"
                )
            )
            == runs
        ),
        seconds=20,
        sentence=f"{runs} executions were not claimed",
    )


def calls(cluster: Cluster) -> list[int]:
    """How often each call arrived at the provider."""
    return sorted(times for _, times, _ in submissions(cluster.data / "sandbox.sqlite3"))


def test_another_worker_takes_over_from_a_killed_and_from_a_frozen_one(cluster: Cluster):
    (web,) = cluster.webs(1)
    frozen = cluster.worker("frozen", failpoints=SLOW)
    wait_for_workers(frozen)
    assert cluster.run(web, chain()).status_code == 201
    wait_for_claim(cluster, 1)
    frozen.popen.send_signal(signal.SIGSTOP)

    killed = cluster.worker("killed", failpoints=SLOW)
    wait_for_workers(killed)
    assert cluster.run(web, fan_out()).status_code == 201
    wait_for_claim(cluster, 2)
    killed.kill()

    cluster.sweeper()
    rescuer = cluster.worker("rescuer")
    cluster.wait_for_all(seconds=LEASE_SECONDS + 2 * SWEEP_SECONDS + 20)
    assert "submit_node_runs" in rescuer.output

    made = sum(calls(cluster))
    frozen.popen.send_signal(signal.SIGCONT)
    # It wakes in the middle of its call, makes it once more with the same key, and may write nothing of it.
    until(lambda: sum(calls(cluster)) == made + 1, seconds=20, sentence="the frozen worker did not go on")
    frozen.stop()
    cluster.prove(kills=1)
    lost = cluster.ask("SELECT status, attempt, tries FROM executions_noderun WHERE attempt > 1")
    assert {(row["status"], row["attempt"], row["tries"]) for row in lost} == {("COMPLETED", 2, 1)}


def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_its_hands(cluster: Cluster):
    cluster.latency = "1"
    (web,) = cluster.webs(1)
    leaving = cluster.worker("leaving")
    wait_for_workers(leaving)
    for graph in (chain(), fan_out()):
        assert cluster.run(web, graph).status_code == 201
    begun = "SELECT id FROM executions_submission WHERE state = 'sent'"
    until(lambda: cluster.ask(begun), seconds=10, sentence="nothing was begun")
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
    """How many messages about ready node runs it has taken."""
    return worker.output.count("Task executions.tasks.submit_node_runs")


def test_runs_are_accepted_done_and_watched_while_redis_is_deaf_and_dead(cluster: Cluster):
    cluster.latency = "2"
    (web,) = cluster.webs(1)
    worker = cluster.worker("worker")
    sweeper = cluster.sweeper()
    wait_for_workers(worker)
    cookie = cluster.sign_in(web)
    under_way = cluster.run(web, chain()).json()["executionId"]
    with (
        cluster.watch(web, f"/ws/executions/{under_way}", cookie) as events,
        httpx.Client(base_url=web.url, timeout=10, trust_env=False) as client,
    ):
        seen = [json.loads(events.recv(timeout=10))["seq"]]
        heard = messages(worker)
        for lose in (cluster.redis.freeze, cluster.redis.kill):
            lose()
            accepted = cluster.run(web, chain())
            assert accepted.status_code == 201
            assert accepted.elapsed.total_seconds() < 3
            assert client.get("/healthz").status_code == 200
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["checks"] == {"database": True, "channelLayer": False}

        kinds: list[str] = []
        while "execution.completed" not in kinds:
            frame = json.loads(events.recv(timeout=30))
            seen += [event["seq"] for event in frame["events"]]
            kinds += [event["kind"] for event in frame["events"]]
    assert seen == list(range(seen[0], seen[-1] + 1))
    # Nobody hears the bell: the sweeper's own process does what was accepted meanwhile.
    cluster.wait_for_all(seconds=NEGLECTED_SECONDS + 2 * SWEEP_SECONDS + 20)
    assert messages(worker) == heard
    assert "Traceback" not in sweeper.output

    cluster.redis.start()
    assert cluster.run(web, chain()).status_code == 201
    until(lambda: messages(worker) > heard, seconds=30, sentence="the worker heard no bell again")
    cluster.wait_for_all()
    with httpx.Client(base_url=web.url, timeout=10, trust_env=False) as client:
        assert client.get("/readyz").status_code == 200
    cluster.prove()
