"""The database refuses what the model refuses, for those who go round the model. (PostgreSQL: tests/service.)"""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from tests.processes import ROOT, environment, make_key, rows

#: There, back to the beginning, and to the end, in one process: starting one costs as much as a migration of all.
MOVES = """
import os

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "wireflow_ui.settings"
django.setup()
for target in (["credits"], ["credits", "0001"], []):
    call_command("migrate", *target, verbosity=0)
"""
REFUSAL = "Entries are never changed or deleted; record a correction as a new entry."


def test_sqlite_refuses_to_change_or_delete_an_entry_after_all_migrations(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MOVES], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
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
