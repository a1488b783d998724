"""Stored media: one row per file that a team owns."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team

if TYPE_CHECKING:
    from accounts.actor import Actor

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Names of stored files, and ids: what does not look like one never reaches the database.
NAME = r"[a-z2-7]{26}\.[a-z0-9]{2,5}"
ID = r"as_[a-z2-7]{26}"


def random_name() -> str:
    """26 base32 letters: 130 bits nobody guesses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(26))


def new_id() -> str:
    return f"as_{random_name()}"


def in_an_hour() -> datetime:
    return timezone.now() + timedelta(hours=1)


KINDS = ("image", "video", "audio", "data")


class Origin(models.TextChoices):
    UPLOAD = "upload"
    RUN = "run"
    FETCH = "fetch"


#: Begins the reference of what runs of another team's app made or were lent: used by them, shown by the app alone.
UNLISTED = "guest:"


class AssetQuerySet(models.QuerySet["Asset"]):
    def live(self) -> AssetQuerySet:
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Actor) -> AssetQuerySet:
        return self.live().filter(team=actor.team).exclude(reference__startswith=UNLISTED)

    def deleted_by(self, actor: Actor) -> AssetQuerySet:
        """What the actor's team threw away and whose file is still there."""
        return self.filter(team=actor.team).exclude(deleted_at=None)

    def of_kind(self, kind: str) -> AssetQuerySet:
        """``image``, ``video``, ``audio``, ``data``; anything else leaves all."""
        media = Q(content_type__startswith="image/") | Q(content_type__startswith="video/")
        media |= Q(content_type__startswith="audio/")
        if kind == "data":
            return self.exclude(media)
        return self.filter(content_type__startswith=f"{kind}/") if kind in KINDS else self

    def newest_first(self) -> AssetQuerySet:
        return self.order_by("-created_at", "-id")

    def served_as(self, name: str) -> AssetQuerySet:
        """The asset whose file, or whose thumbnail, has this name in ``/media/<name>``."""
        return self.live().filter(Q(name=name) | Q(thumbnail_name=name))


class Asset(models.Model):
    """A file in the store. The names are the secret that lets anybody with the address see it.

    ``width`` and ``height`` are pixels as shown; ``seconds`` the duration; None where it does not apply.
    ``thumbnail_name`` is empty where the file is its own thumbnail or has none.
    """

    id = models.CharField(primary_key=True, max_length=29, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=40, unique=True)
    thumbnail_name = models.CharField(max_length=40, blank=True, db_index=True)
    origin = models.CharField(max_length=6, choices=Origin)
    sandbox = models.BooleanField(default=False)
    reference = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    filename = models.CharField(max_length=200)

    content_type = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    role = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=64)

    objects = AssetQuerySet.as_manager()

    class Meta:
        indexes = [
            # The library and GET /media: newest first within a team.
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(deleted_at=None),
                name="assets_of_team_newest",
            ),
            # clean_media looks for what was thrown away long enough ago.
            models.Index(fields=["deleted_at"], condition=~Q(deleted_at=None), name="assets_thrown_away"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.id})"

    @property
    def kind(self) -> str:
        """``image``, ``video``, ``audio`` or ``data``."""
        half = self.content_type.partition("/")[0]
        return half if half in ("image", "video", "audio") else "data"

    @property
    def icon(self) -> str:
        """What stands for it where there is no picture."""
        return "file" if self.kind == "data" else self.kind

    @property
    def url(self) -> str:
        return f"{settings.MEDIA_URL}{self.name}"

    @property
    def thumbnail_url(self) -> str | None:
        if self.thumbnail_name:
            return f"{settings.MEDIA_URL}{self.thumbnail_name}"
        return self.url if self.kind == "image" else None

    @property
    def public_url(self) -> str:
        """The address for the world outside: clients of the API open it without a login."""
        return f"{settings.PUBLIC_URL}{self.url}"

    def as_value(self) -> dict[str, Any]:
        """What travels along a wire in place of the file."""
        return {
            "assetId": self.id,
            "url": self.url,
            "thumbnailUrl": self.thumbnail_url,
            "contentType": self.content_type,
            "width": self.width,
            "height": self.height,
            "seconds": self.seconds,
            "bytes": self.bytes,
            "role": self.role,
            "sandbox": self.sandbox,
        }


class PendingUploadQuerySet(models.QuerySet["PendingUpload"]):
    def visible_to(self, actor: Actor) -> PendingUploadQuerySet:
        return self.filter(team=actor.team)

    def open(self) -> PendingUploadQuerySet:
        return self.filter(expires_at__gt=timezone.now())


class PendingUpload(models.Model):
    """A file that was announced and is no asset yet; the asset will have this id.

    ``bytes`` is the size that was announced, ``part`` the stored name of what was sent, empty before.
    """

    id = models.CharField(primary_key=True, max_length=29, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(default=in_an_hour, db_index=True)

    filename = models.CharField(max_length=200)
    bytes = models.PositiveIntegerField()

    part = models.CharField(max_length=40, blank=True)

    objects = PendingUploadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.filename} ({self.id})"
