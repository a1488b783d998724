"""Archives of teams' data that somebody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Team

if TYPE_CHECKING:
    from accounts.actor import Actor


class ArchiveState(models.TextChoices):
    ASKED = "asked"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


UNDER_WAY = (ArchiveState.ASKED, ArchiveState.MAKING)


class TeamArchiveQuerySet(models.QuerySet["TeamArchive"]):
    def visible_to(self, actor: Actor) -> Self:
        """The one that asked for it alone, and only while they are owner."""
        mine = self.filter(team=actor.team, asked_by=actor.user)
        return mine if actor.may("manage") and actor.key is None else mine.none()


class TeamArchive(models.Model):
    """One archive of a team, being made or to be fetched until ``expires_at``; ``part`` is its file in the store.

    ``attempt`` counts claims and is the fencing token; whoever makes it says again and again, until ``lease_until``,
    that they still do.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    state = models.CharField(max_length=6, choices=ArchiveState, default=ArchiveState.ASKED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    part = models.CharField(max_length=40, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    objects = TeamArchiveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=models.Q(state__in=UNDER_WAY), name="one_archive_at_a_time"
            )
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=(*UNDER_WAY, ArchiveState.READY)),
                name="archives_to_look_after",
            )
        ]

    def __str__(self) -> str:
        return f"archive of {self.team_id}, {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


class TeamImportQuerySet(models.QuerySet["TeamImport"]):
    def visible_to(self, actor: Actor) -> Self:
        """A person's own, whichever team they work in, in the browser alone."""
        return self.filter(user=actor.user) if actor.key is None else self.none()


class TeamImport(models.Model):
    """An archive that somebody brought, of which a new team is made: claimed and leased like a `TeamArchive`.

    READY means that ``team`` was made of it; ``counts`` tells what is in there.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    brought_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=200, blank=True)
    part = models.CharField(max_length=40)

    state = models.CharField(max_length=6, choices=ArchiveState, default=ArchiveState.ASKED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)

    objects = TeamImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(state__in=UNDER_WAY), name="one_import_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"import of {self.user_id}, {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY
