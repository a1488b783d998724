"""The door for whoever was invited: known here already, or new."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.forms import JoinForm
from accounts.middleware import TEAM
from accounts.models import User, Way
from accounts.roles import MEANING, Role
from accounts.tries import client_address, take_try
from accounts.views import let_in, see_other
from wireflow_ui.errors import WireflowError


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows who invites to what; POST accepts. Looking uses nothing up."""
    try:
        found = invitations.find_invitation(token)
    except invitations.NotInvited as refused:
        return render(request, "accounts/invitation_gone.html", {"refusal": refused}, status=404)
    context = {
        "invitation": found,
        "token": token,
        "role": Role(found.role).label,
        "meaning": MEANING[found.role],
        "is_for_another": request.user.is_authenticated
        and bool(found.email)
        and request.user.email != found.email,
        "knows_them": bool(found.email) and User.objects.filter(email=found.email).exists(),
    }
    if request.method != "POST":
        form = JoinForm(initial={"email": found.email})
        return render(request, "accounts/invitation.html", {**context, "form": form})
    if request.user.is_authenticated:
        invitations.accept(token=token, user=request.user)
    else:
        form = JoinForm({**request.POST.dict(), **({"email": found.email} if found.email else {})})
        user = None
        if form.is_valid():
            try:
                take_try(address=client_address(request), email="an invitation")
                user = invitations.join_as_new(token=token, **form.cleaned_data)
            except WireflowError as refused:
                form.add_error(None, refused.message)
        if user is None:
            return render(request, "accounts/invitation.html", {**context, "form": form}, status=400)
        let_in(request, user, way=Way.INVITATION)
    request.session[TEAM] = found.team_id
    messages.success(
        request, _("Welcome to “{team}”. You are {role} here.").format(team=found.team, role=_(found.role))
    )
    return see_other("/")
