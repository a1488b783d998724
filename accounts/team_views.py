"""The doors of the pages of a team: members, invitations, the team itself, and its audit log."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, invitations, teams
from accounts.actor import Actor, actor_of
from accounts.audit_words import called, fact
from accounts.forms import AuditForm, InvitationForm, NewTeamForm, TeamForm
from accounts.mailing import is_sent_nowhere
from accounts.middleware import TEAM
from accounts.models import AuditEntry, Member, User
from accounts.roles import Role
from accounts.views import TABS, see_other, show_settings, tried, wanted_page
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

MEMBERS, TEAM_PAGE = "/settings?tab=members", "/settings?tab=team"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """POST makes an invitation and shows its link in this one answer; GET is the reload of that page."""
    if request.method == "GET":
        return see_other(MEMBERS)
    actor = actor_of(request)
    teams.need_owner(actor)
    form = InvitationForm(request.POST)
    asked_for_mail = request.POST.get("do") == "mail"
    by_mail = asked_for_mail and not is_sent_nowhere()
    if not form.is_valid():
        return show_settings(request, "members", invitation_form=form, status=400)
    try:
        new = invitations.invite(
            actor=actor,
            role=form.cleaned_data["role"],
            email=form.cleaned_data["email"],
            lifetime=form.lifetime(),
            by_mail=by_mail,
        )
    except WireflowError as refused:
        form.add_error(None, refused.message)
        return show_settings(request, "members", invitation_form=form, status=400)
    if by_mail:
        messages.success(
            request, _("An invitation is on its way to {email}.").format(email=new.invitation.email)
        )
        return see_other(MEMBERS)
    return show_settings(request, "members", new_invitation=new, is_unsent=asked_for_mail, status=201)


@login_required
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitations.withdraw(actor=actor_of(request), invitation_id=invitation_id)
    messages.success(request, "The invitation is withdrawn. Its link lets nobody in any more.")
    return see_other(MEMBERS)


@login_required
@require_POST
def change_role(request: HttpRequest, member_id: int) -> HttpResponse:
    teams.change_role(actor=actor_of(request), member_id=member_id, role=request.POST.get("role", ""))
    messages.success(request, "The role is changed.")
    return see_other(MEMBERS)


@login_required
@require_POST
def remove_member(request: HttpRequest, member_id: int) -> HttpResponse:
    actor = actor_of(request)
    own = Member.objects.visible_to(actor).filter(user=actor.user, pk=member_id).exists()
    teams.remove_member(actor=actor, member_id=member_id)
    messages.success(
        request, "The member is removed, and their keys for this team with them. What they made stays."
    )
    return see_other("/" if own else MEMBERS)


@login_required
@require_POST
def choose_team(request: HttpRequest) -> HttpResponse:
    """Work in another of one's own teams from now on."""
    own = Member.objects.filter(user=actor_of(request).user).values_list("team", flat=True)
    given = request.POST.get("team")
    chosen = next((team for team in own if str(team) == given), None)
    if chosen is None:
        raise NotFound("Team not found")
    request.session[TEAM] = chosen
    return see_other(wanted_page(request) if "next" in request.POST else TEAM_PAGE)


@login_required
@require_POST
def make_team(request: HttpRequest) -> HttpResponse:
    """For whoever is signed in, in a team or, having left the last, in none."""
    form = NewTeamForm(request.POST, auto_id="new_%s")
    user = User.objects.get(email=request.user.get_username())
    if not form.is_valid():
        return show_settings(request, "team", new_team_form=form, status=400)
    try:
        member = teams.make_team(user=user, name=form.cleaned_data["name"])
    except WireflowError as refused:
        form.add_error(None, refused.message)
        return show_settings(request, "team", new_team_form=form, status=400)
    request.session[TEAM] = member.team_id
    messages.success(
        request, _("The team “{name}” is made, and you work in it now.").format(name=member.team.name)
    )
    return see_other(MEMBERS)


@login_required
@require_POST
def change_team(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    teams.need_owner(actor)
    form = TeamForm(request.POST)
    if form.is_valid() and tried(form, teams.change_team, actor=actor, **form.cleaned_data):
        messages.success(request, "The team is saved.")
        return see_other(TEAM_PAGE)
    return show_settings(request, "team", team_form=form, status=400)


@login_required
@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    teams.need_owner(actor)
    given = request.POST.get("member", "")
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise WireflowError("Choose whom to hand the team over to.")
    teams.hand_over(actor=actor, member_id=int(given))
    messages.success(request, "The team is handed over. You are an editor in it from now on.")
    return see_other(TEAM_PAGE)


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    teams.leave(actor=actor)
    messages.success(
        request,
        _("You have left “{name}”. What you made there stays with the team.").format(name=actor.team.name),
    )
    return see_other("/")


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("manage"):
        raise Forbidden("Only an owner of the team reads its audit log.")
    return actor


@never_cache
@login_required
@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    """The changes that mattered, the newest first; htmx asks for the older ones alone."""
    actor = _reader(request)
    filters = AuditForm(request.GET).given()
    before = filters.pop("before", None)
    found = audit.entries(actor, **filters)
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found[: audit.PAGE_SIZE + 1])
    members = Member.objects.visible_to(actor).select_related("user").order_by("user__email")
    context = {
        "actor": actor,
        "may_manage": True,
        "may_edit": True,
        "tab": "audit",
        "tabs": TABS,
        "entries": [_shown(entry) for entry in rows[: audit.PAGE_SIZE]],
        "next_id": rows[audit.PAGE_SIZE - 1].pk if len(rows) > audit.PAGE_SIZE else None,
        "filters": filters,
        "kinds": audit.KINDS,
        "people": [member.user for member in members],
    }
    is_part = request.headers.get("HX-Request") == "true" and before
    return render(request, "accounts/_audit_rows.html" if is_part else "accounts/audit.html", context)


def _shown(entry: AuditEntry) -> dict[str, object]:
    changes = [
        (_("Role"), _role(before), _role(after))
        if name == "role"
        else (fact(name), fact(before), fact(after))
        for name, (before, after) in entry.changes.items()
    ]
    return {
        "entry": entry,
        "who": fact(entry.who),
        "subject": called(entry.subject),
        "title": audit.CHANGES.get(entry.action, entry.action),
        "changes": changes,
    }


def _role(value: object) -> str:
    known = value if isinstance(value, str) and value in Role else None
    return _(Role(known).label) if known else audit.words(value)


@login_required
@require_GET
def audit_table(request: HttpRequest) -> HttpResponse:
    """What the filters find, for spreadsheets."""
    actor = _reader(request)
    filters = AuditForm(request.GET).given()
    filters.pop("before", None)
    found = audit.entries(actor, **filters)[: audit.MOST_ROWS].iterator(chunk_size=500)
    return HttpResponse(
        audit.table_of(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )
