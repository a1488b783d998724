"""What the sandbox was asked for: an own SQLite file, so that jobs outlive the process that made them.

A call is counted and a job is written in one short transaction each; what is committed survives kill -9 (WAL,
synchronous NORMAL: only a power cut may take the last moments back).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Jobs older than this are forgotten when a journal is opened; an execution never waits that long.
KEPT_SECONDS = 30 * 24 * 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, calls INTEGER NOT NULL, first_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    ref TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, request TEXT NOT NULL,
    submitted_at REAL NOT NULL, ready_at REAL, cancelled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
_BY_KEY = "SELECT ref, request, submitted_at, ready_at, cancelled FROM jobs WHERE key = ?"
_BY_REF = "SELECT ref, request, submitted_at, ready_at, cancelled FROM jobs WHERE ref = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as written down. Times are seconds since the epoch; ``ready_at`` None never gets ready."""

    ref: str
    request: str
    submitted_at: float
    ready_at: float | None
    cancelled: bool = False


class Journal:
    """Thread-safe, and shared by any number of processes on one host."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def count_call(self, key: str, now: float) -> int:
        """Count one more call under ``key``; how many there were, this one included."""
        with self._writing(now) as connection:
            row = connection.execute(
                "INSERT INTO calls VALUES (?, 1, ?)"
                " ON CONFLICT (key) DO UPDATE SET calls = calls + 1 RETURNING calls",
                (key, now),
            ).fetchone()
            return int(row[0])

    def add(self, key: str, entry: Entry) -> Entry:
        """Write ``entry`` down, unless ``key`` has a job already; the job that ``key`` has now."""
        with self._writing(entry.submitted_at) as connection:
            connection.execute(
                "INSERT INTO jobs (ref, key, request, submitted_at, ready_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (entry.ref, key, entry.request, entry.submitted_at, entry.ready_at),
            )
            return _entry(connection.execute(_BY_KEY, (key,)).fetchone())

    def find(self, ref: str, now: float) -> Entry | None:
        with self._open(now) as connection:
            row = connection.execute(_BY_REF, (ref,)).fetchone()
            return _entry(row) if row else None

    def cancel(self, ref: str, now: float) -> None:
        """Mark a job as stopped; one that is ready by ``now``, or unknown, stays as it is."""
        with self._writing(now) as connection:
            connection.execute(
                "UPDATE jobs SET cancelled = 1 WHERE ref = ? AND (ready_at IS NULL OR ready_at > ?)",
                (ref, now),
            )

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    @contextmanager
    def _writing(self, now: float) -> Iterator[sqlite3.Connection]:
        with self._open(now) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _open(self, now: float) -> Iterator[sqlite3.Connection]:
        with self._lock:
            # A connection must not be carried into a forked process: the child opens its own.
            if self._connection is None or self._pid != os.getpid():
                self._connection, self._pid = self._connect(now), os.getpid()
            yield self._connection

    def _connect(self, now: float) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        connection.execute("DELETE FROM jobs WHERE submitted_at < ?", (now - KEPT_SECONDS,))
        connection.execute("DELETE FROM calls WHERE first_at < ?", (now - KEPT_SECONDS,))
        return connection


def _entry(row: tuple[str, str, float, float | None, int]) -> Entry:
    ref, request, submitted_at, ready_at, cancelled = row
    return Entry(ref, request, submitted_at, ready_at, bool(cancelled))


def submissions(journal: Path) -> list[tuple[str, int, int]]:
    """For tests: (key, calls made, jobs started) of every submission in the file, by key."""
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT key, calls, (SELECT count(*) FROM jobs WHERE jobs.key = calls.key)"
            " FROM calls ORDER BY key"
        )
        return [(str(key), int(calls), int(jobs)) for key, calls, jobs in rows]
    finally:
        connection.close()
