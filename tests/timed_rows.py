"""Making schedules of a whole server due: their moments are moved in its database, never its clock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path


def make_due(database: Path, **ago: float) -> None:
    """Have all active schedules of an SQLite file be due since then; a server may be at work on it."""
    at = (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(database, timeout=60)) as rows, rows:
        rows.execute("UPDATE triggers_schedule SET next_at = ? WHERE next_at IS NOT NULL", [at])
