"""kill -9 while a moment of a schedule is dealt with: it becomes one run, once, and is paid once."""

from __future__ import annotations

import pytest

from executions.failpoints import OF_SCHEDULES
from tests.chaos.conftest import House
from tests.executions.runs import until
from tests.processes import Server, rows
from tests.timed_rows import make_due

pytestmark = pytest.mark.chaos


def scheduled(house: House, server: Server, **values: object) -> str:
    with server.client(house.key) as client:
        body = {"name": "Boats", "when": {"every": "minutes", "minutes": 60}, **values}
        answer = client.post(f"/workflows/{house.workflow(client)}/schedules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def firings(house: House) -> list[dict[str, object]]:
    return rows(house.database, "SELECT outcome, execution_id, said FROM triggers_firing ORDER BY id")


@pytest.mark.parametrize("failpoint", OF_SCHEDULES)
def test_a_moment_survives_a_kill_at(failpoint: str, house: House):
    server = house.serve()
    scheduled(house, server)
    house.killed(server)
    make_due(house.database, seconds=1)
    dying = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit:1", wait=False)
    assert dying.wait() == 137
    house.kills += 1
    assert len(firings(house)) == {"in_firing": 0, "after_firing": 1}[failpoint]

    house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    until(lambda: firings(house))
    house.wait_for_all()
    [found] = firings(house)
    runs = rows(house.database, "SELECT id, trigger FROM executions_execution")
    assert [(run["id"], run["trigger"]) for run in runs] == [(found["execution_id"], "schedule")]
    assert found["outcome"] == "started"
    house.prove()


def test_a_server_that_was_down_makes_up_for_one_moment_of_many(house: House):
    server = house.serve()
    scheduled(house, server, when={"every": "minutes", "minutes": 5})
    house.killed(server)
    make_due(house.database, hours=3)
    house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    until(lambda: firings(house))
    house.wait_for_all()
    [found] = firings(house)
    assert found["outcome"] == "started" and "Moments before it were missed." in str(found["said"])
    assert len(house.history.statuses()) == 1
    house.prove()
