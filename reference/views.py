"""The reference and the guides as pages. Nobody needs to sign in to read them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.plans import PLANS
from accounts.scopes import SCOPES
from reference.guides import guides
from reference.pages import groups, refusals
from wireflow_ui.errors import NotFound


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "reference/index.html", {"guides": guides().values()})


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    context = {
        "groups": groups(),
        "refusals": refusals(),
        "guides": guides().values(),
        "scopes": SCOPES.items(),
        "plans": PLANS.values(),
    }
    return render(request, "reference/api.html", context)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    found = guides().get(slug)
    if found is None:
        raise NotFound("There is no such guide.")
    return render(request, "reference/guide.html", {"guide": found, "guides": guides().values()})
