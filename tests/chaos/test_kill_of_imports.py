"""kill -9 while a team is made of an archive: nothing of it is there, and then it is made once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from executions.failpoints import OF_ARCHIVES
from tests.chaos.conftest import House
from tests.chaos.test_kill_of_tables import hidden, signed_in
from tests.executions.runs import until
from tests.graphs import chain
from tests.processes import Server, manage, rows

pytestmark = pytest.mark.chaos

PLACE = "/settings/team/import"
COUNTED = ("accounts_team", "accounts_user", "executions_execution", "executions_event", "credits_entry")


@pytest.mark.parametrize("failpoint", OF_ARCHIVES)
def test_an_import_survives_a_kill_at(failpoint: str, house: House, tmp_path: Path):
    server = house.serve(WIREFLOW_SANDBOX_LATENCY="0")
    for _ in range(3):
        assert house.run(server, chain()).status_code == 201
    house.wait_for_all()
    archive = tmp_path / "team.zip"
    manage(house.data, "export_team", "--email", "pat@example.org", str(archive))
    house.killed(server)
    before = counted(house)

    server = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit")
    brought(house, server, archive)
    assert server.wait() == 137
    assert counted(house) == before
    with closing(sqlite3.connect(house.database)) as database, database:  # its ninety seconds are over
        database.execute("UPDATE archives_teamimport SET lease_until = '2020-01-01 00:00:00'")

    house.serve()
    until(lambda: state(house) == "ready")
    after = counted(house)
    assert after["accounts_team"] == before["accounts_team"] + 1
    assert after["executions_execution"] == 2 * before["executions_execution"]
    assert after["executions_event"] == 2 * before["executions_event"]
    assert manage(house.data, "check_ledger").returncode == 0


def brought(house: House, server: Server, archive: Path) -> None:
    """Bring the archive as a person does in the browser."""
    with signed_in(house, server) as person:
        form = {"csrfmiddlewaretoken": hidden(person.get(PLACE), "csrfmiddlewaretoken"), "name": "Again"}
        with archive.open("rb") as file:
            assert person.post(PLACE, data=form, files={"archive": file}).status_code == 303


def state(house: House) -> str:
    (found,) = rows(house.database, "SELECT state FROM archives_teamimport")
    return str(found["state"])


def counted(house: House) -> dict[str, int]:
    return {name: rows(house.database, f"SELECT count(*) AS many FROM {name}")[0]["many"] for name in COUNTED}
