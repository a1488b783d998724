"""Values as JSON on the line between the engine and its child processes.

A `Media` becomes ``{"$media": {...}}``. An object of a user that happens to have such a key is written as a
list of pairs, ``{"$pairs": [...]}``, so that nobody can make the child read a file by naming it in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.base import Media

MEDIA = "$media"
PAIRS = "$pairs"


def encode(value: Any) -> Any:
    """The value with every `Media` in it, however deep, as JSON."""
    if isinstance(value, Media):
        return encode_media(value)
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        if MEDIA in value or PAIRS in value:
            return {PAIRS: [[key, encode(item)] for key, item in value.items()]}
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(value: Any) -> Any:
    """What `encode` was given. Raises KeyError, TypeError or ValueError for what it never makes."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if MEDIA in value:
            return decode_media(value)
        if PAIRS in value:
            return {key: decode(item) for key, item in value[PAIRS]}
        return {key: decode(item) for key, item in value.items()}
    return value


def encode_media(media: Media) -> dict[str, Any]:
    """``{"$media": {path, content_type, width, height, seconds, role}}``."""
    return {
        MEDIA: {
            "path": str(media.path),
            "content_type": media.content_type,
            "width": media.width,
            "height": media.height,
            "seconds": media.seconds,
            "role": media.role,
        }
    }


def decode_media(value: Mapping[str, Any]) -> Media:
    """The `Media` that `encode_media` wrote."""
    entry = value[MEDIA]
    return Media(
        Path(entry["path"]),
        entry["content_type"],
        entry.get("width"),
        entry.get("height"),
        entry.get("seconds"),
        entry.get("role", ""),
    )


def as_json(value: Any) -> Any:
    """For ``json.dumps(default=…)``: a `Media` or path met on the way."""
    if isinstance(value, Media):
        return encode_media(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot travel to or from a child process")
