"""kill -9 at every numbered step of a run: what was accepted ends, once, and is charged once."""

from __future__ import annotations

import os
import random
import signal
import time

import httpx
import pytest

from executions.engine import record
from executions.failpoints import NAMES
from providers.sandbox import submissions
from tests.chaos.conftest import House
from tests.graphs import chain, fan_out
from tests.processes import rows, until

pytestmark = pytest.mark.chaos

SEED = int(os.environ.get("WIREFLOW_CHAOS_SEED", "20261121"))
KILLED = 137


def post_until_it_dies(house: House, failpoint: str, nth: int, graph: dict, *, key: str) -> list[str]:
    """Run the graph in a server that dies on the way; a call that got no answer is made again later, with these keys.

    How often a step comes depends on how much is taken up at once: when the run is over before, another one follows.
    """
    # A job that is done when its call is answered is noted as done, and never as sent: a slow machine takes seconds.
    latency = "6" if failpoint == "after_record_sent" else "1"
    server = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit:{nth}", WIREFLOW_SANDBOX_LATENCY=latency)
    keys: list[str] = []

    def run_one_more() -> None:
        keys.append(f"{key}-{len(keys)}")
        try:
            answer = house.run(server, graph, key=keys[-1])
            assert answer.status_code == 201, answer.text
        except httpx.TransportError:
            pass  # it died before it could answer

    def is_dead() -> bool:
        if server.is_alive and not house.history.open():
            run_one_more()
        return not server.is_alive

    run_one_more()
    until(is_dead, sentence=f"the server does not die at {failpoint}")
    assert server.wait() == KILLED
    house.kills += 1
    return keys


@pytest.mark.parametrize("failpoint", NAMES)
def test_a_run_survives_a_kill_at(failpoint: str, house: House):
    dice = random.Random(f"{SEED} {failpoint}")
    nth = 1 if failpoint == "after_accept" else dice.randint(2, 5)
    print(f"seed {SEED}: {failpoint}, in the fan-out at hit {nth}")
    sent = [(chain(), key) for key in post_until_it_dies(house, failpoint, 1, chain(), key="chain")]
    sent += [(fan_out(), key) for key in post_until_it_dies(house, failpoint, nth, fan_out(), key="fan-out")]

    server = house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    again = [house.run(server, graph, key=key) for graph, key in sent]
    told = [(one.status_code, one.headers.get("Idempotent-Replayed")) for one in again]
    assert told == [(201, "true")] * len(sent)
    house.wait_for_all()
    assert len(house.history.statuses()) == len(sent)
    house.prove()


def test_an_answer_is_repeated_to_the_byte_after_a_kill(house: House):
    server = house.serve()
    first = house.run(server, chain(), key="k")
    house.killed(server)
    again = house.run(house.serve(), chain(), key="k")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    house.wait_for_all()
    assert len(house.history.statuses()) == 1
    house.prove()


def test_runs_survive_kills_while_it_starts_again(house: House):
    dice = random.Random(f"{SEED} starts")
    moments = [round(dice.uniform(0.8, 2.4), 2) for _ in range(3)]
    print(f"seed {SEED}: starts cut off after {moments} seconds")
    server = house.serve(WIREFLOW_SANDBOX_LATENCY="0.3")
    for graph in (chain(), fan_out()):
        assert house.run(server, graph).status_code == 201
    house.killed(server)
    for seconds in moments:
        server = house.serve(wait=False, WIREFLOW_SANDBOX_LATENCY="0.3")
        time.sleep(seconds)
        house.killed(server)
    house.serve(WIREFLOW_SANDBOX_LATENCY="0.3")
    house.wait_for_all()
    house.prove()


def test_a_step_that_kills_its_worker_three_times_fails_and_is_not_charged(house: House):
    for life in range(record.MAX_TRIES):
        server = house.serve(
            wait=False, WIREFLOW_FAILPOINTS="after_submit=exit", WIREFLOW_SANDBOX_LATENCY="60"
        )
        if life == 0:
            server.wait_until_ready()
            assert house.run(server, chain()).status_code == 201
        assert server.wait() == KILLED
        house.kills += 1

    house.serve(WIREFLOW_FAILPOINTS="after_submit=exit")
    house.wait_for_all()
    (failed,) = rows(
        house.database, "SELECT attempt, error, error_code FROM executions_noderun WHERE status = 'FAILED'"
    )
    assert failed == {
        "attempt": 3,
        "error": "The process that worked on this step died three times. Its credits went back.",
        "error_code": "worker_lost",
    }
    assert rows(house.database, "SELECT held, spent FROM credits_wallet WHERE spent + held > 0") == []
    ((_, calls, jobs),) = submissions(house.data / "sandbox.sqlite3")
    assert (calls, jobs) == (3, 1)
    house.history.prove_events()
    house.history.prove_charges()
    house.history.prove_ledger()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_gives_work_back_and_the_next_start_ends_it(by: signal.Signals, house: House):
    server = house.serve(WIREFLOW_SANDBOX_LATENCY="1")
    for graph in (chain(), fan_out()):
        assert house.run(server, graph).status_code == 201
    time.sleep(0.3)
    took = server.stop(by)
    assert server.popen.returncode == 0, server.output
    assert took < 25
    assert rows(house.database, "SELECT id FROM executions_noderun WHERE status = 'RUNNING'") == []
    assert "Traceback" not in server.output
    assert set(house.history.statuses().values()) == {"RUNNING"}

    house.serve(WIREFLOW_SANDBOX_LATENCY="1")
    house.wait_for_all()
    house.prove()
