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
from executions.cursors import place_text, read_cursor
from history.looking import older
from triggers.deliveries import send_again
from triggers.models import Delivery, DeliveryState
from wireflow_ui.errors import Forbidden, NotFound

PAGE, MOST_OF_A_RUN = 40, 100
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


def shown(deliveries: QuerySet[Delivery], *, most: int = MOST_OF_A_RUN) -> list[Shown]:
    """The newest of these, without their bodies."""
    rows = deliveries.select_related("execution", "node_run").defer("body", "execution__trigger_data")
    return [_shown(row) for row in rows.order_by("-created_at", "pk")[:most]]


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
    """The team's newest deliveries, or those after a ``cursor``; ``?state=failed`` shows those that nobody took."""
    actor = actor_of(request)
    own = Delivery.objects.visible_to(actor)
    state = request.GET.get("state", "")
    if state in DeliveryState.values:
        own = own.filter(state=state)
    if begin := read_cursor(request.GET.get("cursor", "")):
        own = own.filter(older(begin, "pk"))
    found = shown(own, most=PAGE + 1)
    last = found[PAGE - 1].delivery if len(found) > PAGE else None
    context: dict[str, Any] = {
        "deliveries": found[:PAGE],
        "cursor": place_text(last.created_at, last.pk) if last else "",
        "is_later_page": begin is not None,
        "may_run": actor.may("run"),
        "state": state,
    }
    return render(request, "triggers/deliveries.html", context)


@login_required
@never_cache
@require_GET
def body(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """The very bytes that are sent: what a signature is checked against."""
    delivery = Delivery.objects.visible_to(actor_of(request)).filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("Delivery not found")
    return HttpResponse(delivery.body, content_type="application/json; charset=utf-8")


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
