"""kill -9 while webhooks are called: what was answered runs, what was not may be asked again, and is paid once."""

from __future__ import annotations

import httpx
import pytest

from tests.chaos.conftest import House
from tests.processes import Server, rows

pytestmark = pytest.mark.chaos


def opened(house: House, server: Server) -> str:
    """The path of a webhook of the house's workflow."""
    with server.client(house.key) as client:
        answer = client.post(f"/workflows/{house.workflow(client)}/webhook", json={"creditsPerDay": 100})
    assert answer.status_code == 201, answer.text
    return f"/workflow/{answer.json()['data']['webhookId']}/trigger"


def call(house: House, server: Server, path: str, *, key: str) -> httpx.Response:
    with server.client("of a stranger") as client:  # webhooks read no key
        answer = client.post(path, json={"prompt": "a boat"}, headers={"Idempotency-Key": key})
    if answer.status_code == 202:
        house.accepted.append(answer.json()["executionId"])
    return answer


def test_a_call_survives_a_kill_right_after_its_commit(house: House):
    path = opened(house, server := house.serve())
    house.killed(server)
    dying = house.serve(WIREFLOW_FAILPOINTS="after_accept=exit:1")
    with pytest.raises(httpx.TransportError):
        call(house, dying, path, key="k")
    assert dying.wait() == 137
    house.kills += 1
    server = house.serve()
    answer = call(house, server, path, key="k")
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (202, "true")
    house.wait_for_all()
    assert len(house.history.statuses()) == 1
    assert [row["status"] for row in rows(house.database, "SELECT status FROM triggers_webhookcall")] == [202]
    house.prove()


def test_calls_answered_before_a_kill_all_run(house: House):
    path = opened(house, server := house.serve(WIREFLOW_SANDBOX_LATENCY="0.5"))
    for number in range(5):
        assert call(house, server, path, key=f"k{number}").status_code == 202
    house.killed(server)
    house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    house.wait_for_all()
    assert len(house.history.statuses()) == 5
    house.prove()
