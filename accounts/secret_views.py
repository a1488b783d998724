"""The doors of the page of stored secrets. What is typed in is never shown again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import team_secrets
from accounts.actor import actor_of
from accounts.sealing import CannotOpen
from accounts.teams import need_owner
from accounts.views import see_other, show_settings
from wireflow_ui.errors import WireflowError

TAB = "/settings?tab=secrets"


@login_required
@sensitive_post_parameters()
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    name, value = request.POST.get("name", "").strip(), request.POST.get("value", "").strip()
    try:
        team_secrets.save_secret(actor=actor_of(request), name=name, value=value)
    except WireflowError as refused:
        if refused.status == 403:
            raise
        return show_settings(
            request, "secrets", status=refused.status, problem=refused.message, given_name=name[:40]
        )
    messages.success(
        request, _("The secret is sealed and kept. Nodes name it as secret://{name}.").format(name=name)
    )
    return see_other(TAB)


@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    team_secrets.remove_secret(actor=actor_of(request), name=name)
    messages.success(request, _("The secret {name} is gone.").format(name=name))
    return see_other(TAB)


@never_cache
@login_required
@require_POST
def signing(request: HttpRequest) -> HttpResponse:
    """Shows the signing secret in this one answer; with ``do`` = renew another one is made first."""
    actor = actor_of(request)
    need_owner(actor)
    try:
        if request.POST.get("do") == "renew":
            shown = team_secrets.renew_signing(actor=actor)
        else:
            shown = team_secrets.signing_secret(team_id=actor.team.pk)
    except CannotOpen:
        problem = "The signing secret cannot be opened any more. Make a new one."
        return show_settings(request, "secrets", status=409, problem=problem)
    return show_settings(request, "secrets", signing=shown)
