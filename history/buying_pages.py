"""The page of where credits come from: the plan's allowance, and packages where the operator sells some."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import actor_of
from credits import allowances, checkout
from credits.context import balance_of
from credits.models import Entry, EntryKind
from wireflow_ui.errors import WireflowError

MOST_SHOWN = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def credits(request: HttpRequest) -> HttpResponse:
    """Allowance, packages and what was granted, for every member; POST begins a payment at Stripe.

    The way there is a link: forms of our pages lead nowhere else, see the content security policy.
    """
    actor = actor_of(request)
    address = ""
    if request.method == "POST":
        text, ask = request.POST.get("credits", ""), request.POST.get("ask", "")
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < len(ask) <= 64):
            raise WireflowError("Choose a package from the page.")
        address = checkout.begin(actor=actor, credits=int(text), ask=ask)
    granted = Entry.objects.filter(
        team=actor.team, kind__in=[EntryKind.GRANT, EntryKind.ALLOWANCE, EntryKind.PURCHASE]
    )
    context: dict[str, Any] = {
        "tab": "credits",
        "balance": balance_of(actor.team.pk),
        "plan": actor.team.limits,
        "allowance": settings.ALLOWANCES.get(actor.team.plan),
        "goes_elsewhere": allowances.goes_elsewhere(actor.team),
        "packages": [(credits, f"{cents / 100:,.2f}") for credits, cents in settings.CREDIT_PACKAGES.items()],
        "sells": checkout.is_on(),
        "may_manage": actor.may("manage"),
        "ask": uuid.uuid4().hex,
        "address": address,
        "is_paid": "paid" in request.GET,
        "granted": granted.order_by("-id")[:MOST_SHOWN],
    }
    return render(request, "executions/credits.html", context)


@csrf_exempt
@require_POST
def stripe_events(request: HttpRequest) -> HttpResponse:
    """Where Stripe tells what was paid; its signature is the key."""
    if not checkout.is_on():
        raise Http404
    checkout.take(request.body, request.headers.get("Stripe-Signature", ""))
    return HttpResponse(status=204)
