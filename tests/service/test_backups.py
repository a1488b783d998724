"""Back-ups made and restored by the commands of docs/operations.md, while runs are under way."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from providers.sandbox import submissions
from tests.chaos.conftest import House
from tests.chaos.conftest import prepared as folder
from tests.graphs import chain
from tests.processes import PATIENCE, ROOT, environment, rows, until
from tests.servers import PostgreSQL, answers, postgresql_program
from tests.service.conftest import Cluster, wait_for_workers

pytestmark = pytest.mark.service
__all__ = ["folder"]
#: The blocks of commands in the section: made in one process, on a cluster, then restored.
_SECTION = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("\n## Back-up\n")[2]
_BLOCKS = re.findall(r"```sh\n(.*?)```", _SECTION, re.DOTALL)
BACK_UP, BACK_UP_CLUSTER, RESTORE, RESTORE_CLUSTER = _BLOCKS
#: A job of ten minutes: it is under way for as long as a test takes.
LONG = "600"


def carry_out(commands: str, beside: Path, **settings: str) -> None:
    """The commands as somebody types them beside the data folder ``data``."""
    (beside / "bin").mkdir(exist_ok=True)
    manage = beside / "bin" / "manage"
    manage.write_text(f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} manage.py "$@"\n', encoding="utf-8")
    manage.chmod(0o755)
    tools = str(Path(postgresql_program("initdb") or "/").parent)
    path = os.pathsep.join([os.environ["PATH"], tools])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=beside,
        env={**environment(beside / "data", **settings), "PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def end_jobs(journal: Path) -> None:
    """Ten minutes later: what the provider was asked for is done. It is not of the instance that was lost."""
    with sqlite3.connect(journal, timeout=60) as connection:
        connection.execute("UPDATE jobs SET ready_at = submitted_at")


def test_a_server_that_was_lost_goes_on_from_its_back_up(folder: tuple[Path, str], tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(folder[0], data)
    house = House(data, folder[1])
    quick = house.serve(WIREFLOW_SANDBOX_LATENCY="0")
    assert house.run(quick, chain()).status_code == 201
    house.wait_for_all()
    quick.stop()
    slow = house.serve(WIREFLOW_SANDBOX_LATENCY=LONG)
    assert house.run(slow, chain("under way")).status_code == 201
    sent = "SELECT id FROM executions_submission WHERE state = 'sent'"
    until(lambda: rows(house.database, sent), sentence="nothing was sent")
    before = [one.relative_to(data) for one in (data / "media").rglob("*") if one.is_file()]

    carry_out(BACK_UP, tmp_path)
    assert house.run(slow, chain("after the back-up")).status_code == 201
    slow.kill()
    provider = tmp_path / "sandbox.sqlite3"
    shutil.copy(data / "sandbox.sqlite3", provider)
    for rest in data.glob("sandbox.sqlite3-*"):
        shutil.copy(rest, tmp_path / rest.name)
    shutil.rmtree(data)

    carry_out(RESTORE, tmp_path)
    for rest in tmp_path.glob("sandbox.sqlite3*"):
        shutil.move(rest, data / rest.name)
    assert [one for one in before if not (data / one).is_file()] == []
    end_jobs(data / "sandbox.sqlite3")
    with sqlite3.connect(house.database, timeout=60) as connection:  # ten minutes later
        connection.execute("UPDATE executions_noderun SET due_at = ready_at WHERE status = 'WAITING'")
    again = House(data, house.key)
    server = again.serve(WIREFLOW_SANDBOX_LATENCY="0")
    try:
        again.wait_for_all()
        assert sorted(again.history.statuses().values()) == ["COMPLETED"] * 2
        for prove in ("charges", "events", "files", "ledger"):
            getattr(again.history, f"prove_{prove}")()
        assert {jobs for _, _, jobs in submissions(data / "sandbox.sqlite3")} == {1}
    finally:
        server.kill()


def test_a_cluster_whose_database_was_lost_goes_on_from_its_back_up(
    cluster: Cluster, postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
):
    beside = tmp_path_factory.mktemp("cluster")
    data = beside / "data"
    data.mkdir()
    first = replace(cluster, data=data, latency=LONG, processes=[])
    try:
        worker, web = first.worker("north"), first.web()
        web.wait_until_ready()
        wait_for_workers(worker)
        with web.client(first.key) as client:
            kept = client.post(
                "/media/upload", files={"file": ("people.csv", b"name,age\nAda,36\n", "text/csv")}
            )
            assert kept.status_code == 201, kept.text
        assert first.run(web, chain()).status_code == 201
        sent = "SELECT id FROM executions_submission WHERE state = 'sent'"
        until(lambda: first.ask(sent), sentence="nothing was sent")
        carry_out(BACK_UP_CLUSTER, beside, **first.settings)
    finally:
        for process in first.processes:
            process.kill()
    with psycopg.connect(first.database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
    shutil.rmtree(data / "media", ignore_errors=True)

    restored = postgresql.create(f"{beside.name.replace('-', '_')}_restored")
    second = replace(first, database=restored, latency="0", processes=[])
    carry_out(RESTORE_CLUSTER, beside, **second.settings)
    assert [row["status"] for row in answers(restored, "SELECT status FROM executions_execution")] == [
        "RUNNING"
    ]
    end_jobs(data / "sandbox.sqlite3")
    with psycopg.connect(restored, autocommit=True) as connection:  # ten minutes later
        connection.execute("UPDATE executions_noderun SET due_at = now() WHERE status = 'WAITING'")
    try:
        worker, _ = second.worker("south"), second.sweeper()
        wait_for_workers(worker)
        second.wait_for_all()
        second.prove(kills=1)
    finally:
        for process in second.processes:
            process.kill()
