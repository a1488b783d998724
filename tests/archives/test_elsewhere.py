"""A team moves from a server in one process to another, and to a cluster's PostgreSQL, by the commands."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.archives.zips import compared, rows_of
from tests.chaos.conftest import House, house, prepared
from tests.graphs import chain, fan_out
from tests.prepared import on_postgresql, prepared_postgresql
from tests.processes import manage, rows
from tests.servers import postgresql_program

pytestmark = pytest.mark.service
__all__ = ["house", "prepared"]
IN = ("--owner", "pat@example.org", "--keep-balance")
#: How long a statement of an export may take, and how long it may write between two; and then everybody else again.
LIMITS = """
from django.db import connection
from archives.snapshot import snapshot
def show():
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {limit}")
            print(cursor.fetchone()[0])
with snapshot():
    show()
show()
"""


def _said(data: Path, *words: str, **settings: str) -> str:
    done = manage(data, *words, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_team_is_the_same_elsewhere_on_either_database(
    house: House, prepared: tuple[Path, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
):
    if not postgresql_program("initdb"):
        pytest.skip("no PostgreSQL: install postgresql")
    server = house.serve(WIREFLOW_SANDBOX_LATENCY="0")
    for prompt in ("a lighthouse in fog", "a boat"):
        assert house.run(server, chain(prompt)).status_code == 201
    assert house.run(server, fan_out(3)).status_code == 201
    house.wait_for_all()
    server.stop()
    slow = house.serve(WIREFLOW_SANDBOX_LATENCY="60")
    assert house.run(slow, chain("a run that is under way")).status_code == 201
    first = tmp_path / "first.zip"
    team = rows(house.database, "SELECT team_id FROM workflows_workflow")[0]["team_id"]
    told = _said(house.data, "export_team", "--team", str(team), str(first))  # beside the server
    slow.kill()
    assert "1 workflows, 4 runs" in told
    assert [one["status"] for one in rows_of(first, "executions")].count("COMPLETED") == 3

    # What was under way is over in the first import; from there on nothing changes any more.
    second_data, second = tmp_path / "second", tmp_path / "second.zip"
    shutil.copytree(prepared[0], second_data)
    number = _number(_said(second_data, "import_team", str(first), *IN))
    _said(second_data, "export_team", "--team", number, str(second))
    was, now = compared(first), compared(second)
    for table in ("workflows", "versions", "assets", "templates", "components", "limits", "files"):
        assert now[table] == was[table], table
    over = [one for one in was["executions"] if one["status"] == "COMPLETED"]
    assert [one for one in now["executions"] if one["error_code"] != "exported"] == over and len(over) == 3
    assert now["entries"][: len(was["entries"])] == was["entries"]
    assert {one["kind"] for one in now["entries"][len(was["entries"]) :]} == {"release"}
    assert "right" in _said(second_data, "check_ledger")

    postgresql, _ = prepared_postgresql(tmp_path_factory)
    with closing(postgresql):
        postgresql.start()
        cluster = on_postgresql(postgresql.create("elsewhere", like="tables"))
        third_data, third = tmp_path / "third", tmp_path / "third.zip"
        third_data.mkdir()
        _said(third_data, "prepare", **cluster)
        _said(third_data, "create_api_key", "--email", "pat@example.org", **cluster)
        number = _number(_said(third_data, "import_team", str(second), *IN, **cluster))
        assert "right" in _said(third_data, "check_ledger", **cluster)
        _said(third_data, "export_team", "--team", number, str(third), **cluster)
        assert _said(third_data, "shell", "-c", LIMITS, **cluster).split()[-4:] == ["0", "0", "10s", "15s"]
    assert compared(third) == now


def _number(told: str) -> str:
    """The number in ``Team 3, “…”``."""
    return told.removeprefix("Team ").partition(",")[0]
