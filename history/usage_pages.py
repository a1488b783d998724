"""The page of what a team used: by day, workflow, node type, model, person and key, as charts and as tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import actor_of
from credits.context import balance_of
from executions import spending
from executions.spending import Bar, Period
from executions.usage_pages import cell
from history import listing, usage
from history.models import Subject
from history.usage import Part
from providers.catalog import load_catalog
from workflows.templatetags.figures import thin

MOST_SHARES = 12
CHART_HEIGHT = 120
LEAST_BAR = 3  # a bar that stands for something can be seen
TABLES = {
    Subject.WORKFLOW.value: "By workflow",
    Subject.NODE_TYPE.value: "By node type",
    Subject.PERSON.value: "By person",
    Subject.KEY.value: "By API key",
}
LINKS = {Subject.WORKFLOW.value: "workflow", Subject.PERSON.value: "person", Subject.KEY.value: "key"}


@login_required
@never_cache
@require_safe
def usage_page(request: HttpRequest) -> HttpResponse:
    """Balance and use of the team, for every member; the period stands in the address."""
    actor = actor_of(request)
    team, now = actor.team, timezone.now()
    listing.keep_up_for(actor)
    period = spending.period_of(request.GET.get("period", ""), at=now)
    used = usage.usage_in(team, period)
    wallet = balance_of(team.pk)
    month = usage.spent_in(team, spending.period_of("month", at=now))
    recent = usage.bars_in(team, spending.period_of("30d", at=now))
    spending_for = usage.spending_for(team, at=now)
    left = usage.days_left(wallet.available, recent, spending_for=spending_for)
    catalog = load_catalog()
    models = [
        part
        for part in used.parts[Subject.NODE_TYPE]
        if (kind := catalog.find(part.key)) is not None and kind.is_remote
    ]
    context: dict[str, Any] = {
        "tab": "usage",
        "period": period,
        "periods": spending.PERIODS,
        "balance": wallet,
        "month": month,
        "sandbox_free": team.sandbox_free,
        "chart": chart_of(used.bars, period),
        "whole": used.whole,
        "tables": [
            {
                "title": title,
                "subject": subject,
                "link": LINKS.get(subject, ""),
                "counts_node_runs": subject == Subject.NODE_TYPE,
                "rows": _most(used.parts[subject]),
            }
            for subject, title in TABLES.items()
        ],
        "models": models,
        "days_left": left,
        "is_first_day": timedelta() < spending_for < usage.A_DAY,
        "ends_on": now + timedelta(days=left) if left is not None and left < 366 else None,
    }
    return render(request, "executions/usage.html", context)


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A bar with its place in percent of the width and in pixels of the height."""

    left: str
    width: str
    top: int
    height: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[ChartBar]
    ticks: list[str]
    most: int
    spent: int
    sentence: str
    height: int = CHART_HEIGHT


def chart_of(bars: Sequence[Bar], period: Period) -> Chart:
    """Where the bars stand, what they say and which days are written below them."""
    most, spent = max(bar.credits for bar in bars), sum(bar.credits for bar in bars)
    step = 100 / len(bars)
    names = [_name(bar, period) for bar in bars]
    heights = [max(round(bar.credits / most * CHART_HEIGHT), LEAST_BAR) if bar.credits else 0 for bar in bars]
    drawn = [
        ChartBar(
            left=f"{step * (place + 0.12):.3f}",
            width=f"{step * 0.76:.3f}",
            top=CHART_HEIGHT - height,
            height=height,
            text=ngettext("{name}: {count} credit", "{name}: {count} credits", bar.credits).format(
                name=name, count=thin(bar.credits)
            ),
        )
        for place, (bar, name, height) in enumerate(zip(bars, names, heights, strict=True))
    ]
    peak = names[max(range(len(bars)), key=lambda place: bars[place].credits)]
    if period.is_by_month:
        sentence = _("Credits spent each month: {spent} together, the most on {peak}: {most}.")
    else:
        sentence = _("Credits spent each day: {spent} together, the most on {peak}: {most}.")
    sentence = sentence.format(spent=spent, peak=peak, most=most)
    ticks = list(dict.fromkeys((names[0], names[len(names) // 2], names[-1])))
    return Chart(drawn, ticks, most, spent, sentence)


def _name(bar: Bar, period: Period) -> str:
    return date_format(bar.first, "M Y" if period.is_by_month else "j M")


def _most(parts: list[Part]) -> list[dict[str, Any]]:
    """The dearest few that cost something, with their part of the whole in percent; the others are one line."""
    paid = [part for part in parts if part.credits]
    whole = sum(part.credits for part in paid)
    shown, rest = paid[:MOST_SHARES], paid[MOST_SHARES:]
    if rest:
        together = Part("", _("{count} others").format(count=len(rest)))
        together.credits, together.runs = sum(one.credits for one in rest), sum(one.runs for one in rest)
        together.cached = sum(one.cached for one in rest)
        shown = [*shown, together]
    return [{"share": part, "percent": f"{part.credits / whole * 100:.1f}"} for part in shown]


@login_required
@never_cache
@require_safe
def usage_table(request: HttpRequest) -> HttpResponse:
    """Everything the page shows of a period, as a table for spreadsheets."""
    actor = actor_of(request)
    listing.keep_up_for(actor)
    period = spending.period_of(request.GET.get("period", ""), at=timezone.now())
    used = usage.usage_in(actor.team, period)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="usage-{period.first}-{period.last}.csv"'
    table = csv.writer(answer)
    table.writerow(
        ["by", "name", "runs", "failed", "reused", "pictures", "credits", "saved", "p50 s", "p95 s"]
    )
    for bar in used.bars:
        table.writerow(
            ["month" if period.is_by_month else "day", bar.first, "", "", "", "", bar.credits, "", "", ""]
        )
    for subject, parts in used.parts.items():
        for part in parts:
            p50, p95 = part.p50, part.p95
            table.writerow(
                [
                    subject, cell(part.name), part.runs, part.failed, part.cached, part.pictures, part.credits,
                    part.saved, "" if p50 is None else f"{p50:.2f}", "" if p95 is None else f"{p95:.2f}",
                ]
            )  # fmt: skip
    return answer
