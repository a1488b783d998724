"""The log of deliveries: what was sent where, what was answered, and sending again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import actor_of
from triggers.deliveries import send_again
from triggers.models import Delivery, DeliveryState
from wireflow_ui.errors import Forbidden, NotFound

MOST_SHOWN = 100
_LOOKS = {
    DeliveryState.OPEN: "running",
    DeliveryState.DELIVERED: "completed",
    DeliveryState.FAILED: "failed",
    DeliveryState.STOPPED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class _Try:
    at: datetime
    status: int
    said: str
    ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery as the pages show it; ``look`` colours its badge."""

    delivery: Delivery
    look: str
    word: str
    tries: list[_Try]


def shown(deliveries: QuerySet[Delivery]) -> list[Shown]:
    """The newest of these, without their bodies."""
    rows = deliveries.select_related("execution", "node_run").defer("body", "execution__trigger_data")
    return [_shown(row) for row in rows.order_by("-created_at", "-pk")[:MOST_SHOWN]]


def _shown(row: Delivery) -> Shown:
    state = DeliveryState(row.state)
    word = "waiting for its next try" if state == DeliveryState.OPEN and row.log else str(state.label)
    tries = [
        _Try(datetime.fromisoformat(one["at"]), one["status"], one["said"], one["ms"]) for one in row.log
    ]
    return Shown(row, _LOOKS[state], word, tries)


@login_required
@never_cache
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """The team's newest deliveries; ``?state=failed`` shows those alone that nobody took."""
    actor = actor_of(request)
    own = Delivery.objects.visible_to(actor)
    state = request.GET.get("state", "")
    if state in DeliveryState.values:
        own = own.filter(state=state)
    context: dict[str, Any] = {"deliveries": shown(own), "may_run": actor.may("run"), "state": state}
    return render(request, "triggers/deliveries.html", context)


@login_required
@require_POST
def again(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Send it once more; goes back to where the button stood."""
    actor = actor_of(request)
    delivery = Delivery.objects.visible_to(actor).filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("Delivery not found")
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at deliveries, not send them. Ask an owner of the team.")
    send_again(delivery=delivery)
    messages.success(request, "It is being sent once more. Reload this page to see what is answered.")
    is_on_run = request.POST.get("back") == "run"
    return HttpResponseRedirect(
        f"/executions/{delivery.execution_id}#deliveries" if is_on_run else "/deliveries", status=303
    )
