"""The ledger of a team: every movement of its credits, each leading to its run."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actor import actor_of
from credits.context import balance_of
from credits.ledger import balance_at
from credits.models import EntryKind
from executions import spending
from workflows.ids import read_moment, written

PAGE = 50
KINDS = {
    EntryKind.SETTLE: "Spent",
    EntryKind.HOLD: "Set aside",
    EntryKind.RELEASE: "Given back",
    EntryKind.GRANT: "Granted",
    EntryKind.ALLOWANCE: "Allowance",
    EntryKind.PURCHASE: "Bought",
    EntryKind.WITHDRAWAL: "Taken away",
}


@login_required
@never_cache
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The entries of a period, the newest first, and the balance as it is, or at a moment from entries alone.

    ``on`` is that moment, in UTC. While credits are set aside for runs, the balance asks for itself again and again.
    """
    team = actor_of(request).team
    period = spending.period_of(request.GET.get("period", ""), at=timezone.now())
    kind = request.GET.get("kind", "")
    kind = kind if kind in EntryKind.values else ""
    entries = spending.older_than(spending.entries_of(team, period, kind=kind), request.GET.get("before", ""))
    lines = list(spending.lines_of(entries, PAGE + 1))
    context: dict[str, Any] = {
        "tab": "ledger",
        "lines": lines[:PAGE],
        "next_id": lines[PAGE - 1].id if len(lines) > PAGE else None,
        "kinds": {name.value: word for name, word in KINDS.items()},
        "kind": kind,
        "period": period,
    }
    if request.headers.get("HX-Request") and "before" in request.GET:
        return render(request, "executions/_entries.html", context)
    on = read_moment(request.GET.get("on", ""))
    balance = balance_of(team.pk) if on is None else balance_at(team.pk, on)
    context |= {"periods": spending.PERIODS, "balance": balance, "on": on}
    if request.headers.get("HX-Target") == "balances":
        return render(request, "executions/_balances.html", context)
    return render(request, "executions/ledger.html", context)


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
