"""The second step of signing in, and its settings."""

from __future__ import annotations

import time

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import two_factor
from accounts.actor import actor_of
from accounts.browsers import WAY
from accounts.models import User, Way
from accounts.tries import client_address, forget_tries, take_try
from accounts.views import AWAITED, let_in, see_other, show_settings, wanted_page
from wireflow_ui.errors import WireflowError

PAGE = "/settings?tab=security"
#: So long after the password the code may come.
SECONDS = 600


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Asks whoever gave the right password for their code."""
    number, since = request.session.get(AWAITED, (0, 0))
    user = User.objects.filter(pk=number, is_active=True).first()
    if user is None or time.time() - since > SECONDS:
        return see_other("/sign-in")
    context: dict[str, object] = {"next": wanted_page(request)}
    if request.method != "POST":
        return render(request, "accounts/sign_in_code.html", context)
    address, bucket = client_address(request), f"code of {user.pk}"
    try:
        take_try(address=address, email=bucket)
        two_factor.check(user=user, code=request.POST.get("code", ""))
    except WireflowError as refused:
        return render(
            request,
            "accounts/sign_in_code.html",
            {**context, "problem": refused.message},
            status=refused.status,
        )
    forget_tries(address=address, email=bucket)
    del request.session[AWAITED]
    let_in(request, user, way=request.session.get(WAY, Way.UNKNOWN))
    return see_other(wanted_page(request))


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    two_factor.begin(user=actor_of(request).user)
    return see_other(f"{PAGE}#two-factor")


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """``do`` is confirm, renew or off; the recovery codes are shown in this one answer."""
    user, code, do = actor_of(request).user, request.POST.get("code", ""), request.POST.get("do")
    try:
        take_try(address=client_address(request), email=f"code of {user.pk}")
        if do == "off":
            two_factor.switch_off(user=user, code=code)
            messages.success(request, "Two-factor sign-in is off. Your password alone lets you in.")
            return see_other(PAGE)
        act = two_factor.confirm if do == "confirm" else two_factor.renew_codes
        codes = act(user=user, code=code)
    except WireflowError as refused:
        return show_settings(request, "security", status=refused.status, code_problem=refused.message)
    forget_tries(address=client_address(request), email=f"code of {user.pk}")
    return show_settings(request, "security", new_codes=codes)
