"""What the settings show of a team and its members."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from accounts.forms import InvitationForm, NewTeamForm, TeamForm
from accounts.models import Invitation, Member
from accounts.roles import MEANING, Role


def members_of(actor: Actor) -> dict[str, Any]:
    """Who is in the team, and who is invited."""
    members = Member.objects.visible_to(actor).select_related("user").order_by("created_at", "pk")
    open_ones = Invitation.objects.visible_to(actor).open().select_related("made_by").order_by("-pk")
    return {
        "members": members,
        "roles": Role.choices,
        "meanings": [(Role(role).label, meaning) for role, meaning in MEANING.items()],
        "invitations": open_ones if actor.may("manage") else (),
        "invitation_form": InvitationForm(),
    }


def owners_of(actor: Actor) -> list[str]:
    """The addresses of those who say what each member of the team may do."""
    owners = Member.objects.visible_to(actor).filter(role=Role.OWNER).order_by("created_at", "pk")
    return list(owners.values_list("user__email", flat=True))


def team_of(actor: Actor) -> dict[str, Any]:
    """The team itself, and the person's other ones."""
    members = list(Member.objects.visible_to(actor).select_related("user").order_by("created_at", "pk"))
    others = [member for member in members if member.user_id != actor.user.pk]
    return {
        "memberships": Member.objects.filter(user=actor.user)
        .select_related("team")
        .order_by("team__name", "pk"),
        "others": others,
        "is_last_owner": actor.role == Role.OWNER and all(member.role != Role.OWNER for member in others),
        "team_form": TeamForm(initial={"name": actor.team.name, "sandbox_free": actor.team.sandbox_free}),
        "new_team_form": NewTeamForm(auto_id="new_%s"),
    }
