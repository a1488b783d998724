"""What people are told: the audit log of a team, notices, and which of them go by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.db import models
from django.utils import timezone

from accounts.mailing import due_for_mail
from accounts.models.people import Team, User

if TYPE_CHECKING:
    from accounts.actor import Actor


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Nothing is deleted from the audit log.")


class AuditEntry(models.Model):
    """A change that mattered: who made it, when, from where, and what was before and after. Without secrets.

    ``who``, ``key`` and ``subject`` are as they were called then: they outlive what they name. ``changes`` is
    ``{"what": [before, after]}``.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    who = models.CharField(max_length=254)
    key = models.CharField(max_length=220, blank=True)
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=254, blank=True)
    changes = models.JSONField(default=dict)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "-id"], name="audit_of_a_team_newest"),
            models.Index(fields=["team", "user", "-id"], name="audit_of_a_person_newest"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.who}: {self.action} {self.subject}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> Self:
        """A person's own, of all their teams."""
        return self.filter(user=actor.user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def to_mail(self) -> Self:
        """Those whose mail may be tried now."""
        return self.filter(due_for_mail(), wants_mail=True)


class Notice(models.Model):
    """Something that a person is told once. ``key`` is what it is about: the same is not told again.

    ``link`` is a path of ours.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=400)
    link = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    read_at = models.DateTimeField(null=True)
    wants_mail = models.BooleanField(default=False)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_after = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_of_a_key")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_of_a_person_newest"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notices_unread"),
            models.Index(
                fields=["at"], condition=models.Q(wants_mail=True, mailed_at=None), name="notices_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class MailChoice(models.Model):
    """What a person wants by mail; without a row, everything at once. ``digest``: together, once a day."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="mail_choice", primary_key=True)
    without = models.JSONField(default=list)  # kinds of notices that are not mailed
    digest = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"mail for {self.user_id}"
