"""The movements of a team's credits in a period, each with the run that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Case,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
    When,
)
from django.db.models.functions import Cast, Substr

from accounts.models import Team
from credits.models import Entry, EntryKind
from executions.intakes import batch_of
from executions.models import GUEST, NodeRun, hold_reference

PERIODS = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "month": "This month",
    "last-month": "Last month",
    "90d": "Last 90 days",
    "year": "Last 12 months",
}
USUAL = "30d"
#: Longer periods are drawn by the month.
MOST_DAYS = 100

_RUN = hold_reference(0).removesuffix("0")  # what stands before the number of a node run


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both counted, of UTC."""

    name: str
    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1)

    @property
    def is_by_month(self) -> bool:
        return (self.last - self.first).days >= MOST_DAYS


def period_of(name: str, *, at: datetime) -> Period:
    """The period of this name as of ``at``; the usual one when there is no such name."""
    name = name if name in PERIODS else USUAL
    today = at.astimezone(UTC).date()
    month = today.replace(day=1)
    if name == "month":
        return Period(name, month, today)
    if name == "last-month":
        before = month - timedelta(days=1)
        return Period(name, before.replace(day=1), before)
    if name == "year":
        return Period(name, (month - timedelta(days=333)).replace(day=1), today)
    return Period(name, today - timedelta(days=int(name.removesuffix("d")) - 1), today)


@dataclass(frozen=True, slots=True)
class Bar:
    """The credits spent on one day, or in one month."""

    first: date
    credits: int


def entries_of(team: Team, period: Period, *, kind: str = "") -> QuerySet[Entry]:
    """The team's entries of a period, the newest first."""
    found = Entry.objects.filter(team=team, created_at__gte=period.start, created_at__lt=period.end)
    if kind not in EntryKind.values:
        return found.order_by("-id")
    return found.filter(kind=kind).order_by("-created_at", "-id")  # as the index of kinds has them


def older_than(entries: QuerySet[Entry], before: str) -> QuerySet[Entry]:
    """Those after the entry with this number in their order; a text that is none changes nothing."""
    if not (before.isascii() and before.isdigit()) or int(before) >= 2**63:
        return entries
    last = Entry.objects.filter(pk=int(before)).values_list("created_at", flat=True).first()
    entries = entries.filter(id__lt=int(before))
    return entries if last is None else entries.filter(created_at__lte=last)


def _with_run(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    number = Cast(Substr("reference", len(_RUN) + 1), BigIntegerField())
    return entries.annotate(run=Case(When(reference__startswith=_RUN, then=number), default=None))


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it; ``execution_id`` is empty where there is no page of it, ``batch_id`` where it is not
    for rows of a large table."""

    id: int
    kind: str
    at: datetime
    amount: int
    what: str
    workflow: str
    execution_id: str
    is_sandbox: bool
    batch_id: str = ""

    @property
    def free(self) -> int:
        """How it changes what is free to spend; what is spent was set aside before."""
        return self.amount * {EntryKind.SETTLE: 0, EntryKind.HOLD: -1, EntryKind.WITHDRAWAL: -1}.get(
            EntryKind(self.kind), 1
        )

    @property
    def held(self) -> int:
        """How it changes what is set aside for runs."""
        changes = {EntryKind.HOLD: 1, EntryKind.SETTLE: -1, EntryKind.RELEASE: -1}
        return self.amount * changes.get(EntryKind(self.kind), 0)


def lines_of(entries: QuerySet[Entry], most: int | None = None) -> Iterator[Line]:
    """The entries with the runs they belong to, in their order, ``most`` at most."""
    run = NodeRun.objects.filter(pk=OuterRef("run"))
    found = _with_run(entries).annotate(
        execution=Subquery(run.values("execution_id"), output_field=UUIDField()),
        trigger=Subquery(run.values("execution__trigger")),
        workflow=Subquery(run.values("execution__workflow_name")),
    )
    rows = found if most is None else found[:most]
    for one in rows.values().iterator(chunk_size=2000):
        is_guest = one["trigger"] == GUEST  # notes name nodes: those of other teams are not ours to show
        yield Line(
            id=one["id"],
            kind=one["kind"],
            at=one["created_at"],
            amount=one["amount"],
            what="a run of the app" if is_guest else one["note"].removesuffix(f" in {one['workflow']}"),
            workflow=one["workflow"] or "",
            execution_id=str(one["execution"]) if one["execution"] else "",
            is_sandbox=one["is_sandbox"],
            batch_id=batch_of(one["reference"]),
        )
