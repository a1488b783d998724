"""The database refuses what the model refuses, for those who go round the model. (PostgreSQL: tests/service.)"""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from tests.processes import ROOT, environment, rows

#: There, back to the beginning, and to the end, and a grant, in one process: starting one costs as much as all of it.
MOVES = """
import os

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "wireflow_ui.settings"
django.setup()
for target in (["credits"], ["credits", "0001"], ["credits"]):
    call_command("migrate", *target, verbosity=0)

from accounts.models import Team
from credits.actions import grant

call_command("migrate", "accounts", verbosity=0)
grant(team=Team.objects.create(name="Guards"), amount=12, reason="test")
"""
REFUSAL = "Entries are never changed or deleted; record a correction as a new entry."


def test_sqlite_refuses_to_change_or_delete_an_entry_after_every_migration_of_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MOVES], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    database = tmp_path / "wireflow.sqlite3"
    before = rows(database, "SELECT * FROM credits_entry")
    assert [row["amount"] for row in before] == [12]

    connection = sqlite3.connect(database)
    for statement in ("UPDATE credits_entry SET amount = amount + 1", "DELETE FROM credits_entry"):
        with pytest.raises(sqlite3.IntegrityError, match=REFUSAL):
            connection.execute(statement)
    connection.close()

    assert rows(database, "SELECT * FROM credits_entry") == before
