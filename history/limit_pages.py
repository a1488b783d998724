"""The page of the limits of spending: what is set, how much of it is used, and when it resets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, actor_of
from accounts.audit_words import called
from accounts.models import ApiKey, Member
from credits import limits
from credits.models import SpendingCount, SpendingLimit, SpendingPeriod
from wireflow_ui.errors import WireflowError
from workflows.models import Workflow

MOST_CHOICES = 100
PERIODS = {SpendingPeriod.DAY.value: "a day", SpendingPeriod.MONTH.value: "a month"}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit as the page shows it; ``percent`` of it is used."""

    limit: SpendingLimit
    used: int
    resets_at: datetime
    notices: list[tuple[int, datetime]]

    @property
    def name(self) -> str:
        """What it is for, in the reader's language."""
        return called(self.limit.name)

    @property
    def left(self) -> int:
        return max(0, self.limit.credits - self.used)

    @property
    def percent(self) -> int:
        return self.used * 100 // self.limit.credits

    @property
    def state(self) -> str:
        return "failed" if self.percent >= 100 else "stale" if self.percent >= 80 else "running"


def rows_of(actor: Actor) -> list[LimitRow]:
    """The team's limits with their counts of this day or month."""
    now = timezone.now()
    found = list(SpendingLimit.objects.visible_to(actor).order_by("name", "period"))
    counts = {
        (count.limit_id, count.starts_on): count
        for count in SpendingCount.objects.filter(limit__in=found).prefetch_related("notices")
    }
    rows = []
    for limit in found:
        first = limits.begins_on(limit.period, now)
        count = counts.get((limit.pk, first))
        rows.append(
            LimitRow(
                limit,
                count.used if count else 0,
                limits.ends_at(limit.period, first),
                sorted((notice.percent, notice.at) for notice in count.notices.all()) if count else [],
            )
        )
    return rows


def subjects_of(actor: Actor) -> dict[str, str]:
    """What a limit can be for, each with the name that a refusal calls it by."""
    team = actor.team
    found = {limits.TEAM: f"the team “{team.name}”"}
    for member in Member.objects.visible_to(actor).select_related("user").order_by("user__email"):
        found[f"person:{member.user_id}"] = f"the person {member.user}"
    for key in ApiKey.objects.filter(team=team).order_by("name", "pk"):
        found[f"key:{key.pk}"] = f"the key “{key.name}”"
    newest = Workflow.objects.listed_for(actor).newest_first()[:MOST_CHOICES]
    for workflow in newest:
        found[f"workflow:{workflow.pk}"] = f"the workflow “{workflow.name}”"
    for workflow in newest:
        if workflow.webhook_digest:
            found[f"webhook:{workflow.pk}"] = f"the webhook of “{workflow.name}”"
    return found


def _subjects_called(actor: Actor) -> dict[str, str]:
    return {subject: called(name) for subject, name in subjects_of(actor).items()}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def spending_limits(request: HttpRequest) -> HttpResponse:
    """The limits for every member; POST sets one."""
    actor = actor_of(request)
    if request.method == "POST":
        return _set(request, actor)
    context: dict[str, Any] = {
        "tab": "limits",
        "rows": rows_of(actor),
        "may_manage": actor.may("manage"),
        "subjects": _subjects_called(actor) if actor.may("manage") else {},
        "chosen": request.GET.get("subject", ""),
        "periods": PERIODS,
    }
    return render(request, "executions/spending_limits.html", context)


def _set(request: HttpRequest, actor: Actor) -> HttpResponse:
    subject = request.POST.get("subject", "")
    text = request.POST.get("credits", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise WireflowError("Give the credits as a whole number, such as 50.")
    names = subjects_of(actor)
    if subject not in names and actor.may("manage"):
        raise WireflowError("Choose what the limit is for from the list.")
    limit = limits.set_limit(
        actor=actor,
        subject=subject,
        name=names.get(subject, ""),
        period=request.POST.get("period", ""),
        credits=int(text),
        is_hard=request.POST.get("kind", "hard") == "hard",
    )
    messages.success(
        request,
        _("{credits} credits {period} for {name}: saved.").format(
            credits=limit.credits, period=_(PERIODS[limit.period]), name=called(limit.name)
        ),
    )
    return HttpResponseRedirect("/usage/limits", status=303)


@login_required
@require_POST
def delete_limit(request: HttpRequest, limit_id: int) -> HttpResponse:
    limits.delete_limit(actor=actor_of(request), limit_id=limit_id)
    messages.success(request, "The limit is deleted.")
    return HttpResponseRedirect("/usage/limits", status=303)
