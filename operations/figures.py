"""What Prometheus reads of a web server: what the process counted, and how the database stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executions.models import Breaker, Execution
from executions.places import Holder, places_held, places_wanted
from executions.states import ExecutionStatus
from operations.state import count_leases, queues, workers_of
from telemetry import metrics


class FromDatabase(Collector):
    """The same for every web server that is asked: take the greatest, never the sum."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("wireflow_database_up", "1 while the database answers.")
        try:
            found = list(self._read())
        except DatabaseError:
            found = []
        up.add_metric([], bool(found))
        yield up
        yield from found

    def _read(self) -> Iterator[Metric]:
        at = timezone.now()
        depth = GaugeMetricFamily("wireflow_queue_depth", "Work that waits to be taken up.", labels=["queue"])
        age = GaugeMetricFamily(
            "wireflow_queue_oldest_age_seconds", "How long the oldest of it has waited.", labels=["queue"]
        )
        for queue in queues():
            depth.add_metric([queue.name], queue.depth)
            age.add_metric([queue.name], queue.age(at))
        yield depth
        yield age
        held, expired = count_leases()
        leases = GaugeMetricFamily("wireflow_leases", "Node runs in somebody's hands.", labels=["state"])
        leases.add_metric(["held"], held)
        leases.add_metric(["expired"], expired)
        yield leases
        running = Execution.objects.filter(status=ExecutionStatus.RUNNING).count()
        yield GaugeMetricFamily("wireflow_executions_running", "Executions under way.", value=running)
        shut = GaugeMetricFamily("wireflow_provider_shut", "1: left alone after faults.", labels=["provider"])
        ours = Breaker.objects.filter(open_until__isnull=False).exclude(provider__contains="/")
        for name in ours.values_list("provider", flat=True):
            shut.add_metric([name], 1)
        yield shut
        at_work = GaugeMetricFamily(
            "wireflow_provider_places",
            "Places at providers: held now, and waited for.",
            labels=["provider", "state"],
        )
        for state, counts in (("held", _by_provider(places_held())), ("waited_for", places_wanted())):
            for name, count in counts.items():
                at_work.add_metric([name, state], count)
        yield at_work
        processes = GaugeMetricFamily(
            "wireflow_processes", "Processes that were seen within 30 seconds.", labels=["kind"]
        )
        for kind, count in Counter(
            one.process.kind for one in workers_of(at) if one.state == "working"
        ).items():
            processes.add_metric([kind], count)
        yield processes


def _by_provider(places: Counter[Holder]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (provider, _, _), count in places.items():
        counts[provider] += count
    return counts


def page() -> tuple[bytes, str]:
    """The text for Prometheus, and its content type."""
    stored = CollectorRegistry()
    stored.register(FromDatabase())
    text, content_type = metrics.page(stored)
    counted = metrics.registry()
    if counted is not None:
        text = metrics.page(counted)[0] + text
    return text, content_type
