"""What changes teams and who is in them.

The team's row is the lock: two owners who demote each other at once take turns, and a team always has an owner.
What a member made stays with the team when they go; their keys for it stop at once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.models import ApiKey, Invitation, Member, Notice, Team, User
from accounts.roles import Role
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

#: Of so many teams one person may be the owner.
MOST_OWNED = 20


def make_team(*, user: User, name: str) -> Member:
    """Make a team with this person as its owner, on the plan that the operator chose for new ones."""
    name = checked_name(name)
    with transaction.atomic():
        need_room_to_own(user)
        team = Team.objects.create(name=name, plan=settings.NEW_TEAM_PLAN, maker=user.pk)
        member = Member.objects.create(user=user, team=team, role=Role.OWNER)
        audit.record(team=team, change="team.made", subject=name, after={"plan": team.plan}, by=user)
    return member


def change_team(*, actor: Actor, name: str, sandbox_free: bool) -> None:
    """Give the team another name, and say whether runs of the sandbox cost credits."""
    need_owner(actor)
    name = checked_name(name)
    with transaction.atomic():
        team = lock_team(actor)
        before = {"name": team.name, "sandbox runs are free": team.sandbox_free}
        after = {"name": name, "sandbox runs are free": sandbox_free}
        if before == after:
            return
        Team.objects.filter(pk=team.pk).update(name=name, sandbox_free=sandbox_free)
        audit.record(team=team, change="team.changed", subject=name, before=before, after=after, by=actor)


def change_role(*, actor: Actor, member_id: int, role: str) -> None:
    """Give a member another role; the last owner stays owner."""
    need_owner(actor)
    need_role(role)
    with transaction.atomic():
        lock_team(actor)
        member = _find_member(actor, member_id)
        if member.role == role:
            return
        if role == Role.OWNER:
            need_room_to_own(member.user)
        else:
            _need_another_owner(member)
        _set_role(member, role)
        audit.record(
            team=member.team,
            change="member.role_changed",
            subject=member.user.email,
            before={"role": member.role},
            after={"role": role},
            by=actor,
        )


def hand_over(*, actor: Actor, member_id: int) -> None:
    """Make another member owner in the place of the actor, who is an editor from then on."""
    need_owner(actor)
    with transaction.atomic():
        lock_team(actor)
        other = _find_member(actor, member_id)
        if other.user_id == actor.user.pk:
            raise WireflowError("The team is yours already. Choose somebody else to hand it over to.")
        if other.role != Role.OWNER:
            need_room_to_own(other.user)
        own = Member.objects.select_related("user").get(user=actor.user, team=actor.team)
        _set_role(other, Role.OWNER)
        _set_role(own, Role.EDITOR)
        audit.record(
            team=actor.team,
            change="team.transferred",
            subject=other.user.email,
            before={own.user.email: own.role, other.user.email: other.role},
            after={own.user.email: Role.EDITOR.value, other.user.email: Role.OWNER.value},
            by=actor,
        )


def remove_member(*, actor: Actor, member_id: int) -> None:
    """Take a member out of the team; the last owner stays."""
    need_owner(actor)
    with transaction.atomic():
        lock_team(actor)
        member = _find_member(actor, member_id)
        _take_out(member)
        audit.record(
            team=member.team,
            change="member.removed",
            subject=member.user.email,
            before={"role": member.role},
            by=actor,
        )


def leave(*, actor: Actor) -> None:
    """Go out of the team; its last owner hands it over first."""
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=actor.team.pk)
        own = Member.objects.visible_to(actor).filter(user=actor.user).select_related("user", "team")
        member = own.first()
        if member is None:
            raise NotFound("You are no member of this team any more.")
        _take_out(member)
        audit.record(
            team=member.team,
            change="member.left",
            subject=member.user.email,
            before={"role": member.role},
            by=actor,
        )


def need_owner(actor: Actor) -> None:
    if not actor.may("manage"):
        raise Forbidden("Only an owner of the team may do this.")


def lock_team(actor: Actor) -> Team:
    """Lock the row of the actor's team, before anything else of it, and see that they are its owner still: their role
    may have been taken while they waited. Raises `Forbidden`.

    With NO KEY, because whatever is inserted for a team asks for a share of its key.
    """
    team = Team.objects.select_for_update(no_key=True).filter(pk=actor.team.pk).first()
    own = Member.objects.visible_to(actor).filter(user=actor.user).first()
    if team is None or own is None:
        raise Forbidden("You are no member of this team any more.")
    need_owner(Actor(user=actor.user, team=team, role=own.role, key=actor.key))
    return team


def need_room_to_own(user: User) -> None:
    """Raise when this person is the owner of so many teams that it is enough. Their row is the lock."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Member.objects.filter(user=user, role=Role.OWNER).count() >= MOST_OWNED:
        raise WireflowError(
            f"{user.email} is the owner of {MOST_OWNED} teams already. One of them has to be handed over first.",
            code="too_many",
        )


def need_role(role: str) -> None:
    if role not in Role.values:
        raise WireflowError(f"There is no role {role!r}. Choose one of {', '.join(Role.values)}.")


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise WireflowError("Give the team a name of 1 to 200 characters.")
    return name


def _find_member(actor: Actor, member_id: int) -> Member:
    member = Member.objects.visible_to(actor).filter(pk=member_id).select_related("user", "team").first()
    if member is None:
        raise NotFound("Member not found")
    return member


def _need_another_owner(member: Member) -> None:
    others = Member.objects.filter(team=member.team, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise WireflowError("A team needs an owner. Make somebody else owner first.", code="last_owner")


def _take_out(member: Member) -> None:
    _need_another_owner(member)
    ApiKey.objects.filter(user=member.user, team=member.team).delete()
    _end_invitations(member)
    Notice.objects.filter(user=member.user, team=member.team).delete()
    Member.objects.filter(pk=member.pk).delete()


def _set_role(member: Member, role: str) -> None:
    if role != Role.OWNER:
        _end_invitations(member)
    Member.objects.filter(pk=member.pk).update(role=role)


def _end_invitations(member: Member) -> None:
    """Whoever may not invite any more has no way back in by a link they kept."""
    Invitation.objects.filter(team=member.team, made_by=member.user).open().update(
        withdrawn_at=timezone.now()
    )
