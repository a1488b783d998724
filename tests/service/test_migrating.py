"""A migration on PostgreSQL may take longer than a request."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.prepared import on_postgresql, prepared_postgresql
from tests.processes import manage
from tests.servers import postgresql_program

pytestmark = pytest.mark.service
ASK = """
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate
from wireflow_ui.management.commands.migrate import LIMITS
def show(**_):
    with connection.cursor() as cursor:
        for limit in LIMITS:
            cursor.execute(f"SHOW {limit}")
            print(cursor.fetchone()[0], end=" ")
    pre_migrate.disconnect(show)
pre_migrate.connect(show)
call_command("migrate", verbosity=0)
show()
"""


def test_no_limit_of_time_holds_while_tables_are_brought_up_to_date(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
):
    if not postgresql_program("initdb"):
        pytest.skip("no PostgreSQL: install postgresql")
    postgresql, _ = prepared_postgresql(tmp_path_factory)
    with closing(postgresql):
        postgresql.start()
        settings = on_postgresql(postgresql.create("elsewhere", like="tables"))
        asked = manage(tmp_path, "shell", "--no-imports", "-c", ASK, **settings)
        assert asked.stdout.split() == ["0", "0", "0", "10s", "5s", "15s"], asked.stderr
        assert manage(tmp_path, "prepare", **settings).returncode == 0
