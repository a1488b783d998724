"""Letting people into a team: an owner invites, whoever is invited accepts.

A link's text is in the answer that makes it, or in one mail, and nowhere else: of it only the SHA-256 is stored.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from accounts import audit, notices, tasks
from accounts.actions import checked_email, save_user
from accounts.actor import Actor
from accounts.mailing import tried_now
from accounts.models import Invitation, Member, Team, User
from accounts.roles import Role
from accounts.secrets import digest, new_token
from accounts.teams import lock_team, need_owner, need_role, need_room_to_own
from wireflow_ui.errors import Conflict, Forbidden, NotFound, WireflowError

LIFETIMES = {
    "1": timedelta(hours=1),
    "24": timedelta(days=1),
    "72": timedelta(days=3),
    "168": timedelta(days=7),
}
MOST_OPEN = 50
#: A team invites so many addresses in a day: each gets a mail, with the link or with a notice.
MOST_MAILS_A_DAY = 50


class NotInvited(NotFound):
    """The link is unknown, used, withdrawn or too old: the four look the same."""

    code = "invitation_gone"

    def __init__(self) -> None:
        super().__init__(
            "This invitation lets nobody in any more: it was used, withdrawn, or is too old. Ask for a new one."
        )


class NewInvitation(NamedTuple):
    """An invitation just made, and the address to hand on: "" when it goes by mail."""

    invitation: Invitation
    address: str


def invite(
    *, actor: Actor, role: str, email: str = "", lifetime: timedelta = LIFETIMES["24"], by_mail: bool = False
) -> NewInvitation:
    """Invite the person behind ``email``, or without one whoever has the link; once in both cases."""
    need_owner(actor)
    need_role(role)
    email = checked_email(email) if email.strip() else ""
    if by_mail and not email:
        raise WireflowError("Give the e-mail address that the invitation is to be sent to.")
    now = timezone.now()
    with transaction.atomic():
        team = lock_team(actor)
        if email and Member.objects.filter(team=team, user__email=email).exists():
            raise WireflowError(f"{email} is a member of this team already.", code="already_member")
        if Invitation.objects.filter(team=team).open().count() >= MOST_OPEN:
            raise WireflowError(f"{MOST_OPEN} invitations are open. Withdraw one before you make another.")
        today = Invitation.objects.filter(team=team, created_at__gt=now - timedelta(days=1)).exclude(email="")
        if email and today.count() >= MOST_MAILS_A_DAY:
            raise WireflowError(
                "Your team has invited many addresses today. Hand on a link without an address instead."
            )
        token = "" if by_mail else new_token()
        invitation = Invitation.objects.create(
            team=team,
            digest=digest(token) if token else None,
            made_by=actor.user,
            role=role,
            email=email,
            by_mail=by_mail,
            expires_at=now + lifetime,
        )
        audit.record(
            team=team,
            change="member.invited",
            subject=email or "whoever has the link",
            after={"role": role, "until": f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"},
            by=actor,
        )
        notices.tell(
            team_id=team.pk,
            kind="member",
            key=f"invited:{team.pk}:{now:%Y-%m-%d}",
            text=f"{actor.user} invites you to “{team}”. The link is in a mail, or comes from them.",
            link="/notices",
            users=User.objects.filter(email=email).values_list("pk", flat=True) if email else (),
        )
        if by_mail:
            transaction.on_commit(lambda: tasks.ring(tasks.send_invitation, invitation.pk))
    return NewInvitation(invitation, address_of(token) if token else "")


def address_of(token: str) -> str:
    return f"{settings.PUBLIC_URL}/invitation/{token}"


def withdraw(*, actor: Actor, invitation_id: int) -> None:
    """Let nobody in by an invitation any more."""
    need_owner(actor)
    with transaction.atomic():
        lock_team(actor)
        invitation = Invitation.objects.visible_to(actor).filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound("Invitation not found")
        same = Invitation.objects.filter(pk=invitation.pk).open()
        if not same.update(withdrawn_at=timezone.now()):
            raise Conflict("This invitation was used or is over already. Reload the page.")
        audit.record(
            team=invitation.team,
            change="member.invitation_withdrawn",
            subject=invitation.email or "whoever has the link",
            before={"role": invitation.role},
            by=actor,
        )


def find_invitation(token: str) -> Invitation:
    """The invitation that a link stands for. Raises `NotInvited`."""
    found = Invitation.objects.open().select_related("team", "made_by")
    invitation = found.filter(digest=digest(token)).first() if token else None
    if invitation is None:
        raise NotInvited()
    return invitation


def accept(*, token: str, user: User) -> Member:
    """Use an invitation up and let the person in. Raises `NotInvited`, `Forbidden` for somebody else's, `Conflict`."""
    with transaction.atomic():
        invitation = find_invitation(token)
        if invitation.email and invitation.email != user.email:
            raise Forbidden(
                f"This invitation is for {invitation.email}, and you are signed in as {user.email}. Sign out and "
                "open the link again, or ask for an invitation to your address."
            )
        Team.objects.select_for_update(no_key=True).get(pk=invitation.team_id)
        if Member.objects.filter(team=invitation.team, user=user).exists():
            raise Conflict("You are a member of this team already.", code="already_member")
        if invitation.role == Role.OWNER:
            need_room_to_own(user)
        # Whoever makes this update won; of two that come at once the other finds nothing to change.
        used = Invitation.objects.filter(pk=invitation.pk).open()
        if not used.update(accepted_at=timezone.now(), accepted_by=user):
            raise NotInvited()
        member = Member.objects.create(team=invitation.team, user=user, role=invitation.role)
        audit.record(
            team=invitation.team,
            change="member.joined",
            subject=user.email,
            after={"role": invitation.role, "invited by": invitation.made_by.email},
            by=user,
        )
        notices.tell(
            team_id=member.team_id,
            kind="member",
            key=f"joined:{invitation.pk}",
            text=f"{user} ({user.email}) joined “{invitation.team}”, as {invitation.role}.",
            link="/settings?tab=members",
            users=[owner for owner in notices.members_of(member.team_id) if owner != user.pk],
        )
    return member


def join_as_new(*, token: str, email: str, name: str, password: str) -> User:
    """Make a person of whoever was invited and let them in; they have no team but this one."""
    with transaction.atomic():
        invitation = find_invitation(token)
        email = invitation.email or checked_email(email)
        try:
            password_validation.validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise WireflowError(" ".join(error.messages), code="weak_password") from error
        user = save_user(email=email, password=password, name=name)
        accept(token=token, user=user)
    return user


def send(*, invitation_id: int) -> None:
    """Make the link of an invitation that goes by mail, and send it. Whoever claims it tries; where that fails, or the
    sender dies, it is tried again after a while, with a link in the place of the one before."""
    invitation = (
        Invitation.objects.to_mail().select_related("team", "made_by").filter(pk=invitation_id).first()
    )
    if invitation is None:
        return
    token, tries = new_token(), invitation.mail_tries
    same = Invitation.objects.to_mail().filter(pk=invitation_id, mail_tries=tries)
    if not same.update(digest=digest(token), **tried_now(tries)):
        return
    title = Role(invitation.role).label.lower()
    article = "an" if title[0] in "aeiou" else "a"
    EmailMessage(
        subject=" ".join(f"{invitation.made_by} invites you to “{invitation.team}”".split()),
        body=(
            f"{invitation.made_by} ({invitation.made_by.email}) invites you to the team “{invitation.team}” on "
            f"Wireflow UI, as {article} {title}.\n\n{address_of(token)}\n\n"
            f"The link works once, until {invitation.expires_at:%-d %B %Y, %H:%M} UTC. If you do not know what this "
            "is about, you need not do anything.\n"
        ),
        to=[invitation.email],
    ).send()
    Invitation.objects.filter(pk=invitation_id).update(mailed_at=timezone.now())


def unsent() -> list[int]:
    """Invitations whose mail was to go out a while ago: the message about them was lost, or a try failed."""
    late = timezone.now() - timedelta(minutes=1)
    waiting = Invitation.objects.to_mail().filter(created_at__lt=late).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:20])
