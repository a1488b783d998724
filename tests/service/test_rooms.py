"""Tests of money, running and imports, once more on PostgreSQL, where locks are rows and not the whole database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, environment
from tests.servers import PostgreSQL

pytestmark = pytest.mark.service

FILES = (
    "tests/accounts/test_rows.py",
    "tests/accounts/test_statements.py",
    "tests/credits/test_wallets_last.py",
    "tests/service/money_in_order.py",
    "tests/service/prepared_statements.py",
    "tests/service/row_locks.py",
    "tests/accounts/test_limits.py",
    "tests/archives/test_imports.py",
    "tests/credits/test_concurrency.py",
    "tests/credits/test_ledger.py",
    "tests/credits/test_wallet.py",
    "tests/executions/test_cancel.py",
    "tests/executions/test_ended_just_now.py",
    "tests/executions/test_engine.py",
    "tests/executions/test_fencing.py",
    "tests/executions/test_idempotency.py",
    "tests/executions/test_limits.py",
    "tests/executions/test_lock_order.py",
    "tests/executions/test_places.py",
    "tests/executions/test_sockets.py",
    "tests/executions/test_sweeper.py",
    "tests/history/test_filters.py",
)
#: Of more threads than one process has connections; tests/service/test_limits.py does the same over two servers.
TOO_MANY_CALLERS = (
    "tests/executions/test_idempotency.py::test_keys_called_twenty_times_at_once_start_one_run_each"
)


def test_money_and_running_keep_their_promises_on_postgresql(postgresql: PostgreSQL, tmp_path: Path):
    settings = {"DATABASE_URL": postgresql.create("rooms")}
    postgresql.create("test_rooms", like="tables")  # what Django would make of it, step by step
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--reuse-db", "--deselect", TOO_MANY_CALLERS, *FILES],
        cwd=ROOT,
        env=environment(tmp_path, **settings),
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stdout
