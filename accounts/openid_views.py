"""The doors of signing in by OpenID Connect, and of linking that to an account.

What a browser was sent off with waits in its session under the state; it comes back with that state, once, in time.
"""

from __future__ import annotations

import time
from typing import Any, TypedDict

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import openid, two_factor
from accounts.actor import actor_of
from accounts.forms import SignInForm
from accounts.models import User, Way
from accounts.tries import client_address, forget_tries, take_try
from accounts.views import proved, see_other, show_settings, show_sign_in, wanted_page
from providers.openid import Away, Person, Untrusted, begin, finish
from wireflow_ui.errors import WireflowError

PAGE = "/settings?tab=security"
#: The session's word for what was begun, by its state.
BEGUN = "openid"
#: In so many tabs at once, and so long.
MOST, SECONDS = 5, 600


class Waiting(TypedDict):
    """``links`` is the id of the person who wants to link an account, 0 where somebody wants in."""

    nonce: str
    verifier: str
    since: int
    links: int
    page: str


class ProviderAway(WireflowError):
    """The provider is down, or is none."""

    code = "sign_in_unavailable"
    status = 502


@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sends a browser off to the provider."""
    openid.client()
    try:
        take_try(address=client_address(request))
        return _send_off(request, page=wanted_page(request))
    except WireflowError as refused:
        return show_sign_in(request, SignInForm(), status=refused.status, problem=refused.message)


@never_cache
@login_required
@sensitive_post_parameters("password", "code")
@require_POST
def link(request: HttpRequest) -> HttpResponse:
    """Sends it off to be linked: for whoever proves that they do not only sit at somebody's browser."""
    openid.client()
    user = User.objects.get(pk=actor_of(request).user.pk)
    proof = {"address": client_address(request), "email": f"password of {user.pk}"}
    try:
        take_try(**proof)
        two_factor.need_proof(
            user=user, password=request.POST.get("password", ""), code=request.POST.get("code", "")
        )
        forget_tries(**proof)
        return _send_off(request, page=PAGE, links=user.pk)
    except WireflowError as refused:
        return show_settings(request, "security", status=refused.status, openid_problem=refused.message)


@login_required
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    title = openid.client().title
    try:
        openid.unlink(user=User.objects.get(pk=actor_of(request).user.pk))
    except WireflowError as refused:
        return show_settings(request, "security", status=refused.status, openid_problem=refused.message)
    messages.success(request, f"Your account is not opened by {title} any more.")
    return see_other(PAGE)


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends a browser back to."""
    openid.client()
    waiting = _take(request, request.GET.get("state", ""))
    links = waiting["links"] if waiting else 0
    try:
        if waiting is None:
            raise WireflowError("This sign-in was not begun in this browser, or too long ago. Begin again.")
        if links and request.user.pk != links:
            raise WireflowError("You are not signed in any more as whom you began to link. Begin again.")
        person = _who(request, waiting)
        if not links:
            return proved(request, openid.come(person), way=Way.OPENID, page=waiting["page"])
        openid.link(user=User.objects.get(pk=links), person=person)
    except WireflowError as refused:
        if links and request.user.pk == links:
            return show_settings(request, "security", status=refused.status, openid_problem=refused.message)
        page = waiting["page"] if waiting else "/"
        return show_sign_in(request, SignInForm(), status=refused.status, problem=refused.message, page=page)
    messages.success(request, f"From now on you can sign in with {openid.client().title}.")
    return see_other(PAGE)


def _send_off(request: HttpRequest, *, page: str, links: int = 0) -> HttpResponse:
    """A page that goes on to the provider by itself: browsers do not let a form of ours be redirected elsewhere."""
    client = openid.client()
    try:
        begun = async_to_sync(begin)(client, back=_back())
    except Away as away:
        raise ProviderAway(str(away)) from away
    now = int(time.time())
    kept: dict[str, Any] = request.session.get(BEGUN, {})
    others = list(kept.items())[-(MOST - 1) :]
    waiting = Waiting(nonce=begun.nonce, verifier=begun.verifier, since=now, links=links, page=page)
    request.session[BEGUN] = {**dict(others), begun.state: waiting}
    context = {"address": begun.address, "title": client.title, "page": page}
    return render(request, "accounts/openid_go.html", context)


def _take(request: HttpRequest, state: str) -> Waiting | None:
    """What was begun with this state, which is good for one return."""
    kept: dict[str, Waiting] = request.session.get(BEGUN, {})
    waiting = kept.pop(state, None)
    if waiting is None:
        return None
    request.session[BEGUN] = kept
    return waiting if time.time() - waiting["since"] <= SECONDS else None


def _who(request: HttpRequest, waiting: Waiting) -> Person:
    client, code = openid.client(), request.GET.get("code", "")
    sender = request.GET.get("iss", client.issuer)
    if not code or sender.rstrip("/") != client.issuer:
        raise openid.NotLetIn(
            f"{client.title} did not confirm who you are. Nothing was changed; you can begin again."
        )
    try:
        return async_to_sync(finish)(
            client, back=_back(), code=code, nonce=waiting["nonce"], verifier=waiting["verifier"]
        )
    except Untrusted as error:
        raise openid.NotLetIn(str(error)) from error
    except Away as away:
        raise ProviderAway(str(away)) from away


def _back() -> str:
    return f"{settings.PUBLIC_URL}/sign-in/openid/back"
