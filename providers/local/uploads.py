"""Files from outside made safe: told by their bytes, read whole, written anew without metadata.

Runs inside a child process only (`providers.local.child`, tasks ``upload`` and ``thumbnail``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import clips, sniff, tables
from providers.local.animations import frame_count, write_animation
from providers.local.pictures import JPEG_QUALITY, PNG_LEVEL, opened, picture_type, to_srgb, write
from providers.local.webp import is_lossless

THUMBNAIL_SIDE = 512
_THUMBNAIL_QUALITY = 80
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clean file, and a WEBP of at most 512 pixels a side where there is something to see."""

    media: Media
    thumbnail: Path | None


def prepare(path: Path, scratch: Path) -> Prepared:
    """Check a file somebody sent and write a clean copy and a thumbnail into ``scratch``.

    Pictures are turned upright, converted to sRGB and re-encoded in their format; videos and sounds are
    copied stream by stream into a new container. Raises `InvalidInput` with a sentence for what is not
    taken, damaged or too big.
    """
    with path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    if not head:
        raise InvalidInput("This file is empty.")
    kind = sniff.media_type(head)
    if kind is None:
        return Prepared(tables.prepare_text(path, scratch), None)
    if kind.kind == "image":
        return _prepare_picture(path, scratch, kind)
    clip = clips.prepare_clip(path, scratch, kind)
    return Prepared(clip.media, _thumbnail_of(clip.still, scratch))


def inspect(media: Media, scratch: Path) -> Prepared:
    """Measure a file and make a thumbnail, its bytes left as they are. Raises `InvalidInput`."""
    if media.kind == "image":
        with opened(media.path, picture_type(media)) as picture:
            picture.load()
            first = ImageOps.exif_transpose(picture)
        measured = replace(media, width=first.width, height=first.height)
        return Prepared(measured, _thumbnail_of(to_srgb(first), scratch))
    if media.kind in ("video", "audio"):
        with media.path.open("rb") as file:
            kind = sniff.media_type(file.read(sniff.HEAD_BYTES))
        if kind is None or kind.kind not in ("video", "audio"):
            raise InvalidInput(f"This file is not {media.content_type}.")
        clip = clips.read_clip(media.path, kind)
        measured = replace(
            media, width=clip.media.width, height=clip.media.height, seconds=clip.media.seconds
        )
        return Prepared(measured, _thumbnail_of(clip.still, scratch))
    return Prepared(media, None)


def _prepare_picture(path: Path, scratch: Path, kind: sniff.FileType) -> Prepared:
    target = scratch / f"upload{kind.suffix}"
    with opened(path, kind) as picture:
        animated = kind in (sniff.GIF, sniff.WEBP) and frame_count(picture) > 1
        picture.seek(0)
        picture.load()
        options = _writing_options(picture, path, kind)
        first = to_srgb(ImageOps.exif_transpose(picture))
        thumbnail = _thumbnail_of(first, scratch)
        if animated:
            lossless = bool(options.get("lossless"))
            return Prepared(write_animation(picture, target, kind, lossless=lossless), thumbnail)
    if kind is sniff.JPEG and first.mode not in ("L", "RGB"):
        first = first.convert("RGB")
    if kind is sniff.PNG and first.mode not in _PNG_MODES:
        first = first.convert("RGBA")
    return Prepared(write(first, target, kind, **options), thumbnail)


def _writing_options(picture: Image.Image, path: Path, kind: sniff.FileType) -> dict[str, Any]:
    """How to write a picture again so that nothing is seen to be lost."""
    if kind is sniff.JPEG:
        sampling = JpegImagePlugin.get_sampling(picture) if hasattr(picture, "layer") else -1
        return {"quality": JPEG_QUALITY, "subsampling": sampling if sampling in (0, 1) else 2}
    if kind is sniff.PNG:
        return {"compress_level": PNG_LEVEL}
    if kind is sniff.WEBP and is_lossless(path):
        return {"lossless": True, "exact": True, "quality": 60}  # quality: how hard to try, not how good
    if kind is sniff.AVIF:
        return {"quality": 90, "speed": 8}
    return {} if kind is sniff.GIF else {"quality": JPEG_QUALITY}


def _thumbnail_of(picture: Image.Image | None, scratch: Path) -> Path | None:
    if picture is None:
        return None
    small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return write(small, scratch / "thumbnail.webp", sniff.WEBP, quality=_THUMBNAIL_QUALITY, method=2).path
