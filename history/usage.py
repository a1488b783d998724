"""What a team used in a period, from its tallies: a few hundred rows, however much was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.models import ApiKey, Team, User
from executions.spending import Bar, Period
from history.models import Subject, Tally
from history.steps import percentile
from history.tallies import FOREIGN
from providers.catalog import load_catalog
from workflows.models import Workflow

#: The forecast looks back so many days.
FORECAST_DAYS = 14


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
    durations: Counter[str] = field(default_factory=Counter)

    def add(self, tally: Tally) -> None:
        for name in ("runs", "failed", "cached", "pictures", "credits", "saved"):
            setattr(self, name, getattr(self, name) + getattr(tally, name))
        self.durations.update(tally.durations)

    @property
    def failure_rate(self) -> float:
        """In percent."""
        return 100 * self.failed / self.runs if self.runs else 0.0

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


def usage_in(team: Team, period: Period) -> Usage:
    """What ended in the period."""
    tallies = Tally.objects.filter(team=team, day__gte=period.first, day__lte=period.last)
    days: Counter[object] = Counter()
    whole = Part("")
    found: dict[str, dict[str, Part]] = {subject.value: {} for subject in Subject if subject != Subject.ALL}
    for tally in tallies.order_by("day").iterator():
        if tally.subject == Subject.ALL:
            days[tally.day] += tally.credits
            whole.add(tally)
            continue
        part = found[tally.subject].setdefault(tally.key, Part(tally.key))
        part.name = tally.name or part.name
        part.add(tally)
    each = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    if period.is_by_month:
        months = dict.fromkeys((day.replace(day=1) for day in each), 0)
        for day in each:
            months[day.replace(day=1)] += days[day]
        bars = [Bar(first, spent) for first, spent in months.items()]
    else:
        bars = [Bar(day, days[day]) for day in each]
    parts = {subject: _named(team, subject, list(by_key.values())) for subject, by_key in found.items()}
    return Usage(bars, whole, parts)


def _named(team: Team, subject: str, parts: list[Part]) -> list[Part]:
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
    for part in parts:
        part.name = names.get(part.key) or part.name or ("" if part.key else "none") or "deleted"
        if part.key not in names or part.key == FOREIGN:
            part.name, part.key = (FOREIGN if part.key == FOREIGN else part.name), ""
    return sorted(parts, key=lambda part: (-part.credits, -part.runs, part.name))


def days_left(available: int, bars: Sequence[Bar]) -> int | None:
    """For how many days the balance lasts at the pace of the last `FORECAST_DAYS`; None when nothing was spent."""
    recent = bars[-FORECAST_DAYS:]
    spent = sum(bar.credits for bar in recent)
    return available * len(recent) // spent if spent else None
