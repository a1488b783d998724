"""Counts and durations for Prometheus. Off unless a setting asks for them: then each function here costs one look.

Every process counts for itself and is scraped by itself; sums are made by whoever asks Prometheus. With
PROMETHEUS_MULTIPROC_DIR the processes of one host write into that folder and any of them answers for all.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
POLLS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89)
#: The folder in which processes of one host count together.
SHARED = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """All that is counted in this process. The names are part of what docs/operations.md promises."""

    def __init__(self, *, kind: str, version: str) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            PlatformCollector,
            ProcessCollector,
            disable_created_metrics,
        )

        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"wireflow_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"wireflow_{name}", text, labels, buckets=buckets, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"wireflow_{name}", text, labels, registry=registry, multiprocess_mode="livesum")

        gauge("build_info", "1, with the version and what this process is.", "version", "process").labels(
            version, kind
        ).set(1)
        self.requests = counter("http_requests", "Requests answered.", "method", "route", "status")
        self.request_seconds = histogram(
            "http_request_duration_seconds", "Time to the head of the answer.", QUICK, "method", "route"
        )
        self.sockets = gauge("sockets_open", "Open WebSockets.", "route")
        self.accepted = counter("executions_accepted", "Executions accepted.", "trigger")
        self.ended = counter("executions_ended", "Executions ended.", "status")
        self.execution_seconds = histogram(
            "execution_duration_seconds", "From accepting an execution to its end.", LONG, "status"
        )
        self.node_runs = counter("node_runs_ended", "Node runs ended.", "type", "status")
        self.node_run_seconds = histogram(
            "node_run_duration_seconds", "From the first claim of a node run to its end.", LONG, "type"
        )
        self.waited_seconds = histogram(
            "node_run_queue_seconds", "From READY to the claim, of node runs that ended.", LONG
        )
        self.calls = counter("provider_calls", "Calls to providers.", "provider", "call", "outcome")
        self.call_seconds = histogram(
            "provider_call_duration_seconds", "Time a provider took to answer.", LONG, "provider", "call"
        )
        self.polls = histogram("provider_job_polls", "Polls until a job was over.", POLLS, "provider")
        self.credits = counter("credits", "Credits moved, by what was done with them.", "move")
        self.moments = counter("schedule_moments", "Moments of schedules dealt with.", "outcome")
        self.late_seconds = histogram(
            "schedule_late_seconds", "From a moment of a schedule to what became of it.", LONG
        )
        self.sweeps = counter("sweeps", "Rounds of the sweeper.")
        self.swept = counter("swept", "What sweeps found.", "found")


_metrics: Metrics | None = None


def turn_on(*, kind: str, version: str) -> None:
    """Count from now on, from nothing."""
    global _metrics
    _metrics = Metrics(kind=kind, version=version)


def turn_off() -> None:
    global _metrics
    _metrics = None
    if SHARED in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


def is_on() -> bool:
    return _metrics is not None


def registry() -> CollectorRegistry | None:
    """What this process counted, or all processes of this host together; None while it is off."""
    if _metrics is None or SHARED not in os.environ:
        return _metrics.registry if _metrics else None
    from prometheus_client import CollectorRegistry, multiprocess

    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def answered(method: str, route: str, status: int, seconds: float) -> None:
    if _metrics is not None:
        _metrics.requests.labels(method, route, status).inc()
        _metrics.request_seconds.labels(method, route).observe(seconds)


def socket(route: str, change: int) -> None:
    """One more socket is open, or one less."""
    if _metrics is not None:
        _metrics.sockets.labels(route).inc(change)


def accepted(trigger: str) -> None:
    if _metrics is not None:
        _metrics.accepted.labels(trigger).inc()


def execution_ended(status: str, seconds: float) -> None:
    if _metrics is not None:
        _metrics.ended.labels(status).inc()
        _metrics.execution_seconds.labels(status).observe(seconds)


def node_run_ended(node_type: str, status: str, seconds: float | None, waited: float | None) -> None:
    """``seconds`` is None for one that never began, ``waited`` for one that was never READY."""
    if _metrics is not None:
        _metrics.node_runs.labels(node_type, status).inc()
        if seconds is not None:
            _metrics.node_run_seconds.labels(node_type).observe(seconds)
        if waited is not None:
            _metrics.waited_seconds.observe(waited)


def called(provider: str, call: str, outcome: str, seconds: float) -> None:
    if _metrics is not None:
        _metrics.calls.labels(provider, call, outcome).inc()
        _metrics.call_seconds.labels(provider, call).observe(seconds)


def polled(provider: str, polls: int) -> None:
    """A job is over after so many polls."""
    if _metrics is not None:
        _metrics.polls.labels(provider).observe(polls)


def credits(**moved: int) -> None:
    """Credits by what was done with them: held, settled, released."""
    if _metrics is not None:
        for move, amount in moved.items():
            _metrics.credits.labels(move).inc(amount)


def swept(found: Mapping[str, int]) -> None:
    if _metrics is not None:
        _metrics.sweeps.inc()
        for what, count in found.items():
            _metrics.swept.labels(what).inc(count)


def moment(outcome: str, late: float) -> None:
    """A moment of a schedule was dealt with, so many seconds after it."""
    if _metrics is not None:
        _metrics.moments.labels(outcome).inc()
        _metrics.late_seconds.observe(late)


def knows_token(header: str, token: str) -> bool:
    """Whether an Authorization header carries the token; compared in constant time."""
    return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())


def page(registry: CollectorRegistry) -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return generate_latest(registry), CONTENT_TYPE_LATEST
