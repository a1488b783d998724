"""What an operator wants to know of the whole installation, read from the database when asked."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from assets.models import Asset
from executions.models import Breaker, Execution, NodeRun, Submission, WaitFor
from executions.places import WAITS, places_held, places_wanted
from executions.states import ExecutionStatus, NodeStatus, SubmissionState
from operations.parts import Part, messages, parts
from providers.catalog import load_catalog
from telemetry.models import Process
from telemetry.processes import LOST_SECONDS, our_version

#: What waits, and for whom.
QUEUES: Mapping[str, str] = {
    "remote": "Calls to providers",
    "places": "Calls that wait for a free place at their provider",
    "local": "Work on our own machines",
    "inputs": "Inputs to be read",
    "poll": "Polls that are due",
    "retry": "Tries that are due",
    "turns": "Executions waiting for their turn",
}
MOST_LEASES = 50
MOST_ERRORS = 30
#: Calls that say how a provider is.
LAST_CALLS = 500
BROKEN_AFTER = 3
MEDIA_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    title: str
    depth: int = 0
    since: datetime | None = None

    def age(self, at: datetime) -> float:
        """Seconds that the oldest has waited."""
        return max(0.0, (at - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A node run in somebody's hands. ``holder`` is "" until the process that took it has told of it."""

    node_run_id: int
    execution_id: str
    node_type: str
    attempt: int
    started_at: datetime | None
    until: datetime
    is_expired: bool
    holder: str


@dataclass(frozen=True, slots=True)
class Worker:
    """A process as it last told of itself. ``state``: working, lost or stopped; ``badge`` is how that looks."""

    process: Process
    state: str
    badge: str


@dataclass(slots=True)
class ProviderState:
    """How the last calls to a provider ended. ``state``: idle, ok, failing, or shut: left alone for a while.

    ``places`` are its calls that may be under way at once (None: any number), ``held`` those that are now, ``waiting``
    the node runs that found none.
    """

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None
    failed_at: datetime | None = None
    failures_in_a_row: int = 0
    shut_until: datetime | None = None
    reason: str = ""
    places: int | None = None
    held: int = 0
    waiting: int = 0

    @property
    def state(self) -> str:
        if self.shut_until:
            return "shut"
        if not self.counts:
            return "idle"
        return "failing" if self.failures_in_a_row >= BROKEN_AFTER else "ok"


@dataclass(frozen=True, slots=True)
class Media:
    files: int
    bytes: int
    free_bytes: int | None
    database_bytes: int


@dataclass(frozen=True, slots=True)
class State:
    at: datetime
    version: str
    parts: list[Part]
    queues: list[Queue]
    messages: dict[str, int] | None
    running: int
    leases_held: int
    leases_expired: int
    leases: list[Lease]
    workers: list[Worker]
    providers: list[ProviderState]
    media: Media
    errors: list[dict[str, Any]]


def read_state() -> State:
    """Everything as it stands now. Raises DatabaseError when the database is away."""
    at = timezone.now()
    workers = workers_of(at)
    held, expired = count_leases()
    return State(
        at=at,
        version=our_version(),
        parts=parts(),
        queues=queues(),
        messages=messages(),
        running=Execution.objects.filter(status=ExecutionStatus.RUNNING).count(),
        leases_held=held,
        leases_expired=expired,
        leases=leases(at, workers),
        workers=workers,
        providers=providers(),
        media=media(),
        errors=errors(workers),
    )


def queues() -> list[Queue]:
    """All of `QUEUES`, also those in which nothing waits."""
    ready = NodeRun.objects.filter(status=NodeStatus.READY, execution__status=ExecutionStatus.RUNNING)
    depths: Counter[str] = Counter()
    since: dict[str, datetime] = {}
    catalog = load_catalog()
    for node_type, wait_for, count, oldest in ready.values_list("node_type", "wait_for").annotate(
        Count("id"), Min("ready_at")
    ):
        kind = catalog.find(node_type)
        name = "inputs" if kind and kind.is_source else "local" if kind and kind.is_local else "remote"
        name = "places" if wait_for in WAITS else name
        depths[name] += count
        since[name] = min(oldest, since.get(name, oldest))
    due = NodeRun.objects.filter(status=NodeStatus.WAITING, due_at__lte=Now())
    for wait_for, count, oldest in due.values_list("wait_for").annotate(Count("id"), Min("due_at")):
        name = "retry" if wait_for == WaitFor.RETRY else "poll"
        depths[name], since[name] = count, oldest
    turns = Execution.objects.filter(status=ExecutionStatus.PENDING)
    found = turns.aggregate(count=Count("id"), oldest=Min("created_at"))
    depths["turns"] = found["count"]
    if found["oldest"]:
        since["turns"] = found["oldest"]
    return [Queue(name, title, depths[name], since.get(name)) for name, title in QUEUES.items()]


def count_leases() -> tuple[int, int]:
    """How many are held, and how many ran out and were not taken over yet."""
    late = Count("id", filter=Q(lease_until__lt=Now()))
    found = NodeRun.objects.filter(status=NodeStatus.RUNNING).aggregate(all=Count("id"), late=late)
    return found["all"] - found["late"], found["late"]


def leases(at: datetime, workers: list[Worker]) -> list[Lease]:
    """Those that end first."""
    holders = {pk: str(one.process) for one in workers for pk in one.process.node_runs}
    rows = NodeRun.objects.filter(status=NodeStatus.RUNNING, lease_until__isnull=False).order_by(
        "lease_until"
    )
    return [
        Lease(
            node_run_id=row.pk,
            execution_id=str(row.execution_id),
            node_type=row.node_type,
            attempt=row.attempt,
            started_at=row.started_at,
            until=row.lease_until,
            is_expired=row.lease_until < at,
            holder=holders.get(row.pk, ""),
        )
        for row in rows.defer("output", "error")[:MOST_LEASES]
        if row.lease_until
    ]


def workers_of(at: datetime) -> list[Worker]:
    """Those that work, then those that are gone, the last one first."""
    found = []
    for process in Process.objects.order_by("-seen_at"):
        if process.ended_at is not None:
            found.append(Worker(process, "stopped", "cancelled"))
        elif (at - process.seen_at).total_seconds() > LOST_SECONDS:
            found.append(Worker(process, "lost", "lost"))
        else:
            found.append(Worker(process, "working", "completed"))
    order = ("working", "lost", "stopped")
    return sorted(found, key=lambda one: (order.index(one.state), one.process.kind))


def providers() -> list[ProviderState]:
    """Those that may be called, and those that were. Who is left alone for one team's own key is that team's affair."""
    found = {name: ProviderState(name) for name in ("sandbox", *settings.PROVIDER_ACCESS)}
    last = Submission.objects.order_by("-pk").values_list("provider", "state", "created_at", "ended_at")
    streak: defaultdict[str, bool] = defaultdict(lambda: True)
    for name, state, began, ended in last[:LAST_CALLS]:
        one = found.setdefault(name, ProviderState(name))
        one.counts[state] += 1
        one.last_at = one.last_at or began
        if state == SubmissionState.FAILED:
            one.failed_at = one.failed_at or ended
            one.failures_in_a_row += streak[name]
        elif state == SubmissionState.DONE:
            streak[name] = False
    for breaker in Breaker.objects.filter(open_until__isnull=False).exclude(provider__contains="/"):
        one = found.setdefault(breaker.provider, ProviderState(breaker.provider))
        one.shut_until, one.reason = breaker.open_until, breaker.reason
    for (name, _, _), count in places_held().items():
        found.setdefault(name, ProviderState(name)).held += count
    for name, count in places_wanted().items():
        found.setdefault(name, ProviderState(name)).waiting = count
    for name, one in found.items():
        one.places = settings.PROVIDER_CONCURRENCY.get(name)
    return sorted(found.values(), key=lambda one: one.name)


def media() -> Media:
    """Asked of the database once a minute at most: it has to look at every file."""
    found = cache.get("operations.media")
    if found is None:
        found = Asset.objects.live().aggregate(files=Count("pk"), bytes=Sum("bytes"))
        cache.set("operations.media", found, MEDIA_SECONDS)
    free = None
    if isinstance(default_storage, FileSystemStorage) or isinstance(
        getattr(default_storage, "_wrapped", None), FileSystemStorage
    ):
        folder = settings.MEDIA_ROOT if settings.MEDIA_ROOT.exists() else settings.DATA_DIR
        free = shutil.disk_usage(folder).free
    return Media(found["files"], found["bytes"] or 0, free, _database_bytes())


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def errors(workers: list[Worker]) -> list[dict[str, Any]]:
    """The last warnings and errors of all processes, the newest first."""
    lines = [{**line, "process": str(one.process)} for one in workers for line in one.process.lines]
    return sorted(lines, key=lambda line: str(line["at"]), reverse=True)[:MOST_ERRORS]
