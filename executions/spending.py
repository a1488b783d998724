"""Where a team's credits went in a period: all sums are made by the database, from the entries alone."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, Substr, TruncDate

from accounts.models import Team
from credits.models import Entry, EntryKind
from executions.models import GUEST, NodeRun, hold_reference
from providers.catalog import load_catalog

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
DELETED = "Deleted executions"
FOREIGN = "Apps of other teams"

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


@dataclass(frozen=True, slots=True)
class Share:
    """What was spent on one thing; ``key`` is its id, empty when there is no page of it."""

    key: str
    name: str
    credits: int
    runs: int


def entries_of(team: Team, period: Period, *, kind: str = "") -> QuerySet[Entry]:
    """The team's entries of a period, the newest first."""
    found = Entry.objects.filter(team=team, created_at__gte=period.start, created_at__lt=period.end)
    return (found.filter(kind=kind) if kind in EntryKind.values else found).order_by("-id")


def bars_of(team: Team, period: Period) -> list[Bar]:
    """A bar for every day or month of the period, also where nothing was spent."""
    by_day = dict(
        entries_of(team, period, kind=EntryKind.SETTLE)
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("day")
        .annotate(sum=Sum("amount"))
    )
    days = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    if not period.is_by_month:
        return [Bar(day, by_day.get(day, 0)) for day in days]
    months = dict.fromkeys((day.replace(day=1) for day in days), 0)
    for day, spent in by_day.items():
        months[day.replace(day=1)] += spent
    return [Bar(first, spent) for first, spent in months.items()]


def by_workflow(team: Team, period: Period) -> list[Share]:
    """What was spent on each workflow, the dearest first. A renamed one bears its name of today."""
    # Another team's app may have been renamed since without telling, so it keeps the name it ran by.
    own = Case(When(execution__trigger=GUEST, then=None), default=F("execution__workflow_id"))
    today = Case(When(execution__trigger=GUEST, then=None), default=F("execution__workflow__name"))
    name = Coalesce(NullIf(today, Value("")), "execution__workflow_name")
    return _shares(team, period, key=own, name=name)


def by_node_type(team: Team, period: Period) -> list[Share]:
    """What was spent on each type of node, the dearest first. How other teams' apps are made stays theirs."""
    kind = Case(When(execution__trigger=GUEST, then=Value(FOREIGN)), default=F("node_type"))
    catalog = load_catalog()
    return [
        Share(share.key, known.title if (known := catalog.find(share.name)) else share.name,
              share.credits, share.runs)
        for share in _shares(team, period, key=kind, name=kind)
    ]  # fmt: skip


def _shares(team: Team, period: Period, *, key: Any, name: Any) -> list[Share]:
    run = NodeRun.objects.filter(pk=OuterRef("run"))
    spent = (
        _with_run(entries_of(team, period, kind=EntryKind.SETTLE).order_by())
        .annotate(
            share_key=Subquery(run.annotate(found=key).values("found")),
            share_name=Coalesce(Subquery(run.annotate(found=name).values("found")), Value(DELETED)),
        )
        .values("share_key", "share_name")
        .annotate(sum=Sum("amount"), count=Sum(Value(1)))
        .order_by("-sum", "share_name")
    )
    return [Share(one["share_key"] or "", one["share_name"], one["sum"], one["count"]) for one in spent]


def _with_run(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    number = Cast(Substr("reference", len(_RUN) + 1), BigIntegerField())
    return entries.annotate(run=Case(When(reference__startswith=_RUN, then=number), default=None))


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it; ``execution_id`` is empty where there is no page of it."""

    id: int
    kind: str
    at: datetime
    amount: int
    what: str
    workflow: str
    execution_id: str
    is_sandbox: bool

    @property
    def sign(self) -> str:
        """How it changes what is free to spend."""
        return {"grant": "+", "release": "+", "hold": "\u2212"}.get(self.kind, "")


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
        )


def month_name(first: date) -> str:
    """``2026-11-01`` as ``Nov 2026``."""
    return f"{calendar.month_abbr[first.month]} {first.year}"
