"""The doors of the page of provider keys. What is typed in is never shown again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import provider_keys
from accounts.actor import actor_of
from accounts.provider_rows import ProviderRow, provider_row
from accounts.views import see_other, show_settings
from providers.keys import title_of
from wireflow_ui.errors import NotFound, WireflowError


@login_required
@sensitive_post_parameters()
@require_POST
def save(request: HttpRequest, provider: str) -> HttpResponse:
    actor = actor_of(request)
    _known(request, provider)
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        provider_keys.save_provider_key(actor=actor, provider=provider, given=given)
    except WireflowError as refused:
        if refused.status == 403:
            raise
        problem = {"provider": provider, "said": refused.message}
        return show_settings(request, "provider-keys", status=refused.status, problem=problem)
    messages.success(
        request,
        _("The key for {name} is sealed and kept. It is being tried.").format(name=title_of(provider)),
    )
    return see_other(f"/settings?tab=provider-keys&open={provider}#{provider}")


@login_required
@require_POST
def test(request: HttpRequest, provider: str) -> HttpResponse:
    """Has the key tried; the answer is the badge, which asks for itself until that is done."""
    provider_keys.ask_for_test(actor=actor_of(request), provider=provider)
    if request.headers.get("HX-Request") == "true":
        return _state(request, provider)
    return see_other(f"/settings?tab=provider-keys&open={provider}#{provider}")


@login_required
@require_POST
def remove(request: HttpRequest, provider: str) -> HttpResponse:
    provider_keys.remove_provider_key(actor=actor_of(request), provider=provider)
    messages.success(
        request,
        _("The key for {name} is gone. Nothing is called with it any more.").format(name=title_of(provider)),
    )
    return see_other(f"/settings?tab=provider-keys#{provider}")


@never_cache
@login_required
@require_GET
def state(request: HttpRequest, provider: str) -> HttpResponse:
    """The badge alone, and beside it what the last try brought."""
    return _state(request, provider)


def _state(request: HttpRequest, provider: str) -> HttpResponse:
    return render(
        request, "accounts/_provider_state.html", {"row": _known(request, provider), "is_part": True}
    )


def _known(request: HttpRequest, provider: str) -> ProviderRow:
    row = provider_row(actor_of(request).team, provider)
    if row is None:
        raise NotFound("There is no such provider.")
    return row
