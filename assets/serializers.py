"""The wire's spelling of assets."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.conf import settings
from rest_framework import serializers

from assets.models import KINDS, Asset, Origin
from assets.preparing import NEVER_STORED
from assets.store import ENDINGS
from wireflow_ui.errors import one_of


def on_the_wire(asset: Asset) -> dict[str, Any]:
    """The answer of the upload route and an item of ``GET /media``; ``value`` is what a graph may hold."""
    thumbnail = asset.thumbnail_url
    return {
        "id": asset.id,
        "url": asset.public_url,
        "filename": asset.filename,
        "contentType": asset.content_type,
        "bytes": asset.bytes,
        "width": asset.width,
        "height": asset.height,
        "seconds": asset.seconds,
        "thumbnailUrl": settings.PUBLIC_URL + thumbnail if thumbnail else None,
        "origin": asset.origin,
        "sandbox": asset.sandbox,
        "createdAt": asset.created_at,
        "value": asset.as_value(),
    }


class UploadInput(serializers.Serializer[Any]):
    """Either a multipart ``file`` or a JSON ``url``; ``kind`` says what its place takes."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    url = serializers.CharField(required=False, max_length=2_048)
    kind = serializers.ChoiceField(
        choices=KINDS, required=False, error_messages={"invalid_choice": one_of(KINDS)}
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("file" in attrs) == ("url" in attrs):
            raise serializers.ValidationError(
                'Send one multipart field "file", or JSON {"url": "https://…"}.'
            )
        return attrs


class ListInput(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    kind = serializers.ChoiceField(
        choices=KINDS, required=False, error_messages={"invalid_choice": one_of(KINDS)}
    )
    origin = serializers.ChoiceField(
        choices=[*Origin.values, "all"],
        required=False,
        error_messages={"invalid_choice": one_of([*Origin.values, "all"])},
    )

    q = serializers.CharField(required=False, max_length=200, allow_blank=True)

    def validate_limit(self, limit: int) -> int:
        return min(limit, 200)


class AnnounceInput(serializers.Serializer[Any]):
    """The body of ``POST /media/upload-url``."""

    bytes = serializers.IntegerField(min_value=1)
    filename = serializers.CharField(max_length=200)
    contentType = serializers.CharField(required=False, allow_blank=True, max_length=100)

    def validate_filename(self, filename: str) -> str:
        ending = PurePath(filename).suffix.lower()
        if ending in NEVER_STORED:
            raise serializers.ValidationError(
                f"Upload a picture, a video, a sound, CSV or JSON: {ending} files are not taken."
            )
        return filename

    def validate_contentType(self, content_type: str) -> str:
        """The bytes decide in the end; what can never become an asset is refused before anybody sends it."""
        kind = content_type.partition(";")[0].strip().lower()
        is_media = kind.startswith(("image/", "video/", "audio/")) and kind != "image/svg+xml"
        if kind and not is_media and kind not in (*ENDINGS, "application/octet-stream"):
            raise serializers.ValidationError("Upload a picture, a video, a sound, CSV or JSON.")
        if not kind.isascii() or not kind.isprintable():
            raise serializers.ValidationError("This is no content type.")
        return content_type


class CompleteInput(serializers.Serializer[Any]):
    """The body of ``POST /media/upload-url/complete``; another ``filename`` replaces the announced one."""

    mediaId = serializers.CharField(max_length=100)
    filename = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
