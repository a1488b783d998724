"""What files go through before they are kept. They are opened in a child process, never in this one."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from assets.children import pool
from providers.base import Media
from providers.errors import BadOutput, InvalidInput, ProviderError
from providers.local.wire import decode_media
from wireflow_ui.errors import WireflowError

UPLOAD_SECONDS = 60.0
THUMBNAIL_SECONDS = 30.0

#: A picture up to this size is its own thumbnail.
SMALL_PIXELS = 512
SMALL_BYTES = 128 * 1024

log = logging.getLogger("wireflow.assets")


class Unsuitable(WireflowError):
    """The file is not media we take, is broken, or is beyond a limit; the message says which."""

    code = "unsuitable_media"


_TAKES = {
    "image": "a picture: PNG, JPEG, WEBP, GIF or AVIF",
    "video": "a video: MP4, MOV or WEBM",
    "audio": "a sound: MP3, WAV, M4A or OGG",
    "data": "a table or data: CSV or JSON",
}


def expect_kind(content_type: str, kind: str) -> None:
    """Raise `Unsuitable` when ``kind`` is given and content of this type is of another."""
    found = content_type.partition("/")[0]
    if kind and found != kind and not (kind == "data" and found not in _TAKES):
        name = f"a file of type {content_type}" if found in _TAKES else "text"
        raise Unsuitable(f"By its content this is {name}. Choose {_TAKES[kind]}.")


def prepare(path: Path, folder: Path, *, kind: str = "") -> tuple[Media, Path | None]:
    """An upload as it may be kept, and its thumbnail; both in ``folder``. Raises `Unsuitable`.

    With ``kind`` only that kind is taken.

    No thumbnail (None) for sounds, data and pictures that are small.
    """
    try:
        media, thumbnail = _ask("upload", {"path": path, "scratch": folder}, UPLOAD_SECONDS)
    except InvalidInput as refused:
        raise Unsuitable(refused.message) from refused
    except ProviderError as failed:
        # The child ran out of time, or crashed: bombs do that, honest files don't.
        log.warning("Preparing an upload failed: %s (%s)", failed, failed.code)
        raise Unsuitable(
            "This file could not be opened in time. Save it smaller or in another format and try again."
        ) from failed
    expect_kind(media.content_type, kind)
    return media, None if _is_small(media) else thumbnail


def inspect(media: Media, folder: Path) -> tuple[Media, Path | None]:
    """A result measured anew, and its thumbnail, a WEBP of at most 512 pixels, in ``folder``.

    None as in `prepare`. Raises `BadOutput` when the file is not what it says. A child that died on it costs
    only the thumbnail.
    """
    if _is_small(media) or media.kind not in ("image", "video", "audio"):
        return media, None
    if media.kind == "audio" and media.seconds is not None:
        return media, None
    try:
        return _ask("thumbnail", {"media": media, "scratch": folder}, THUMBNAIL_SECONDS)
    except InvalidInput as refused:
        raise BadOutput(
            "The result cannot be opened as what it says it is.", detail=refused.message
        ) from refused
    except ProviderError as failed:
        log.warning("No thumbnail for a result: %s (%s)", failed, failed.code)
        return media, None


def _is_small(media: Media) -> bool:
    if media.kind != "image" or media.width is None or media.height is None:
        return False
    return max(media.width, media.height) <= SMALL_PIXELS and media.path.stat().st_size <= SMALL_BYTES


def _ask(task: str, payload: dict[str, Any], seconds: float) -> tuple[Media, Path | None]:
    answer = pool().call(task, payload, timeout=seconds)
    thumbnail = answer["thumbnail"]
    return decode_media(answer["media"]), Path(thumbnail) if thumbnail else None
