"""The database refuses what the model refuses, for those who go round the model. (PostgreSQL: tests/service.)"""

from __future__ import annotations

import sqlite3

import pytest

from tests.processes import make_key, manage, rows

REFUSAL = "Entries are never changed or deleted; record a correction as a new entry."


def test_sqlite_refuses_to_change_or_delete_an_entry_after_all_migrations(tmp_path):
    for target in ("credits", "credits 0001", ""):
        moved = manage(tmp_path, "migrate", *target.split(), "--verbosity", "0")
        assert moved.returncode == 0, moved.stderr
    make_key(tmp_path, credits=12)
    database = tmp_path / "wireflow.sqlite3"
    before = rows(database, "SELECT * FROM credits_entry")
    assert [row["amount"] for row in before] == [12]

    connection = sqlite3.connect(database)
    for statement in ("UPDATE credits_entry SET amount = amount + 1", "DELETE FROM credits_entry"):
        with pytest.raises(sqlite3.IntegrityError, match=REFUSAL):
            connection.execute(statement)
    connection.close()

    assert rows(database, "SELECT * FROM credits_entry") == before
