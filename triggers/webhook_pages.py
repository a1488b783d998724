"""All webhooks of a team on one page, and the log of their calls."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.actor import Actor, actor_of
from accounts.views import TABS
from triggers import webhooks
from triggers.models import Webhook, WebhookCall
from wireflow_ui.errors import Forbidden

MOST_SHOWN = 100
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A webhook as the page shows it. ``refused`` of its kept calls were."""

    webhook: Webhook
    last: WebhookCall | None
    calls: int
    refused: int
    spent: int

    @property
    def percent(self) -> int:
        cap = self.webhook.credits_per_day
        return min(100, self.spent * 100 // cap) if cap else 100

    @property
    def state(self) -> str:
        return "failed" if self.percent >= 100 else "stale" if self.percent >= 80 else "running"


def rows_of(actor: Actor) -> list[Row]:
    shown = Webhook.objects.visible_to(actor).select_related("workflow", "created_by")
    found = list(shown.order_by("workflow__name", "pk")[:MOST_SHOWN])
    kept = WebhookCall.objects.filter(webhook__in=found)
    sums = {
        one["webhook"]: one
        for one in kept.values("webhook").annotate(
            last=Max("pk"), calls=Sum("times"), refused=Sum("times", filter=Q(status__gte=400))
        )
    }
    last = WebhookCall.objects.in_bulk([one["last"] for one in sums.values()])
    spent_on = webhooks.spent_today_by([webhook.workflow_id for webhook in found])
    rows = []
    for webhook in found:
        one = sums.get(webhook.pk, {"last": None, "calls": 0, "refused": 0})
        spent = spent_on.get(webhook.workflow_id, 0)
        rows.append(Row(webhook, last.get(one["last"]), one["calls"] or 0, one["refused"] or 0, spent))
    return rows


@never_cache
@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The webhooks and their last calls, the newest first; ``?only=refused`` leaves out those that started a run."""
    actor = actor_of(request)
    if not actor.may("edit"):
        raise Forbidden(
            "Webhooks can be called by whoever knows their address, so only editors and owners of the team see them."
        )
    only = "refused" if request.GET.get("only") == "refused" else ""
    log = (
        WebhookCall.objects.visible_to(actor).select_related("webhook__workflow", "execution").order_by("-pk")
    )
    if only:
        log = log.filter(status__gte=400)
    before = request.GET.get("before", "")
    is_later_page = before.isascii() and before.isdigit() and len(before) < 19
    if is_later_page:
        log = log.filter(pk__lt=int(before))
    calls = list(log[: PAGE_SIZE + 1])
    context = {
        "tab": "webhooks",
        "tabs": TABS,
        "may_edit": True,
        "may_manage": actor.may("manage"),
        "is_later_page": is_later_page,
        "rows": [] if is_later_page else rows_of(actor),
        "calls": calls[:PAGE_SIZE],
        "next_id": calls[PAGE_SIZE - 1].pk if len(calls) > PAGE_SIZE else None,
        "only": only,
        "kept": webhooks.KEPT_CALLS,
    }
    return render(request, "triggers/webhooks.html", context)
