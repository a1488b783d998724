"""Stored media: one row per file that a team owns."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team, User
from providers.local.provenance import MadeBy

if TYPE_CHECKING:
    from accounts.actor import Actor

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Names of stored files, and ids: what does not look like one never reaches the database.
NAME = r"[a-z2-7]{26}\.[a-z0-9]{2,5}"
ID = r"as_[a-z2-7]{26}"
#: More words than these are not searched for.
MOST_WORDS = 8


def random_name() -> str:
    """26 base32 letters: 130 bits nobody guesses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(26))


def new_id() -> str:
    return f"as_{random_name()}"


def in_an_hour() -> datetime:
    return timezone.now() + timedelta(hours=1)


KINDS = ("image", "video", "audio", "data")
#: The two sizes of thumbnails: pixels of the longer side.
LARGE_SIDE, SMALL_SIDE = 512, 256
#: What the library shows, as its indexes have it.
LISTED = Q(deleted_at__isnull=True, is_listed=True)


def kind_of(content_type: str) -> str:
    """``image``, ``video``, ``audio`` or ``data``."""
    half = content_type.partition("/")[0]
    return half if half in KINDS else "data"


class Origin(models.TextChoices):
    UPLOAD = "upload"
    RUN = "run"
    FETCH = "fetch"


#: Begins the reference of what runs of another team's app made or were lent: used by them, shown by the app alone.
UNLISTED = "guest:"


class AssetQuerySet(models.QuerySet["Asset"]):
    def live(self) -> AssetQuerySet:
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, actor: Actor) -> AssetQuerySet:
        return self.live().filter(team=actor.team, is_listed=True)

    def deleted_by(self, actor: Actor) -> AssetQuerySet:
        """What lies in the bin of the actor's team."""
        return self.filter(team=actor.team, is_listed=True, deleted_at__isnull=False)

    def of_kind(self, kind: str) -> AssetQuerySet:
        """``image``, ``video``, ``audio``, ``data``; anything else leaves all."""
        return self.filter(kind=kind) if kind in KINDS else self

    def matching(self, words: str) -> AssetQuerySet:
        """The one with this id, or those whose names hold every word; "" leaves all."""
        if re.fullmatch(ID, words):
            return self.filter(pk=words)
        assets = self
        for word in words.split()[:MOST_WORDS]:
            assets = assets.filter(filename__icontains=word)
        return assets

    def favourites_of(self, user: User) -> AssetQuerySet:
        return self.filter(pk__in=Favourite.objects.filter(user=user).values("asset_id"))

    def newest_first(self) -> AssetQuerySet:
        return self.order_by("-created_at", "-id")

    def served_as(self, name: str) -> AssetQuerySet:
        """The asset whose file, or whose thumbnail, has this name in ``/media/<name>``."""
        return self.live().filter(Q(name=name) | Q(thumbnail_name=name))


class Asset(models.Model):
    """A file in the store. The names are the secret that lets anybody with the address see it.

    ``blob`` says where the bytes lie; assets with the same bytes share one. ``width`` and ``height`` are pixels as
    shown; ``seconds`` the duration; None where it does not apply. ``thumbnail_name`` is empty where the file is its own
    thumbnail or has none; ``blur`` is a tiny WEBP in base64 that stands in its place until it is there.
    ``workflow``, ``version`` and ``node_type`` say what made it, and are empty for uploads.
    """

    id = models.CharField(primary_key=True, max_length=29, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=40, unique=True)
    thumbnail_name = models.CharField(max_length=40, blank=True, db_index=True)
    blob = models.CharField(max_length=80, db_index=True)
    origin = models.CharField(max_length=6, choices=Origin)
    sandbox = models.BooleanField(default=False)
    reference = models.CharField(max_length=100, blank=True)
    is_listed = models.BooleanField(default=True)
    workflow = models.CharField(max_length=40, blank=True)
    version = models.CharField(max_length=20, blank=True)
    node_type = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    filename = models.CharField(max_length=200)

    kind = models.CharField(max_length=5, choices=[(kind, kind) for kind in KINDS])
    content_type = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    role = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    blur = models.CharField(max_length=600, blank=True)

    #: Of an upload of just now: what its file said made it. It is a claim, and not kept.
    claimed: MadeBy | None = None

    objects = AssetQuerySet.as_manager()

    class Meta:
        indexes = [
            # The library and GET /media: newest first within a team. A search reads the names here and no rows.
            models.Index(
                fields=["team", "-created_at", "-id", "filename"],
                condition=LISTED,
                name="assets_of_team_newest",
            ),
            # The library's filters.
            models.Index(
                fields=["team", "kind", "-created_at", "-id"], condition=LISTED, name="assets_by_kind"
            ),
            models.Index(
                fields=["team", "workflow", "-created_at", "-id"], condition=LISTED, name="assets_by_workflow"
            ),
            models.Index(
                fields=["team", "node_type", "-created_at", "-id"],
                condition=LISTED,
                name="assets_by_node_type",
            ),
            models.Index(
                fields=["team", "created_by", "-created_at", "-id"], condition=LISTED, name="assets_by_person"
            ),
            # The bin, and clean_media, which looks for what was thrown away long enough ago.
            models.Index(
                fields=["team", "-deleted_at", "-id"],
                condition=Q(deleted_at__isnull=False),
                name="assets_in_bins",
            ),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="assets_thrown_away"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.id})"

    @property
    def execution_id(self) -> str:
        """The run that made it; "" for uploads."""
        before, _, found = self.reference.rpartition("execution:")
        return "" if before else found

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
    def small_thumbnail_url(self) -> str | None:
        """The same, of at most `SMALL_SIDE` pixels."""
        address = self.thumbnail_url
        return f"{address}?side={SMALL_SIDE}" if address and self.thumbnail_name else address

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


class Favourite(models.Model):
    """An asset that somebody wants to find again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "asset"], name="one_favourite_per_person")]

    def __str__(self) -> str:
        return f"{self.asset_id} of {self.user_id}"


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
