"""Deleting one's own account. What a person made in teams stays there; who they were does not."""

from __future__ import annotations

from django.db import transaction

from accounts import audit, browsers, departures, two_factor
from accounts.models import ApiKey, Identity, Invitation, MailChoice, Member, Notice, SignInLink, Team, User
from accounts.roles import Role
from wireflow_ui.errors import WireflowError

NAME = "Somebody who left"


def teams_in_the_way(user: User) -> list[Team]:
    """Those whose only owner the person is, while others are members."""
    owned = Member.objects.filter(user=user, role=Role.OWNER).select_related("team").order_by("team__name")
    found = []
    for member in owned:
        others = Member.objects.filter(team=member.team).exclude(user=user)
        if others.exists() and not others.filter(role=Role.OWNER).exists():
            found.append(member.team)
    return found


def is_only_operator(user: User) -> bool:
    operators = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and not operators.exclude(pk=user.pk).exists()


def delete_account(*, user: User, email: str, password: str, code: str = "") -> None:
    """Forget a person: name, address, keys, sessions and memberships. The row stays, so that runs keep their history.

    Raises `WireflowError` for a wrong password, code or address, and if a team or this server would have nobody left.
    """
    if email.strip().lower() != user.email:
        raise WireflowError("Type your own e-mail address to confirm.", code="not_confirmed")
    two_factor.need_proof(user=user, password=password, code=code)
    with transaction.atomic():
        members = list(Member.objects.filter(user=user).select_related("team").order_by("team_id"))
        teams = Team.objects.filter(pk__in=[member.team_id for member in members])
        list(teams.select_for_update(no_key=True).order_by("pk"))
        if in_the_way := teams_in_the_way(user):
            names = ", ".join(f"“{team.name}”" for team in in_the_way)
            raise WireflowError(
                f"You are the only owner of {names}, which others are in. Hand it over, or remove them, first.",
                code="last_owner",
            )
        if is_only_operator(user):
            raise WireflowError(
                "You are the only operator of this server. Make somebody else one on the admin pages first.",
                code="last_operator",
            )
        for member in members:
            before = {"role": member.role}
            audit.record(team=member.team, change="member.left", subject=user.email, before=before, by=user)
        browsers.end_all(user=user)
        two_factor.forget(user=user)
        departures.note(Identity.objects.filter(user=user))
        for model in (ApiKey, Identity, SignInLink, Notice, MailChoice, Member):
            model.objects.filter(user=user).delete()
        Invitation.objects.filter(made_by=user, accepted_at=None).delete()
        user.email, user.name = f"deleted-{user.pk}@invalid", NAME
        user.is_active = user.is_staff = user.is_superuser = False
        user.set_unusable_password()
        user.save(update_fields=["email", "name", "is_active", "is_staff", "is_superuser", "password"])
