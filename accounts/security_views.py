"""The doors of Settings → Security: where one is signed in, and the end of an account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import browsers, leaving
from accounts.actor import actor_of
from accounts.models import User
from accounts.tries import client_address, take_try
from accounts.views import see_other, show_settings
from wireflow_ui.errors import WireflowError

PAGE = "/settings?tab=security"


@login_required
@require_POST
def end_browser(request: HttpRequest, browser_id: int) -> HttpResponse:
    if browsers.end(actor=actor_of(request), browser_id=browser_id) == request.session.session_key:
        logout(request)  # it was this one
        return see_other("/sign-in")
    messages.success(request, "That browser is signed out.")
    return see_other(PAGE)


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    browsers.end_all(user=actor_of(request).user, but=request.session.session_key or "")
    messages.success(request, "All other browsers are signed out.")
    return see_other(PAGE)


@never_cache
@login_required
@sensitive_post_parameters("password", "code")
@require_POST
def delete_account(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=actor_of(request).user.pk)
    try:
        take_try(address=client_address(request), email=f"password of {user.pk}")
        leaving.delete_account(
            user=user,
            email=request.POST.get("email", ""),
            password=request.POST.get("password", ""),
            code=request.POST.get("code", ""),
        )
    except WireflowError as refused:
        return show_settings(request, "security", status=refused.status, leaving_problem=refused.message)
    logout(request)
    return render(request, "accounts/gone.html")
