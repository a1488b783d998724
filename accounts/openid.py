"""Whom a sign-in by OpenID Connect lets in, and how one is linked to an account.

An identity opens the account that its person linked it to while they were signed in, and no other: an equal e-mail
address proves nothing, for providers let people write what they like, and give addresses to others later on.
"""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit, departures
from accounts.actions import checked_email, create_user_and_team
from accounts.models import Identity, Member, Team, User
from providers.openid import Client, Person
from wireflow_ui.errors import Conflict, NotFound, WireflowError

HOW_TO_LINK = "Sign in another way, and link it under Settings → Security."


class NotLetIn(WireflowError):
    """The provider knows the person, and this server does not let them in."""

    code = "not_let_in"
    status = 403


def client() -> Client:
    """What was agreed with the provider. Raises `NotFound` where the operator named none."""
    if settings.OPENID is None:
        raise NotFound("Not found")
    found: Client = settings.OPENID
    return found


def identity_of(user: User) -> Identity | None:
    """What the provider of now is linked as; None without one."""
    if settings.OPENID is None:
        return None
    return Identity.objects.filter(user=user, issuer=settings.OPENID.issuer).first()


def come(person: Person) -> User:
    """Whom to let in: who linked this identity, or where the operator wants it so somebody new. Raises `NotLetIn`."""
    _need_domain(person)
    known = Identity.objects.filter(issuer=client().issuer, subject=person.subject)
    identity = known.select_related("user").first()
    if identity is None:
        return _sign_up(person)
    if not identity.user.is_active:
        raise NotLetIn("This account is locked. Ask whoever runs this server.")
    return identity.user


def link(*, user: User, person: Person) -> None:
    """Let this identity open the account of somebody who is signed in. Raises `NotLetIn` or `Conflict`."""
    _need_domain(person)
    title = client().title
    try:
        with transaction.atomic():
            _keep(user, person)
            for team in _teams_of(user):
                audit.record(
                    team=team,
                    change="member.sign_in_linked",
                    subject=user.email,
                    after=_words(person),
                    by=user,
                )
    except IntegrityError as error:
        if identity_of(user) is not None:
            raise Conflict(f"Your account has a sign-in with {title} already. Unlink it first.") from error
        raise Conflict(
            f"This sign-in with {title} is linked to another account here. Unlink it there first, or choose another "
            f"one at {title}."
        ) from error


def unlink(*, user: User) -> None:
    """Let the identity open nothing any more. Raises `WireflowError` when it is the only way in."""
    identity = identity_of(user)
    if identity is None:
        raise NotFound("No sign-in is linked to your account.")
    if not user.has_usable_password():
        raise WireflowError(
            "You have no password, so this is your only way in. Set one under Settings → Profile first.",
            code="only_way_in",
        )
    with transaction.atomic():
        departures.note([identity])
        Identity.objects.filter(pk=identity.pk).delete()
        before = {client().title: identity.email or identity.subject}
        for team in _teams_of(user):
            audit.record(
                team=team, change="member.sign_in_unlinked", subject=user.email, before=before, by=user
            )


def _sign_up(person: Person) -> User:
    title, email = client().title, _address(person)
    if not settings.OPENID_NEW_ACCOUNTS:
        raise NotLetIn(f"No account here is linked to this sign-in with {title}. {HOW_TO_LINK}")
    if not email:
        raise NotLetIn(
            f"{title} does not say which e-mail address is surely yours, so there is no account for you. Have your "
            f"address verified there, or ask whoever runs this server."
        )
    email = checked_email(email)
    if User.objects.filter(email=email).exists():
        raise NotLetIn(f"There is an account with the address {email}, not linked to {title}. {HOW_TO_LINK}")
    if (day := departures.free_from(client().issuer, person.subject)) is not None:
        raise NotLetIn(
            f"The account that this sign-in with {title} opened was deleted, or unlinked from it, this month. You can "
            f"have a new one from {day.day} {day:%B} (UTC) on. To go on with one you have: {HOW_TO_LINK}"
        )
    try:
        with transaction.atomic():
            member = create_user_and_team(email=email, name=person.name, plan=settings.NEW_TEAM_PLAN)
            _keep(member.user, person)
            audit.record(
                team=member.team,
                change="member.signed_up",
                subject=email,
                after=_words(person),
                by=member.user,
            )
    except IntegrityError as error:
        raise Conflict("This account is being made just now. Sign in once more.") from error
    return member.user


def _need_domain(person: Person) -> None:
    allowed = settings.OPENID_DOMAINS
    if allowed and _address(person).rpartition("@")[2] not in allowed:
        raise NotLetIn(
            f"With {client().title} only people with an address at {' or '.join(sorted(allowed))} sign in here, and "
            "you came with another, or with one that is not verified there."
        )


def _address(person: Person) -> str:
    """The address that is surely theirs, or "". Some providers never say so: the operator may know."""
    is_theirs = person.is_verified or (person.is_verified is None and settings.OPENID_TRUSTS_ADDRESSES)
    return person.email.strip().lower() if is_theirs else ""


def _keep(user: User, person: Person) -> None:
    Identity.objects.create(
        user=user,
        issuer=client().issuer,
        subject=person.subject,
        email=person.email[:254],
    )


def _words(person: Person) -> dict[str, str]:
    return {client().title: person.email or person.subject}


def _teams_of(user: User) -> list[Team]:
    """Whoever owns one of them should know how its people get in."""
    members = Member.objects.filter(user=user).select_related("team").order_by("team_id")
    return [member.team for member in members]
