"""kill -9 while the rows of a large table are made into runs: each becomes one run, once, and is paid once."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from executions.failpoints import OF_TABLES
from tests.chaos.conftest import House
from tests.executions.runs import until
from tests.processes import Server, manage, rows

pytestmark = pytest.mark.chaos

ROWS = 80


def sent(house: House, server: Server, workflow: str, table: str) -> None:
    """Look at the table as a person does, and start it: the server dies before it answers."""
    made = manage(house.data, "sign_in_link", "--email", "pat@example.org")
    link = re.sub(r"^https?://[^/]+", "", made.stdout.strip())
    page = f"/workflows/{workflow}/table"
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as person:
        assert person.get(link).status_code == 303
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', person.get(page).text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "text": table}
        headers = {"Origin": server.url}
        looked = person.post(page, data=form, headers=headers)
        seen = re.search(r'name="seen" value="([^"]+)"', looked.text)
        assert seen is not None, looked.text
        with pytest.raises(httpx.TransportError):
            person.post(page, data={**form, "seen": seen[1], "do": "start"}, headers=headers)


@pytest.mark.parametrize("failpoint", OF_TABLES)
def test_a_table_survives_a_kill_at(failpoint: str, house: House):
    server = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit:2", WIREFLOW_SANDBOX_LATENCY="0.1")
    with server.client(house.key) as client:
        workflow = house.workflow(client)
    sent(house, server, workflow, "text\n" + "".join(f"boat {number}\n" for number in range(ROWS)))
    assert server.wait() == 137
    house.kills += 1
    runs = rows(house.database, "SELECT id FROM executions_execution")
    assert len(runs) == {"in_lot": 25, "after_lot": 50}[failpoint]
    assert intake(house) == {"size": ROWS, "left": ROWS - len(runs), "state": "open"}

    house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    until(lambda: intake(house)["state"] == "over")
    house.wait_for_all()
    assert intake(house) == {"size": ROWS, "left": 0, "state": "over"}
    found = rows(house.database, "SELECT run_index, inputs FROM executions_execution ORDER BY run_index")
    assert [(one["run_index"], json.loads(one["inputs"])) for one in found] == [
        (number, {"text": f"boat {number}"}) for number in range(ROWS)
    ]
    house.prove()


def intake(house: House) -> dict[str, object]:
    (found,) = rows(
        house.database, "SELECT size, json_array_length(rows) AS 'left', state FROM executions_intake"
    )
    return found
