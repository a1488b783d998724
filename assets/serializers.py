"""The wire's spelling of assets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from assets.models import KINDS, Asset, Origin


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
    kind = serializers.ChoiceField(choices=KINDS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("file" in attrs) == ("url" in attrs):
            raise serializers.ValidationError(
                'Send one multipart field "file", or JSON {"url": "https://…"}.'
            )
        return attrs


class ListInput(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    origin = serializers.ChoiceField(choices=[*Origin.values, "all"], required=False)

    def validate_limit(self, limit: int) -> int:
        return min(limit, 200)
