"""kill -9 with executions in flight: how long until all have ended, and whether anything was asked for twice."""

from __future__ import annotations

import time
from pathlib import Path

from bench.api_load import drive
from bench.api_sites import Place, cluster, embedded, start_worker
from bench.engine import execute, wait_for_all
from bench.engine_waiting import beyond
from bench.figures import Figure
from bench.site import Limit, text_graph
from providers.sandbox import submissions
from tests.processes import serve

IN_FLIGHT = 50
LATENCY = 2.0
EMBEDDED_SECONDS = 3.5
#: A lease, and ten seconds.
CLUSTER_SECONDS = 30.0 + 10.0
_WHAT = (
    f"{IN_FLIGHT} runs of three nodes whose text model takes {LATENCY:g} s; when the provider has taken the jobs of "
    "all of them, kill -9 of"
)
_THEN = (
    "started again at once. From the last acceptance to the last end, less those seconds. Calls: what the provider "
    "counted beyond one for each run."
)
EMBEDDED = f"{_WHAT} the one process, {_THEN}"
CLUSTER = f"{_WHAT} the worker, {_THEN}"


def measure() -> list[Figure]:
    return [*_embedded(), *_cluster()]


def _embedded() -> list[Figure]:
    with embedded(latency=f"{LATENCY:g}") as place:
        _start(place)
        place.engine.kill()
        again = serve(place.site.data, **place.site.settings)
        try:
            return _figures("embedded", place, most=EMBEDDED_SECONDS, note=EMBEDDED)
        finally:
            again.stop()


def _cluster() -> list[Figure]:
    with cluster(latency=f"{LATENCY:g}") as place:
        _start(place)
        place.engine.kill()
        again = start_worker(place.site)
        try:
            return _figures("cluster", place, most=CLUSTER_SECONDS, note=CLUSTER)
        finally:
            again.stop()


def _start(place: Place) -> None:
    """Returns when the provider has every job and we have noted its name."""
    drive(place.ports, execute(place, text_graph()), times=IN_FLIGHT)
    limit = Limit("The provider's taking of the jobs")
    while len(place.ask("SELECT 1 FROM executions_submission WHERE provider_ref IS NOT NULL")) < IN_FLIGHT:
        limit.check()
        time.sleep(0.01)


def _figures(where: str, place: Place, *, most: float, note: str) -> list[Figure]:
    rows = wait_for_all(place)
    assert len(rows) == IN_FLIGHT
    calls = sum(calls for _, calls, _ in submissions(_journal(place)))
    return [
        Figure(f"{where}: killed, ended after", beyond(rows) - LATENCY, "s", most, note=note),
        Figure(f"{where}: calls made again", calls - IN_FLIGHT, "", 0.0, note=note),
    ]


def _journal(place: Place) -> Path:
    return place.site.data / "sandbox.sqlite3"
