"""Pictures read from files and written to files.

A picture in memory is upright, 8 bit, sRGB and of mode RGB or RGBA; a mask has mode L.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from providers.base import Media, Request
from providers.errors import InvalidInput
from providers.local import limits, sniff
from providers.local.webp import webp_size

#: All that Pillow's readers raise on damaged files.
PICTURE_FAULTS = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, RuntimeError,
    struct.error, zlib.error, UnidentifiedImageError, Image.DecompressionBombError,
)  # fmt: skip
JPEG_QUALITY = 95
PNG_LEVEL = 4

# Our own limit is lower, and it is compared with the size in the header before any pixel is read.
Image.MAX_IMAGE_PIXELS = None


@contextmanager
def opened(path: Path, kind: sniff.FileType) -> Iterator[Image.Image]:
    """The picture in a file, its size checked, its pixels not read yet.

    Raises `InvalidInput` when the file is damaged and `TooLarge` when it is too big; so do reads inside.
    """
    try:
        if kind is sniff.WEBP:
            limits.check_picture(*webp_size(path))
        with Image.open(path, formats=[kind.reader]) as picture:
            limits.check_picture(*picture.size)
            yield picture
    except MemoryError:
        raise limits.TooLarge(
            "This picture needs more memory than a step may use. Make it smaller."
        ) from None
    except PICTURE_FAULTS:
        name = "JPEG" if kind is sniff.JPEG else kind.reader
        raise InvalidInput(f"This {name} picture is damaged and cannot be read. Save it anew.") from None


def open_picture(media: Media, *, upright: bool = True) -> Image.Image:
    """The first frame, mode RGB or RGBA. ``upright`` applies the orientation a camera noted."""
    with opened(media.path, picture_type(media)) as picture:
        picture.load()
        return _with_or_without_alpha(to_srgb(ImageOps.exif_transpose(picture) if upright else picture))


def open_mask(media: Media) -> Image.Image:
    """Mode L: white is the area meant. Clear parts of a picture count as black."""
    picture = open_picture(media)
    if picture.mode == "RGBA":
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    return picture.convert("L")


def picture_type(media: Media) -> sniff.FileType:
    """What the bytes are; the content type is asked only for TIFF and BMP, which our own nodes make."""
    if media.kind != "image":
        raise InvalidInput(f"A picture is needed here, not {media.content_type}.")
    if media.content_type in (sniff.TIFF.content_type, sniff.BMP.content_type):
        return sniff.TIFF if media.content_type == sniff.TIFF.content_type else sniff.BMP
    with media.path.open("rb") as file:
        found = sniff.media_type(file.read(sniff.HEAD_BYTES))
    if found is None or found.kind != "image":
        raise InvalidInput("This file is not a picture.")
    return found


def image_input(request: Request, port: str) -> Media:
    """The picture wired to ``port``. Raises `InvalidInput` when there is none."""
    value = request.inputs.get(port)
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Media):
        raise InvalidInput(f"No picture arrived at {port.replace('_', ' ')}.")
    return value


def save_picture(
    picture: Image.Image, request: Request, *, like: Media | None = None, name: str = "image"
) -> Media:
    """Write a result into the request's folder, without any metadata.

    JPEG when ``like`` is one and nothing is clear, else PNG. An alpha channel without a clear pixel is
    dropped.
    """
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    as_jpeg = like is not None and like.content_type == sniff.JPEG.content_type and picture.mode == "RGB"
    kind = sniff.JPEG if as_jpeg else sniff.PNG
    options: dict[str, Any] = {"compress_level": PNG_LEVEL}
    if as_jpeg:
        options = {"quality": JPEG_QUALITY, "subsampling": 0}
    return write(picture, request.scratch / f"{name}{kind.suffix}", kind, **options)


def save_mask(mask: Image.Image, request: Request) -> Media:
    """Write a mask, mode L, as PNG."""
    return write(
        mask.convert("L"), request.scratch / "mask.png", sniff.PNG, role="mask", compress_level=PNG_LEVEL
    )


def write(picture: Image.Image, path: Path, kind: sniff.FileType, *, role: str = "", **options: Any) -> Media:
    """Write a picture in the format ``kind``. Raises `InvalidInput` when the format cannot hold it."""
    bare(picture)
    try:
        picture.save(path, kind.reader, **options)
    except (OSError, ValueError) as problem:
        raise InvalidInput(
            f"A picture of {picture.width} × {picture.height} pixels cannot be written as {kind.reader}."
        ) from problem
    return Media(path, kind.content_type, picture.width, picture.height, role=role)


def bare(picture: Image.Image) -> None:
    """Forget all that a writer might copy into the file: texts, places, profiles."""
    for key in picture.info.keys() - {"transparency"}:
        del picture.info[key]


def to_srgb(picture: Image.Image) -> Image.Image:
    """The colours as sRGB, 8 bit. A profile that cannot be read is left aside."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _eight_bits(picture)
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = "RGBA" if picture.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode=target
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB") if picture.mode in ("CMYK", "YCbCr", "LAB", "HSV") else picture


def has_alpha(picture: Image.Image) -> bool:
    """Whether the picture can have clear parts."""
    return picture.has_transparency_data


def _with_or_without_alpha(picture: Image.Image) -> Image.Image:
    mode = "RGBA" if has_alpha(picture) else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Greys of 16 bit in 8. Pillow's own conversion cuts all above 255 off."""
    if picture.mode == "F":
        return picture.convert("L")
    return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
