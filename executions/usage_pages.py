"""The page of the credits: what is there, where it went, and every movement of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import actor_of
from credits.models import EntryKind
from executions import spending
from executions.spending import Bar, Period, Share
from executions.usage import usage_of
from workflows.ids import written

PAGE = 50
MOST_SHARES = 12
CHART_HEIGHT = 120
LEAST_BAR = 3  # a bar that stands for something can be seen
KINDS = {
    EntryKind.SETTLE: "Spent",
    EntryKind.HOLD: "Set aside",
    EntryKind.RELEASE: "Given back",
    EntryKind.GRANT: "Granted",
}


@login_required
@never_cache
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Balance, spending and entries of the team, for every member; filters stand in the address."""
    team = actor_of(request).team
    at = timezone.now()
    period = spending.period_of(request.GET.get("period", ""), at=at)
    kind = request.GET.get("kind", "")
    kind = kind if kind in EntryKind.values else ""
    entries = spending.entries_of(team, period, kind=kind)
    with suppress(ValueError):
        entries = entries.filter(id__lt=min(int(request.GET.get("before", "")), 2**63 - 1))
    lines = list(spending.lines_of(entries, PAGE + 1))
    context: dict[str, Any] = {
        "lines": lines[:PAGE],
        "next_id": lines[PAGE - 1].id if len(lines) > PAGE else None,
        "kinds": {name.value: word for name, word in KINDS.items()},
        "kind": kind,
        "period": period,
    }
    if request.headers.get("HX-Request") and "before" in request.GET:
        return render(request, "executions/_entries.html", context)
    context |= {
        "periods": spending.PERIODS,
        "credits": usage_of(team, at=at)["credits"],
        "sandbox_free": team.sandbox_free,
        "chart": chart_of(spending.bars_of(team, period), period),
        "workflows": _most(spending.by_workflow(team, period)),
        "node_types": _most(spending.by_node_type(team, period)),
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
            text=f"{name}: {bar.credits:,} credit{'' if bar.credits == 1 else 's'}".replace(",", "\u202f"),
        )
        for place, (bar, name, height) in enumerate(zip(bars, names, heights, strict=True))
    ]
    peak = names[max(range(len(bars)), key=lambda place: bars[place].credits)]
    each = "month" if period.is_by_month else "day"
    sentence = f"Credits spent each {each}: {spent} together, the most on {peak}: {most}."
    ticks = list(dict.fromkeys((names[0], names[len(names) // 2], names[-1])))
    return Chart(drawn, ticks, most, spent, sentence)


def _name(bar: Bar, period: Period) -> str:
    return spending.month_name(bar.first) if period.is_by_month else f"{bar.first.day} {bar.first:%b}"


def _most(shares: list[Share]) -> list[dict[str, Any]]:
    """The dearest few with their part of the whole in percent; the others are one line together."""
    whole = sum(share.credits for share in shares)
    shown, rest = shares[:MOST_SHARES], shares[MOST_SHARES:]
    if rest:
        together = sum(share.credits for share in rest), sum(share.runs for share in rest)
        shown = [*shown, Share("", f"{len(rest)} others", *together)]
    return [{"share": share, "percent": f"{share.credits / whole * 100:.1f}"} for share in shown]


def cell(text: str) -> str:
    """Text that a spreadsheet takes for text: nothing it begins with starts a formula."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


@login_required
@never_cache
@require_safe
def usage_csv(request: HttpRequest) -> HttpResponse:
    """The entries of a period as a table for spreadsheets; amounts are whole credits."""
    team = actor_of(request).team
    period = spending.period_of(request.GET.get("period", ""), at=timezone.now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"credits-{period.first}-{period.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    table = csv.writer(answer)
    table.writerow(["time", "kind", "credits", "what", "workflow", "execution", "sandbox"])
    lines = spending.lines_of(spending.entries_of(team, period, kind=request.GET.get("kind", "")))
    for line in lines:
        table.writerow(
            [
                written(line.at), line.kind, line.amount, cell(line.what), cell(line.workflow),
                line.execution_id, "yes" if line.is_sandbox else "",
            ]
        )  # fmt: skip
    return answer
