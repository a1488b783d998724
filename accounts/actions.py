"""What changes people, teams, keys and links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, two_factor
from accounts.actor import Actor
from accounts.errors import WrongSignIn
from accounts.models import ApiKey, Member, SignInLink, Team, User
from accounts.plans import PLANS
from accounts.roles import Role
from accounts.scopes import SCOPES
from accounts.secrets import digest, new_key_text, new_token
from accounts.tries import forget_tries, take_try
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

LINK_LIFETIME = timedelta(hours=1)
FIRST_OWNER = "owner@localhost"


class NewKey(NamedTuple):
    """A key just made, and its text: the only moment anybody can read it."""

    key: ApiKey
    text: str


def create_user_and_team(
    *, email: str, password: str | None = None, name: str = "", team_name: str = "", plan: str = "free"
) -> Member:
    """Make a person and a team of their own; without a password only a sign-in link lets them in."""
    email = checked_email(email)
    if plan not in PLANS:
        raise WireflowError(f"There is no plan {plan!r}. Choose one of {', '.join(PLANS)}.")
    with transaction.atomic():
        user = save_user(email=email, password=password, name=name)
        team_name = team_name or f"{name or email.partition('@')[0]}'s team"
        team = Team.objects.create(name=team_name, plan=plan, maker=user.pk)
        return Member.objects.create(user=user, team=team, role=Role.OWNER)


def save_user(*, email: str, password: str | None = None, name: str = "") -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except IntegrityError as error:
        raise WireflowError("Somebody uses this e-mail address already.", code="email_taken") from error


def checked_email(email: str) -> str:
    """The address in the form we store; raises when it is none."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise WireflowError("This is not an e-mail address. It looks like name@example.org.") from error
    if len(email) > 254:
        raise WireflowError("This e-mail address is too long: 254 characters at most.")
    return email


def sign_in(*, email: str, password: str, address: str) -> User:
    """The person behind e-mail and password, after counting the try for this network address.

    Raises WrongSignIn, which does not tell whether the e-mail is known, or TooManyAttempts.
    """
    email = email.strip().lower()
    take_try(address=address, email=email)
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongSignIn("E-mail and password do not match. Check both, or ask for a sign-in link.")
    forget_tries(address=address, email=email)
    return user


def first_start() -> str | None:
    """On an empty installation, make the owner and their team; the path of a one-time sign-in link.

    Every start may call it: as long as nobody has ever signed in, the owner gets a fresh link, then None.
    Where somebody was made in another way first, it makes nobody and answers None.
    """
    owner = User.objects.filter(email=FIRST_OWNER).first()
    if owner is None and User.objects.exists():
        return None
    if User.objects.exclude(last_login=None).exists():
        return None
    with transaction.atomic():
        if owner is None:
            member = create_user_and_team(
                email=FIRST_OWNER, name="Owner", team_name="My team", plan="operator"
            )
            owner = member.user
            User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
        return make_sign_in_link(user=owner)


def make_sign_in_link(*, user: User) -> str:
    """The path of a link that lets this person in once, within the hour. Only its hash is stored."""
    now = timezone.now()
    SignInLink.objects.filter(expires_at__lte=now).delete()
    token = new_token()
    SignInLink.objects.create(user=user, digest=digest(token), expires_at=now + LINK_LIFETIME)
    return f"/sign-in/link/{token}"


def redeem_link(*, token: str) -> User | None:
    """Use a link up and say whom it lets in; None when it is unknown, used, too old, or its owner is gone."""
    if not token:
        return None
    now = timezone.now()
    links = SignInLink.objects.filter(digest=digest(token))
    # Whoever makes this update won; of two that come at once the other finds nothing to change.
    if links.filter(used_at=None, expires_at__gt=now).update(used_at=now) != 1:
        return None
    return User.objects.filter(sign_in_links__in=links, is_active=True).first()


def create_api_key(
    *,
    user: User,
    team: Team,
    name: str,
    scopes: Sequence[str] = tuple(SCOPES),
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key that acts as ``user`` in ``team``. Its text is in the answer and nowhere else."""
    name = name.strip()
    if not 1 <= len(name) <= 200:
        raise WireflowError("Give the key a name of 1 to 200 characters.")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise WireflowError(f"There is no scope {unknown[0]!r}. Choose from {', '.join(SCOPES)}.")
    if not scopes:
        raise WireflowError("Choose at least one scope: a key without scopes opens nothing.")
    if expires_at is not None and expires_at <= timezone.now():
        raise WireflowError("The expiry lies in the past. Choose a later day, or none.")
    if not Member.objects.filter(user=user, team=team).exists():
        raise WireflowError("Only members of a team can have a key for it.")
    text = new_key_text()
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            team=team,
            name=name,
            digest=digest(text),
            prefix=text[:11],
            scopes=[scope for scope in SCOPES if scope in scopes],
            expires_at=expires_at,
        )
        audit.record(team=team, change="key.made", subject=key, after=_facts(key))
    return NewKey(key, text)


def rotate_api_key(*, actor: Actor, key_id: int) -> NewKey:
    """Give one of the actor's own keys another text; the old one opens nothing from now on.

    It keeps its name, scopes and limits, and lives as long again as it was made for. Nobody reads the new text of a
    key that acts as somebody else.
    """
    with transaction.atomic():
        key = ApiKey.objects.visible_to(actor).filter(pk=key_id).select_for_update().first()
        if key is None:
            raise NotFound("API key not found")
        if key.user_id != actor.user.pk:
            raise Forbidden("Only whom a key acts as gives it a new text. You can delete it.")
        text, now = new_key_text(), timezone.now()
        before = {"begins with": key.prefix, **_facts(key)}
        key.expires_at = now + (key.expires_at - key.created_at) if key.expires_at else None
        key.digest, key.prefix, key.created_at, key.last_used_at = digest(text), text[:11], now, None
        key.save(update_fields=["digest", "prefix", "created_at", "expires_at", "last_used_at"])
        after = {"begins with": key.prefix, **_facts(key)}
        audit.record(
            team=actor.team, change="key.rotated", subject=key.name, before=before, after=after, by=actor
        )
    return NewKey(key, text)


def _facts(key: ApiKey) -> dict[str, str | list[str]]:
    """What the audit log tells of a key."""
    until = f"{key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "no end"
    return {"acts as": key.user.email, "scopes": key.scope_names(), "until": until}


def delete_api_key(*, actor: Actor, key_id: int) -> None:
    """Delete a key the actor may see: their own, for owners any of the team. It works no more at once."""
    with transaction.atomic():
        key = ApiKey.objects.visible_to(actor).filter(pk=key_id).select_related("user").first()
        if key is None:
            raise NotFound("API key not found")
        ApiKey.objects.filter(pk=key_id).delete()
        audit.record(team=actor.team, change="key.deleted", subject=key, before=_facts(key), by=actor)


def change_profile(*, user: User, name: str, email: str) -> None:
    """Change name and e-mail address; raises when the address is somebody else's."""
    email = checked_email(email)
    if len(name) > 200:
        raise WireflowError("This name is too long: 200 characters at most.")
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(name=name.strip(), email=email)
    except IntegrityError as error:
        raise WireflowError("Somebody uses this e-mail address already.", code="email_taken") from error


def change_password(*, user: User, old: str, new: str, code: str = "") -> None:
    """Set a new password, which ends other sessions and sign-in links not used yet.

    The old one is asked only of people who have one, and a code only where two-factor sign-in is on.
    """
    if user.has_usable_password() and not user.check_password(old):
        raise WireflowError("The current password is wrong.", code="wrong_password")
    try:
        password_validation.validate_password(new, user)
    except ValidationError as error:
        raise WireflowError(" ".join(error.messages), code="weak_password") from error
    two_factor.check_if_on(user=user, code=code)
    user.set_password(new)
    with transaction.atomic():
        user.save(update_fields=["password"])
        SignInLink.objects.filter(user=user).delete()
