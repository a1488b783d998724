"""Pictures made small enough for a provider's call. Runs inside a child process only (`providers.local.child`)."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from providers.base import Media
from providers.local import sniff
from providers.local.pictures import PNG_LEVEL, open_mask, open_picture, write

#: A long side that every provider takes, and what a picture may weigh.
MOST_SIDE, MOST_BYTES = 4096, 7 * 1024 * 1024
_QUALITY = 90
#: How much smaller each next try is, and when there is no use in another one.
_STEP, _LEAST_SIDE = 0.8, 64


def is_too_large(media: Media, most_bytes: int) -> bool:
    """Must this be made smaller? A file that is no picture never is."""
    if media.kind != "image":
        return False
    return max(media.width or 0, media.height or 0) > MOST_SIDE or media.path.stat().st_size > most_bytes


def shrink(media: Media, target: Path, most_bytes: int) -> Media:
    """The picture with a long side of `MOST_SIDE` at most and so many bytes, written beside ``target``.

    A mask stays a mask, in PNG. Other pictures become JPEG, or WebP where parts of them are clear. The same picture
    gives the same bytes. Of an animation the first picture is left.
    """
    is_mask = media.role == "mask"
    picture = open_mask(media) if is_mask else open_picture(media)
    side = min(MOST_SIDE, max(picture.size))
    while True:
        made = _written(_within(picture, side), target, is_mask=is_mask)
        if made.path.stat().st_size <= most_bytes or side * _STEP < _LEAST_SIDE:
            return made
        side = int(side * _STEP)


def _within(picture: Image.Image, side: int) -> Image.Image:
    long = max(picture.size)
    if long <= side:
        return picture
    width, height = (max(1, round(one * side / long)) for one in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _written(picture: Image.Image, target: Path, *, is_mask: bool) -> Media:
    if is_mask:
        return write(picture, target.with_suffix(".png"), sniff.PNG, role="mask", compress_level=PNG_LEVEL)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        return write(picture, target.with_suffix(".webp"), sniff.WEBP, quality=_QUALITY, method=2)
    return write(
        picture.convert("RGB"), target.with_suffix(".jpg"), sniff.JPEG, quality=_QUALITY, subsampling=0
    )
