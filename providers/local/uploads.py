"""Files from outside made safe: told by their bytes, read whole, written anew without metadata.

Runs inside a child process only (`providers.local.child`, tasks ``upload`` and ``thumbnail``).
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import clips, processor, provenance, sniff, tables
from providers.local.animations import frame_count, write_animation
from providers.local.pictures import JPEG_QUALITY, PNG_LEVEL, opened, picture_type, to_srgb, write
from providers.local.webp import is_lossless

THUMBNAIL_SIDE, SMALL_SIDE, BLUR_SIDE = 512, 256, 16
_THUMBNAIL_QUALITY, _BLUR_QUALITY = 80, 30
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clean file, and where there is something to see WEBPs of at most 512 and 256 pixels a side.

    ``blur`` is a WEBP of 16 pixels a side in base64; ``made_by`` the ids that the file came with, see `provenance`.
    """

    media: Media
    thumbnail: Path | None = None
    small: Path | None = None
    blur: str = ""
    made_by: provenance.MadeBy | None = None


def prepare(path: Path, scratch: Path, *, reading: int | None = None) -> Prepared:
    """Check a file somebody sent and write a clean copy and a thumbnail into ``scratch``.

    Pictures are turned upright, converted to sRGB and re-encoded in their format; videos and sounds are
    copied stream by stream into a new container. Raises `InvalidInput` with a sentence for what is not
    taken, damaged or too big. ``reading`` is how many seconds of the processor it may take to read a picture:
    beyond them the process ends. Writing it again needs no such limit, as its size and frames have theirs.
    """
    with path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    if not head:
        raise InvalidInput("This file is empty.")
    kind = sniff.media_type(head)
    if kind is None:
        return Prepared(tables.prepare_text(path, scratch))
    if kind.kind == "image":
        return _prepare_picture(path, scratch, kind, reading)
    clip = clips.prepare_clip(path, scratch, kind)
    return _shown(clip.media, clip.still, scratch)


def inspect(media: Media, scratch: Path, *, reading: int | None = None) -> Prepared:
    """Measure a file and make a thumbnail, its bytes left as they are; see `prepare`. Raises `InvalidInput`."""
    if media.kind == "image":
        with processor.at_most(reading), opened(media.path, picture_type(media)) as picture:
            picture.load()
            first = to_srgb(ImageOps.exif_transpose(picture))
        measured = replace(media, width=first.width, height=first.height)
        return _shown(measured, first, scratch)
    if media.kind in ("video", "audio"):
        with media.path.open("rb") as file:
            kind = sniff.media_type(file.read(sniff.HEAD_BYTES))
        if kind is None or kind.kind not in ("video", "audio"):
            raise InvalidInput(f"This file is not {media.content_type}.")
        clip = clips.read_clip(media.path, kind)
        measured = replace(
            media, width=clip.media.width, height=clip.media.height, seconds=clip.media.seconds
        )
        return _shown(measured, clip.still, scratch)
    return Prepared(media)


def _prepare_picture(path: Path, scratch: Path, kind: sniff.FileType, reading: int | None) -> Prepared:
    target = scratch / f"upload{kind.suffix}"
    with opened(path, kind) as picture:
        with processor.at_most(reading):
            animated = kind in (sniff.GIF, sniff.WEBP) and frame_count(picture) > 1
            picture.seek(0)
            picture.load()
            made_by = provenance.read(picture.info)
            options = _writing_options(picture, path, kind)
            first = to_srgb(ImageOps.exif_transpose(picture))
        if animated:
            lossless = bool(options.get("lossless"))
            written = write_animation(picture, target, kind, lossless=lossless)
            return replace(_shown(written, first, scratch), made_by=made_by)
    if kind is sniff.JPEG and first.mode not in ("L", "RGB"):
        first = first.convert("RGB")
    if kind is sniff.PNG and first.mode not in _PNG_MODES:
        first = first.convert("RGBA")
    prepared = _shown(write(first, target, kind, **options), first, scratch)
    return replace(prepared, made_by=made_by)


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


def _shown(media: Media, picture: Image.Image | None, scratch: Path) -> Prepared:
    """The medium with what is shown of it; nothing where there is no picture."""
    if picture is None:
        return Prepared(media)
    shown = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    paths = {"thumbnail": scratch / "thumbnail.webp", "small": scratch / "small.webp"}
    for side, path in zip((THUMBNAIL_SIDE, SMALL_SIDE), paths.values(), strict=True):
        shown.thumbnail((side, side), Image.Resampling.LANCZOS)
        write(shown, path, sniff.WEBP, quality=_THUMBNAIL_QUALITY, method=2)
    shown.thumbnail((BLUR_SIDE, BLUR_SIDE), Image.Resampling.BOX)
    blur = io.BytesIO()
    shown.save(blur, "WEBP", quality=_BLUR_QUALITY)
    encoded = base64.b64encode(blur.getvalue()).decode("ascii")
    return Prepared(media, paths["thumbnail"], paths["small"], encoded)
