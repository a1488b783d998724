"""Many executions that wait for their provider at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from bench.api_load import drive
from bench.api_sites import cluster, memory_of
from bench.engine import execute, wait_for_all
from bench.figures import Figure
from bench.site import text_graph

LATENCY = 5.0
MOST_MB = 250.0
NOTE = (
    f"Runs of three nodes whose text model takes {LATENCY:g} s, asked for by 16 clients, on PostgreSQL and Redis with "
    "one web server and one worker. From the moment of the last one's acceptance to that of the last end, by their "
    "rows. Memory: the most that the worker held."
)


def measure() -> list[Figure]:
    return _measure(1_000, most=7.0)


def measure_more() -> list[Figure]:
    return _measure(5_000, most=20.0)


def _measure(executions: int, *, most: float) -> list[Figure]:
    with cluster(latency=f"{LATENCY:g}") as place:
        began = time.perf_counter()
        drive(place.ports, execute(place, text_graph()), times=executions)
        accepting = time.perf_counter() - began
        rows = wait_for_all(place)
        assert len(rows) == executions
        return [
            Figure(f"{executions} waiting: accepted", executions / accepting, "runs/s", note=NOTE),
            Figure(f"{executions} waiting: ended after", beyond(rows), "s", most, note=NOTE),
            Figure(f"{executions} waiting: worker", memory_of(place.engine, "VmHWM"), "MB", MOST_MB, note=NOTE),
        ]  # fmt: skip


def beyond(rows: list[dict[str, Any]]) -> float:
    """Seconds from the last acceptance to the last end."""
    took = max(moment(row["ended_at"]) for row in rows) - max(moment(row["created_at"]) for row in rows)
    return took.total_seconds()


def moment(written: datetime | str) -> datetime:
    """A time as PostgreSQL gives it, or as SQLite keeps it: a text in UTC."""
    if isinstance(written, str):
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    return written
