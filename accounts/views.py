"""Signing in and out, and the settings."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, openid, two_factor
from accounts.actor import actor_of, find_actor
from accounts.browsers import WAY, note_seen, open_ones
from accounts.forms import KeyForm, PasswordForm, ProfileForm, SignInForm
from accounts.leaving import is_only_operator, teams_in_the_way
from accounts.models import ApiKey, MailChoice, User, Way
from accounts.notices import KINDS
from accounts.provider_keys import keeps_keys
from accounts.provider_rows import provider_rows
from accounts.team_parts import members_of, team_of
from accounts.team_secrets import stored_secrets
from accounts.tries import client_address, forget_tries, take_try
from wireflow_ui.errors import NotFound, WireflowError

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: The session's word for whose code is awaited, and since when.
AWAITED = "awaits_code"
#: Here people come by a link that somebody sent them, and know nothing of the server.
APPS = "/app/"
TABS = {
    "profile": "Profile",
    "security": "Security",
    "members": "Members",
    "team": "Team",
    "api-keys": "API keys",
    "provider-keys": "Provider keys",
    "secrets": "Secrets",
    "notices": "Notices",
}


def see_other(path: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(path, status=303)


def wanted_page(request: HttpRequest) -> str:
    """Where to go after signing in: the page that asked for it, if it is one of ours."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if ours else "/"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if find_actor(request):
            return see_other(wanted_page(request))
        return show_sign_in(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return show_sign_in(request, form, status=400)
    try:
        user = actions.sign_in(**form.cleaned_data, address=client_address(request))
    except WireflowError as refused:
        form.add_error(None, refused.message)
        answer = show_sign_in(request, form, status=refused.status)
        if "retryAfter" in refused.context:
            answer.headers["Retry-After"] = str(refused.context["retryAfter"])
        return answer
    return proved(request, user, way=Way.PASSWORD, page=wanted_page(request))


def proved(request: HttpRequest, user: User, *, way: Way, page: str) -> HttpResponse:
    """Somebody has shown who they are: they are let in, or asked for a code where their account wants one."""
    if two_factor.is_on(user):
        request.session.flush()  # whoever was signed in here is not any more
        request.session[AWAITED] = (user.pk, int(time.time()))
        request.session[WAY] = way
        return see_other(f"/sign-in/code?{urlencode({'next': page})}")
    let_in(request, user, way=way)
    return see_other(page)


def let_in(request: HttpRequest, user: User, *, way: Way) -> None:
    login(request, user, backend=BACKEND)
    request.session[WAY] = way
    note_seen(request, user, now=True)


def show_sign_in(
    request: HttpRequest, form: Form, *, status: int = 200, problem: str = "", page: str = ""
) -> HttpResponse:
    is_without_team = request.user.is_authenticated and not find_actor(request)
    wanted = page or wanted_page(request)
    context = {"form": form, "next": wanted, "is_without_team": is_without_team}
    context |= {"is_for_app": wanted.startswith(APPS)}
    context |= {"problem": problem, "openid": settings.OPENID}
    return render(request, "accounts/sign_in.html", context, status=status)


@never_cache
@require_GET
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """In place of the admin pages' own form, which would let anybody guess passwords without end."""
    if request.user.is_authenticated:
        raise NotFound("Not found")  # whoever may see the admin pages is never sent here
    return redirect_to_login(wanted_page(request))


@never_cache
@require_GET  # not HEAD: what only looks at a link must not use it up
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    user = actions.redeem_link(token=token)
    if user is None:
        return render(request, "accounts/link_refused.html", status=403)
    let_in(request, user, way=Way.LINK)
    if not user.has_usable_password():
        messages.info(
            request,
            _(
                "You are signed in as {email}. Set a password under Settings to come back without a link."
            ).format(email=user.email),
        )
    return see_other("/")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return see_other("/sign-in")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD"])
def settings_page(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab", "profile")
    return show_settings(request, tab if tab in TABS else "profile")


def show_settings(request: HttpRequest, tab: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """One tab of the settings; ``context`` holds forms that were refused, or a key just made."""
    actor = actor_of(request)
    defaults: dict[str, Any] = {"actor": actor, "tab": tab, "tabs": TABS, "may_manage": actor.may("manage")}
    defaults["may_edit"] = actor.may("edit")
    if tab == "profile":
        defaults["profile_form"] = ProfileForm(initial={"name": actor.user.name, "email": actor.user.email})
        defaults |= {"password_form": PasswordForm(), "first_owner": actions.FIRST_OWNER}
        defaults["two_factor_is_on"] = two_factor.is_on(actor.user)
    elif tab == "api-keys":
        keys = ApiKey.objects.visible_to(actor).select_related("user").order_by("-created_at", "-pk")
        defaults |= {"keys": keys, "key_form": KeyForm(), "now": timezone.now()}
        defaults["base_url"] = f"{settings.PUBLIC_URL}/api/v1"
    elif tab == "provider-keys":
        defaults |= {"rows": provider_rows(actor.team), "keeps_keys": keeps_keys()}
        defaults["open"] = request.GET.get("open", "")
    elif tab == "security":
        defaults |= {
            "two_factor_is_on": two_factor.is_on(actor.user),
            "setup": two_factor.setup_of(actor.user),
        }
        defaults |= {"codes_left": two_factor.codes_left(actor.user)}
        defaults |= {"browsers": open_ones(actor), "this_session": request.session.session_key}
        defaults |= {"openid": settings.OPENID, "identity": openid.identity_of(actor.user)}
        defaults |= {
            "in_the_way": teams_in_the_way(actor.user),
            "only_operator": is_only_operator(actor.user),
        }
    elif tab == "notices":
        choice = MailChoice.objects.filter(user=actor.user).first() or MailChoice()
        defaults["kinds"] = [(kind, title, kind not in choice.without) for kind, title in KINDS.items()]
        defaults["digest"] = choice.digest
    elif tab == "members":
        defaults |= members_of(actor)
    elif tab == "secrets":
        defaults |= {"secrets": stored_secrets(actor), "keeps_keys": keeps_keys()}
    else:
        defaults |= team_of(actor)
    return render(request, "accounts/settings.html", defaults | context, status=status)


@login_required
@require_POST
def change_profile(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = ProfileForm(request.POST)
    if form.is_valid() and tried(form, actions.change_profile, user=actor.user, **form.cleaned_data):
        messages.success(request, "Your profile is saved.")
        return see_other("/settings?tab=profile")
    return show_settings(request, "profile", profile_form=form, status=400)


@login_required
@sensitive_post_parameters("old", "new", "code")
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    user = actor_of(request).user
    form = PasswordForm(request.POST)
    proof = {"address": client_address(request), "email": f"password of {user.pk}"}
    if (
        form.is_valid()
        and tried(form, take_try, **proof)
        and tried(form, actions.change_password, user=user, **form.cleaned_data)
    ):
        forget_tries(**proof)
        update_session_auth_hash(request, user)
        note_seen(request, user, now=True)
        messages.success(request, "Your new password is set. Other browsers have been signed out.")
        return see_other("/settings?tab=profile")
    return show_settings(request, "profile", password_form=form, status=400)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """POST makes a key and shows its text in this one answer; GET is the reload of that page."""
    if request.method == "GET":
        return see_other("/settings?tab=api-keys")
    actor = actor_of(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return show_settings(request, "api-keys", key_form=form, status=400)
    lifetime = form.lifetime()
    new_key = actions.create_api_key(
        user=actor.user,
        team=actor.team,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        expires_at=timezone.now() + lifetime if lifetime else None,
    )
    return show_settings(request, "api-keys", new_key=new_key, status=201)


@login_required
@require_POST
def delete_api_key(request: HttpRequest, key_id: int) -> HttpResponse:
    actions.delete_api_key(actor=actor_of(request), key_id=key_id)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse()  # the row is swapped for nothing
    messages.success(request, "The key is deleted. It opens nothing any more.")
    return see_other("/settings?tab=api-keys")


@never_cache
@login_required
@require_POST
def rotate_api_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Gives a key another text, shown in this one answer."""
    new_key = actions.rotate_api_key(actor=actor_of(request), key_id=key_id)
    return show_settings(request, "api-keys", new_key=new_key)


def tried(form: Form, action: Any, **values: Any) -> bool:
    """Call an action; False when it refused, and then its sentence stands in the form."""
    try:
        action(**values)
    except WireflowError as refused:
        if refused.status == 403:
            raise
        form.add_error(None, refused.message)
        return False
    return True
