"""What a team used in a period, from its tallies: a few hundred rows, however much was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet, Sum

from accounts.models import ApiKey, Team, User
from credits.models import Entry, EntryKind
from executions.spending import Bar, Period
from history.models import Subject, Tally
from history.steps import percentile
from history.tallies import FOREIGN
from providers.catalog import load_catalog
from workflows.models import Workflow

#: The forecast looks back so many days.
FORECAST_DAYS = 14
A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Part:
    """What one workflow, person, key or node type used; ``key`` is "" where there is no page of it."""

    key: str
    name: str = ""
    runs: int = 0
    failed: int = 0
    cached: int = 0
    pictures: int = 0
    credits: int = 0
    saved: int = 0
    durations: dict[str, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Of a node type: the node runs that something was asked for. What was reused is no call."""
        return self.runs - self.cached

    @property
    def failure_rate(self) -> float:
        """In percent, of executions or of calls."""
        return 100 * self.failed / self.calls if self.calls else 0.0

    @property
    def p50(self) -> float | None:
        return percentile(self.durations, 0.50)

    @property
    def p95(self) -> float | None:
        return percentile(self.durations, 0.95)

    @property
    def credits_per_picture(self) -> float | None:
        return self.credits / self.pictures if self.pictures else None


@dataclass(frozen=True, slots=True)
class Usage:
    """All of a period: the bars, the whole, and the parts by subject, the dearest first."""

    bars: list[Bar]
    whole: Part
    parts: Mapping[str, list[Part]]


SUMS = ("runs", "failed", "cached", "pictures", "credits", "saved")


def usage_in(team: Team, period: Period) -> Usage:
    """What ended in the period, as the database adds it up."""
    found: dict[str, dict[str, Part]] = {subject.value: {} for subject in Subject}
    added = tallies_in(team, period).values_list("subject", "key").annotate(*(Sum(name) for name in SUMS))
    for subject, key, *numbers in added:
        found[subject][key] = Part(key, "", *numbers)
    for key, step, count in _durations_in(team, period):
        found[Subject.NODE_TYPE][key].durations[step] = count
    whole = found.pop(Subject.ALL).get("", Part(""))
    parts = {
        subject: _named(team, period, subject, list(by_key.values())) for subject, by_key in found.items()
    }
    return Usage(bars_in(team, period), whole, parts)


def tallies_in(team: Team, period: Period, *subjects: Subject) -> QuerySet[Tally]:
    """The tallies of a period, of all subjects when none is named; the index has them by subject and day."""
    return Tally.objects.filter(
        team=team, subject__in=subjects or list(Subject), day__gte=period.first, day__lte=period.last
    )


def _durations_in(team: Team, period: Period) -> list[tuple[str, str, int]]:
    """(node type, step of `history.steps`, how many took so long) in the whole period."""
    tallies = tallies_in(team, period, Subject.NODE_TYPE).exclude(durations={}).values("key", "durations")
    each, asked = tallies.query.sql_with_params()
    steps_of = "jsonb_each_text" if connection.vendor == "postgresql" else "json_each"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tally.key, step.key, CAST(SUM(CAST(step.value AS bigint)) AS bigint)"  # noqa: S608  # no input
            f" FROM ({each}) tally, {steps_of}(tally.durations) step GROUP BY tally.key, step.key",
            asked,
        )
        return list(cursor.fetchall())


def spent_in(team: Team, period: Period) -> Part:
    """The whole of a period alone."""
    sums = tallies_in(team, period, Subject.ALL).aggregate(*(Sum(name, default=0) for name in SUMS))
    return Part("", "", *(sums[f"{name}__sum"] for name in SUMS))


def bars_in(team: Team, period: Period) -> list[Bar]:
    """What each day of the period cost, or each month of a long one."""
    spent = dict(tallies_in(team, period, Subject.ALL).values_list("day").annotate(Sum("credits")))
    each = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    if not period.is_by_month:
        return [Bar(day, spent.get(day, 0)) for day in each]
    months = dict.fromkeys((day.replace(day=1) for day in each), 0)
    for day, credits in spent.items():
        months[day.replace(day=1)] += credits
    return [Bar(first, credits) for first, credits in months.items()]


def _named(team: Team, period: Period, subject: str, parts: list[Part]) -> list[Part]:
    """With the names of today, the dearest first."""
    names: dict[str, str] = {}
    keys = [part.key for part in parts]
    numbers = [int(key) for key in keys if key.isdigit()]
    if subject == Subject.WORKFLOW:
        names = dict(Workflow.objects.filter(team=team, pk__in=keys).values_list("pk", "name"))
    elif subject == Subject.PERSON:
        names = {str(user.pk): str(user) for user in User.objects.filter(pk__in=numbers)}
    elif subject == Subject.KEY:
        names = {str(key.pk): str(key) for key in ApiKey.objects.filter(team=team, pk__in=numbers)}
    elif subject == Subject.NODE_TYPE:
        catalog = load_catalog()
        names = {key: kind.title for key in keys if (kind := catalog.find(key))}
    gone = [key for key in keys if key not in names]
    named = tallies_in(team, period, Subject(subject)).filter(key__in=gone).exclude(name="")
    before = dict(named.order_by("day").values_list("key", "name")) if gone else {}  # the last one stays
    for part in parts:
        part.name = names.get(part.key) or before.get(part.key) or ("" if part.key else "none") or "deleted"
        if part.key not in names or part.key == FOREIGN:
            part.name, part.key = (FOREIGN if part.key == FOREIGN else part.name), ""
    return sorted(parts, key=lambda part: (-part.credits, -part.runs, part.name))


def days_left(available: int, bars: Sequence[Bar], *, spending_for: timedelta) -> int | None:
    """For how many days the balance lasts at the pace of the last `FORECAST_DAYS`; None when nothing was spent.

    A team that has been ``spending_for`` less than that has a pace of those days alone, and in its first day none.
    """
    recent = bars[-FORECAST_DAYS:]
    spent = sum(bar.credits for bar in recent)
    if not spent or spending_for < A_DAY:
        return None
    return int(available * min(spending_for / A_DAY, len(recent)) / spent)


def spending_for(team: Team, *, at: datetime) -> timedelta:
    """How long ago the team spent something for the first time."""
    first = Entry.objects.filter(team=team, kind=EntryKind.SETTLE).order_by("created_at", "id").first()
    return at - first.created_at if first else timedelta()
