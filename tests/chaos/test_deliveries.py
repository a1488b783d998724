"""kill -9 between a delivery and its note: it comes again, by the same id, and the run ends once."""

from __future__ import annotations

import pytest

from tests.chaos.conftest import House
from tests.graphs import delivered
from tests.processes import rows
from tests.receiver import receiving

pytestmark = pytest.mark.chaos


def test_a_delivery_survives_a_kill_before_it_is_noted(house: House):
    with receiving() as receiver:
        dying = house.serve(
            WIREFLOW_DELIVERY_HOSTS=receiver.host, WIREFLOW_FAILPOINTS="after_delivery=exit:1"
        )
        with dying.client(house.key) as client:
            made = client.post("/workflows", json={"name": "Boats", **delivered(receiver.url)}).json()
            answer = client.post(f"/workflows/{made['id']}/execute", json={})
        house.accepted.append(answer.json()["executionId"])
        assert dying.wait() == 137
        house.kills += 1
        house.serve(WIREFLOW_DELIVERY_HOSTS=receiver.host)
        house.wait_for_all()
        assert len(receiver.calls) == 2
        assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 1
    [row] = rows(house.database, "SELECT state, tries FROM triggers_delivery")
    assert (row["state"], row["tries"]) == ("delivered", 2)
    assert list(house.history.statuses().values()) == ["COMPLETED"]
    house.history.prove_events()
    house.history.prove_ledger()
