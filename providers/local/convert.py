"""Pictures re-encoded, and what can be said about one."""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import ExifTags, Image, ImageOps

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local import sniff
from providers.local.colors import parse_color
from providers.local.limits import check_held
from providers.local.pictures import bare, has_alpha, image_input, open_picture, opened, picture_type, write

_FORMATS = {
    "png": sniff.PNG, "jpeg": sniff.JPEG, "webp": sniff.WEBP, "gif": sniff.GIF,
    "tiff": sniff.TIFF, "bmp": sniff.BMP, "avif": sniff.AVIF,
}  # fmt: skip
_LOSSY = frozenset({"jpeg", "webp", "avif"})
_WITHOUT_ALPHA = frozenset({"jpeg", "bmp"})
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6}, "jpeg": {"optimize": True}, "avif": {"speed": 8},
    "tiff": {"compression": "tiff_adobe_deflate"},
}  # fmt: skip
_FRAMES_COUNTED = 200


def image_convert(request: Request) -> dict[str, Value]:
    """``image`` in another format. Formats without alpha get ``flatten_color`` behind clear parts.

    ``quality`` counts for JPEG, WEBP and AVIF. Raises `InvalidInput` when ``max_bytes`` cannot be met.
    """
    params = request.params
    media = image_input(request, "image")
    picture = open_picture(media)
    check_held(picture.size, picture.size)
    name = params["format"]
    if picture.mode == "RGBA" and name in _WITHOUT_ALPHA:
        behind = Image.new("RGBA", picture.size, (*parse_color(params["flatten_color"])[:3], 255))
        picture = Image.alpha_composite(behind, picture).convert("RGB")
    bare(picture)
    options: dict[str, Any] = {} if params["strip_metadata"] else _metadata(request)
    if name in _LOSSY:
        options["quality"] = params["quality"]
    if params["max_bytes"]:
        options |= _quality_that_fits(picture, name, options, params["max_bytes"])
    kind = _FORMATS[name]
    result = write(
        picture, request.scratch / f"image{kind.suffix}", kind, role=media.role, **_lean(name, options)
    )
    return {"image": result}


def image_info(request: Request) -> dict[str, Value]:
    """``json`` with size, mode, format, frames and EXIF; ``width`` and ``height`` as shown."""
    media = image_input(request, "image")
    kind = picture_type(media)
    with opened(media.path, kind) as picture:
        exif = picture.getexif()
        size = picture.size[::-1] if exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8) else picture.size
        facts = {
            "width": size[0],
            "height": size[1],
            "aspectRatio": _ratio(*size),
            "megapixels": round(size[0] * size[1] / 1_000_000, 2),
            "mode": picture.mode,
            "format": kind.reader,
            "contentType": kind.content_type,
            "bytes": media.path.stat().st_size,
            "hasAlpha": has_alpha(picture),
            "frames": _frames(picture),
            "exif": _exif_texts(exif),
        }
    return {"json": facts, "width": size[0], "height": size[1]}


def _quality_that_fits(
    picture: Image.Image, name: str, options: dict[str, Any], max_bytes: int
) -> dict[str, Any]:
    """The highest quality up to the asked one whose file is no bigger than ``max_bytes``."""
    if _size(picture, name, options) <= max_bytes:
        return {}
    if name not in _LOSSY:
        raise InvalidInput(
            f"The picture does not fit into {max_bytes:,} bytes as {name}, which has no quality to lower. "
            "Choose jpeg, webp or avif, or make it smaller."
        )
    low, high = 0, options["quality"] - 1
    while low < high:
        middle = (low + high + 1) // 2
        fits = _size(picture, name, options | {"quality": middle}) <= max_bytes
        low, high = (middle, high) if fits else (low, middle - 1)
    if low == 0:
        raise InvalidInput(
            f"The picture does not fit into {max_bytes:,} bytes as {name}, even at the lowest quality. "
            "Make it smaller first."
        )
    return {"quality": low}


def _size(picture: Image.Image, name: str, options: dict[str, Any]) -> int:
    buffer = io.BytesIO()
    picture.save(buffer, _FORMATS[name].reader, **_lean(name, options))
    return buffer.tell()


def _lean(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options, with the format's own for good work in fair time."""
    return _OPTIONS.get(name, {}) | options


def _metadata(request: Request) -> dict[str, Any]:
    """EXIF without the orientation, which is applied already."""
    media = image_input(request, "image")
    with opened(media.path, picture_type(media)) as picture:
        exif = ImageOps.exif_transpose(picture).getexif()
        return {"exif": exif.tobytes()} if len(exif) else {}


def _frames(picture: Image.Image) -> int:
    """Frames of an animation, counted up to a limit: some formats have to read each."""
    for number in range(1, _FRAMES_COUNTED):
        try:
            picture.seek(number)
        except EOFError:
            return number
    return _FRAMES_COUNTED


def _ratio(width: int, height: int) -> str:
    divisor = math.gcd(width, height)
    return f"{width // divisor}:{height // divisor}"


def _exif_texts(exif: Image.Exif) -> dict[str, Any]:
    """The readable entries, by name; binary ones are left out."""
    entries = dict(exif) | exif.get_ifd(ExifTags.IFD.Exif)
    found: dict[str, Any] = {}
    for tag, value in sorted(entries.items()):
        name = ExifTags.TAGS.get(tag)
        if name is None or name.endswith(("Offset", "IFD")):
            continue
        if isinstance(value, str):
            found[name] = value.replace("\x00", "").strip()[:500]
        elif isinstance(value, int):
            found[name] = value
        elif not isinstance(value, bytes | tuple | dict):
            number = float(value)
            found[name] = number if math.isfinite(number) else None
    return found
