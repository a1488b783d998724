"""How people sign in: links, identities at OpenID providers, second proofs, tries, and where they are signed in.

Texts that open a door are never stored: only their SHA-256 is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from accounts.models.people import User

if TYPE_CHECKING:
    from accounts.actor import Actor


class SignInLink(models.Model):
    """Lets one person in once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user}"


class Identity(models.Model):
    """A person as an OpenID provider knows them: ``subject`` is its name for them, which never changes. ``email`` is
    the address that it told of when the two were linked, for people to see; nothing goes by it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    email = models.CharField(max_length=254, blank=True)
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="an_identity_opens_one_account"),
            models.UniqueConstraint(fields=["user", "issuer"], name="one_identity_of_an_issuer"),
        ]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class Departure(models.Model):
    """An identity that an account let go, by its digest alone; forgotten when the month is over."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"


class Authenticator(models.Model):
    """The app that shows a person's codes. ``sealed`` is the key that they are made from, as hexadecimal text."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+", primary_key=True)
    sealed = models.TextField()
    is_confirmed = models.BooleanField(default=False)

    drift = models.SmallIntegerField(default=0)  # steps of half a minute that its clock is ahead of ours
    last_step = models.BigIntegerField(default=-1)  # of the last good code: it and those before count no more
    wrong_count = models.PositiveIntegerField(default=0)
    wrong_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"app of {self.user_id}"


class RecoveryCode(models.Model):
    """Stands in for the code of an authenticator app, once: it is deleted by being used."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_codes_differ")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class SignInTries(models.Model):
    """How often signing in was tried in a window of time; see ``accounts.tries``."""

    bucket = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "sign-in tries"

    def __str__(self) -> str:
        return f"{self.count} until {self.until}"


class Way(models.TextChoices):
    """How somebody got in."""

    UNKNOWN = "", "–"
    PASSWORD = "password", "password"
    LINK = "link", "one-time link"
    INVITATION = "invitation", "invitation"
    OPENID = "openid", "OpenID Connect"


class BrowserQuerySet(models.QuerySet["Browser"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(user=actor.user)


class Browser(models.Model):
    """A browser that somebody is signed in with: what its session is, and when it was last seen."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(max_length=100)
    address = models.CharField(max_length=64, blank=True)
    way = models.CharField(max_length=10, choices=Way, blank=True, default=Way.UNKNOWN)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = BrowserQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.device} of {self.user_id}"
