"""People, the teams they work in, and the keys, secrets and invitations of teams.

Texts that open a door (API keys, invitations) are never stored: only their SHA-256 is.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.mailing import due_for_mail
from accounts.plans import CHOICES, PLANS, Plan
from accounts.roles import Role, is_at_least
from accounts.scopes import SCOPES

if TYPE_CHECKING:
    from accounts.actor import Actor


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Save a person; without a password only a sign-in link lets them in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def visible_to(self, actor: Actor) -> models.QuerySet[User]:
        return self.filter(memberships__team=actor.team)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address in lower case."""

    email = models.EmailField(unique=True, error_messages={"unique": "Somebody uses this address already."})
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May use the admin pages.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    #: Which keys the canvas answers to, as it writes them; None: the usual ones.
    canvas_keys = models.JSONField(null=True, blank=True, editable=False)
    #: The language that pages speak to them; "": as the browser asks.
    language = models.CharField(max_length=10, blank=True, default="", editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="emails_are_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(pk=actor.team.pk)


class Team(models.Model):
    """Who owns everything: workflows, executions, assets, credits."""

    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=20, choices=CHOICES, default="free")
    sandbox_free = models.BooleanField(default=False, help_text="Sandbox runs cost no credits.")
    #: Provider → the team's own key for it; kept by `accounts.provider_keys`, so that planning needs no look-up.
    provider_keys = models.JSONField(default=dict, editable=False)
    limits_spending = models.BooleanField(default=False, editable=False)  # it has a limit in `credits.limits`
    #: The number of the person who made it. It stays when their account goes: see `credits.allowances`.
    maker = models.BigIntegerField(null=True, db_index=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> Plan:
        return PLANS[self.plan]


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)


class Member(models.Model):
    """One person in one team, with one role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="one_membership_per_team"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="roles_are_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}, {self.role}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, actor: Actor) -> Self:
        """Your own keys; an owner sees every key of the team."""
        keys = self.filter(team=actor.team)
        return keys if is_at_least(actor.role, Role.OWNER) else keys.filter(user=actor.user)


class ApiKey(models.Model):
    """Lets a program act as one member of one team, within the key's scopes and the member's role."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=11, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    name = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)

    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_expired(self, now: datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())

    def has_all_scopes(self) -> bool:
        return set(SCOPES) <= set(self.scopes)

    def scope_names(self) -> list[str]:
        """The scopes in the order of the contract."""
        return [scope for scope in SCOPES if scope in self.scopes]


class KeyTest(models.TextChoices):
    """What became of the last try of a provider key."""

    NONE = "", "not tried"
    ASKED = "asked", "being tried"
    WORKS = "works", "works"
    REFUSED = "refused", "refused"
    UNSURE = "unsure", "could not be tried"


class ProviderKeyQuerySet(models.QuerySet["ProviderKey"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)


class ProviderKey(models.Model):
    """A team's own key for a provider, sealed. One that is replaced is a new row: nothing here changes but what is
    found out about it."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=30)
    sealed = models.TextField()
    details = models.JSONField(default=dict)  # what belongs to it and is no secret, such as a project's name
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    last_used_at = models.DateTimeField(null=True)
    test = models.CharField(max_length=10, choices=KeyTest, blank=True, default=KeyTest.NONE)
    test_said = models.TextField(blank=True)
    tested_at = models.DateTimeField(null=True)

    objects = ProviderKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "provider"], name="one_key_per_team_and_provider")
        ]

    def __str__(self) -> str:
        return f"{self.provider} key of {self.team_id}"


class TeamSecretQuerySet(models.QuerySet["TeamSecret"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)


class TeamSecret(models.Model):
    """A text that a team's workflows use and nobody reads, sealed: an address with a password in it, or what signs
    deliveries (`accounts.team_secrets.SIGNING`)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    sealed = models.TextField()
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TeamSecretQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_secret_per_team_and_name")]

    def __str__(self) -> str:
        return f"{self.name} of {self.team_id}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)

    def open(self) -> Self:
        """Those that still let somebody in."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())

    def to_mail(self) -> Self:
        """Those whose mail may be tried now."""
        return self.open().filter(due_for_mail(), by_mail=True)


class Invitation(models.Model):
    """Lets one person into a team, once: whoever has the link, or with ``email`` that person alone.

    ``digest`` is None until there is a link: one that goes by mail is made when the mail is sent.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 - none is not ""
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    role = models.CharField(max_length=10, choices=Role.choices)
    email = models.EmailField(blank=True)
    by_mail = models.BooleanField(default=False)
    expires_at = models.DateTimeField()

    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_after = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invited_roles_are_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'whoever has the link'} into {self.team_id} as {self.role}"

    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()
