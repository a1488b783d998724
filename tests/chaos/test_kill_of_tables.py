"""kill -9 while the rows of a large table are made into runs: each becomes one run, once, and is paid once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from executions.failpoints import OF_TABLES
from tests.chaos.conftest import House
from tests.executions.runs import until
from tests.processes import Server, manage, rows

pytestmark = pytest.mark.chaos

#: Two lots of 25 and the beginning of a third.
ROWS = 55


@contextmanager
def signed_in(house: House, server: Server) -> Iterator[httpx.Client]:
    """A person's browser."""
    made = manage(house.data, "sign_in_link", "--email", "pat@example.org")
    link = re.sub(r"^https?://[^/]+", "", made.stdout.strip())
    headers = {"Origin": server.url}
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False, headers=headers) as person:
        assert person.get(link).status_code == 303
        yield person


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def sent(house: House, server: Server, workflow: str, table: str) -> dict[str, str]:
    """Look at the table as a person does, and start it: the server dies before it answers. Returns what was sent."""
    page = f"/workflows/{workflow}/table"
    with signed_in(house, server) as person:
        form = {"csrfmiddlewaretoken": hidden(person.get(page), "csrfmiddlewaretoken"), "text": table}
        looked = person.post(page, data=form)
        form |= {"seen": hidden(looked, "seen"), "ticket": hidden(looked, "ticket"), "do": "start"}
        with pytest.raises(httpx.TransportError):
            person.post(page, data=form)
    return form


def sent_again(house: House, server: Server, workflow: str, form: dict[str, str]) -> None:
    """Start it once more, as whoever got no answer does: that leads to the batch that there is."""
    page = f"/workflows/{workflow}/table"
    with signed_in(house, server) as person:
        token = hidden(person.get(page), "csrfmiddlewaretoken")
        answer = person.post(page, data=form | {"csrfmiddlewaretoken": token})
    (batch,) = rows(house.database, "SELECT batch_id FROM executions_intake")
    assert answer.status_code == 303
    assert answer.headers["Location"].replace("-", "") == f"/batches/{batch['batch_id']}"


@pytest.mark.parametrize("failpoint", OF_TABLES)
def test_a_table_survives_a_kill_at(failpoint: str, house: House):
    server = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit:2", WIREFLOW_SANDBOX_LATENCY="0.1")
    with server.client(house.key) as client:
        workflow = house.workflow(client)
    form = sent(house, server, workflow, "text\n" + "".join(f"boat {number}\n" for number in range(ROWS)))
    assert server.wait() == 137
    house.kills += 1
    runs = rows(house.database, "SELECT id FROM executions_execution")
    assert len(runs) == {"in_lot": 25, "after_lot": 50}[failpoint]
    assert intake(house) == {"size": ROWS, "left": ROWS - len(runs), "state": "open"}

    server = house.serve(WIREFLOW_SANDBOX_LATENCY="0.1")
    sent_again(house, server, workflow, form)
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
