"""Data folders and databases that are up to date: made once for all processes that share the tests, then copied.

To bring a new database up to date takes longer than to start and use a server.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import make_key, manage
from tests.servers import PostgreSQL

SECRET = "only-for-tests-only-for-tests-only-for-tests"


def on_postgresql(url: str) -> dict[str, str]:
    """The environment of a command on this database; settings ask for a Redis, and nothing calls it."""
    return {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0", "WIREFLOW_SECRET_KEY": SECRET}


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` fills, in whichever process comes first; the others wait for it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of the whole run
    whole, half = base / name, base / f"{name}-half"
    with (base / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(half, ignore_errors=True)  # of somebody who failed
            half.mkdir()
            make(half)
            half.rename(whole)
    return whole


def empty_tables(factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them."""

    def make(folder: Path) -> None:
        _do(folder, "migrate", "--verbosity", "0")

    return once(factory, "tables", make) / "wireflow.sqlite3"


def prepared_folder(factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder as after a first start, and a key for it."""
    tables = empty_tables(factory)

    def make(folder: Path) -> None:
        data = folder / "data"
        data.mkdir()
        shutil.copy(tables, data)
        _do(data, "prepare")
        (folder / "key").write_text(make_key(data))

    folder = once(factory, "folder", make)
    return folder / "data", (folder / "key").read_text()


def prepared_postgresql(factory: pytest.TempPathFactory) -> tuple[PostgreSQL, str]:
    """A PostgreSQL that is not started yet, and a key.

    It has the databases ``tables`` with nothing in it, and ``prepared``, as after a first start and with the key.
    """

    def make(folder: Path) -> None:
        (folder / "data").mkdir()
        server = PostgreSQL()
        with closing(server):
            server.start()
            tables = on_postgresql(server.create("tables"))
            _do(folder / "data", "migrate", "--verbosity", "0", **tables)
            settings = on_postgresql(server.create("prepared", like="tables"))
            _do(folder / "data", "prepare", **settings)
            (folder / "key").write_text(make_key(folder / "data", **settings))
            server.stop()
            subprocess.run(["cp", "-a", server.data, folder / "postgresql"], check=True)

    folder = once(factory, "postgresql", make)
    return PostgreSQL(like=folder / "postgresql"), (folder / "key").read_text()


def _do(data: Path, *words: str, **settings: str) -> None:
    done = manage(data, *words, **settings)
    assert done.returncode == 0, done.stderr
