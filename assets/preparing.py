"""What files go through before they are kept. They are opened in a child process, never in this one."""

from __future__ import annotations

import csv
import logging
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings

from assets.children import pool
from assets.models import LARGE_SIDE, SMALL_SIDE, kind_of
from providers.base import Media
from providers.errors import BadOutput, InvalidInput, ProviderError, Timeout
from providers.local import sniff
from providers.local.provenance import MadeBy
from providers.local.wire import decode_media
from wireflow_ui.errors import WireflowError

UPLOAD_SECONDS = 60.0
THUMBNAIL_SECONDS = 30.0

#: A picture up to this size is its own thumbnail.
SMALL_PIXELS = LARGE_SIDE
SMALL_BYTES = 128 * 1024

log = logging.getLogger("wireflow.assets")


class Unsuitable(WireflowError):
    """The file is not media we take, is broken, or is beyond a limit; the message says which."""

    code = "unsuitable_media"


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that may be kept: its thumbnails by their side in pixels (none where it is its own, or has nothing to
    show), its placeholder, and the ids of what it says made it."""

    media: Media
    thumbnails: dict[int, Path] = field(default_factory=dict)
    blur: str = ""
    made_by: MadeBy | None = None


_TAKES = {
    "image": "a picture: PNG, JPEG, WEBP, GIF or AVIF",
    "video": "a video: MP4, MOV or WEBM",
    "audio": "a sound: MP3, WAV, M4A or OGG",
    "data": "a table or data: CSV or JSON",
}


_MEDIA = {
    ".jpeg": "image/jpeg",
    **{known.suffix: known.content_type for known in sniff.KNOWN if kind_of(known.content_type) != "data"},
}


def expect_kind(content_type: str, kind: str) -> None:
    """Raise `Unsuitable` when ``kind`` is given and content of this type is of another."""
    found = kind_of(content_type)
    if kind and found != kind:
        name = f"a file of type {content_type}" if found != "data" else "text"
        raise Unsuitable(f"By its content this is {name}. Choose {_TAKES[kind]}.")


def _expect_as_named(content_type: str, filename: str) -> None:
    """Raise `Unsuitable` for a text that is named like a picture, a clip or a sound: somebody is mistaken about it."""
    named = _MEDIA.get(PurePath(filename).suffix.lower(), "")
    if not named or kind_of(content_type) != "data":
        return
    raise Unsuitable(
        f"By its name this is of type {named}, by its content it is text. Choose {_TAKES[kind_of(named)]}; "
        "or, if text is what you mean, name it .csv or .json."
    )


#: Endings of files that are never stored, whatever lies in them. Others are told by their bytes alone.
NEVER_STORED = frozenset(
    [
        ".exe",
        ".dll",
        ".msi",
        ".bat",
        ".cmd",
        ".com",
        ".scr",
        ".sh",
        ".ps1",
        ".jar",
        ".apk",
        ".dmg",
        ".iso",
        ".deb",
        ".rpm",
        ".so",
        ".zip",
        ".gz",
        ".tgz",
        ".bz2",
        ".xz",
        ".7z",
        ".rar",
        ".tar",
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
        ".odt",
        ".ods",
        ".rtf",
        ".htm",
        ".html",
        ".xml",
        ".svg",
        ".psd",
        ".tif",
        ".tiff",
        ".bmp",
        ".heic",
        ".heif",
        ".flac",
        ".mkv",
    ]
)
_TABLES = {".csv": "text/csv", ".tsv": "text/tab-separated-values"}


def _expect_a_table(media: Media, filename: str, declared: str) -> None:
    """Raise `Unsuitable` for a text that nobody calls a table and that is none: two columns at least, in every line."""
    delimiter = {"text/csv": ",", "text/tab-separated-values": "\t"}.get(media.content_type)
    is_called_so = PurePath(filename).suffix.lower() in _TABLES or declared in _TABLES.values()
    if delimiter is None or is_called_so:
        return
    with media.path.open(encoding="utf-8", newline="") as text:
        widths = {len(line) for line in csv.reader(text, delimiter=delimiter) if line}
    if len(widths) != 1 or widths == {1}:
        raise Unsuitable(
            f"This is a text, and not one that is taken. Send {sniff.TAKEN}; if it is a table, name it .csv."
        )


def prepare(path: Path, folder: Path, *, kind: str = "", filename: str = "", declared: str = "") -> Ready:
    """An upload as it may be kept, with its files in ``folder``; with ``kind`` only that kind.

    ``declared`` is the content type that its sender gave, which counts for tables alone. Raises `Unsuitable`, also for
    a text whose ``filename`` is one of media.
    """
    try:
        payload = {"path": path, "scratch": folder, "reading": settings.PICTURE_SECONDS}
        ready = _ask("upload", payload, UPLOAD_SECONDS)
    except InvalidInput as refused:
        raise Unsuitable(refused.message) from refused
    except Timeout as late:
        log.warning("Preparing an upload took too long: %s", late)
        raise Unsuitable(
            "This file takes longer to open than a file may. Save it smaller or in another format and try again."
        ) from late
    except ProviderError as failed:
        # The child crashed: bombs do that, honest files don't.
        log.warning("Preparing an upload failed: %s (%s)", failed, failed.code)
        raise Unsuitable(
            "This file could not be opened. Save it smaller or in another format and try again."
        ) from failed
    expect_kind(ready.media.content_type, kind)
    _expect_as_named(ready.media.content_type, filename)
    _expect_a_table(ready.media, filename, declared.partition(";")[0].strip().lower())
    return ready


def inspect(media: Media, folder: Path) -> Ready:
    """A result measured anew, its thumbnails in ``folder``.

    Raises `BadOutput` when the file is not what it says. A child that died on it costs only the thumbnails.
    """
    if _is_small(media) or media.kind not in ("image", "video", "audio"):
        return Ready(media)
    if media.kind == "audio" and media.seconds is not None:
        return Ready(media)
    try:
        payload = {"media": media, "scratch": folder, "reading": settings.PICTURE_SECONDS}
        return _ask("thumbnail", payload, THUMBNAIL_SECONDS)
    except InvalidInput as refused:
        raise BadOutput(
            "The result cannot be opened as what it says it is.", detail=refused.message
        ) from refused
    except ProviderError as failed:
        log.warning("No thumbnail for a result: %s (%s)", failed, failed.code)
        return Ready(media)


def _is_small(media: Media) -> bool:
    if media.kind != "image" or media.width is None or media.height is None:
        return False
    return max(media.width, media.height) <= SMALL_PIXELS and media.path.stat().st_size <= SMALL_BYTES


def _ask(task: str, payload: dict[str, Any], seconds: float) -> Ready:
    answer = pool().call(task, payload, timeout=seconds)
    media, made_by = decode_media(answer["media"]), answer["made_by"]
    thumbnails = {}
    if answer["thumbnail"] and not _is_small(media):
        thumbnails = {LARGE_SIDE: Path(answer["thumbnail"]), SMALL_SIDE: Path(answer["small"])}
    return Ready(media, thumbnails, answer["blur"], MadeBy(**made_by) if made_by else None)
