"""How large a picture or a clip comes out: the models' own tables of resolution × aspect ratio."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from providers.catalog import NodeType
from providers.errors import InvalidInput

Size = tuple[int, int]

MOST_PIXELS = 64_000_000
DEFAULT: Size = (1024, 1024)
CLIP_LONG_SIDE = 640

# Landscape halves only; portrait ratios are the same turned round.
_GEMINI_3: dict[str, Size] = {
    "1:1": (1024, 1024), "3:2": (1264, 848), "4:3": (1200, 896), "5:4": (1152, 928), "16:9": (1376, 768),
    "21:9": (1584, 672), "4:1": (2048, 512), "8:1": (3072, 384),
}  # fmt: skip
_GEMINI_2_5: dict[str, Size] = {
    "1:1": (1024, 1024), "3:2": (1248, 832), "4:3": (1184, 864), "5:4": (1152, 896), "16:9": (1344, 768),
    "21:9": (1536, 672),
}  # fmt: skip
_MIDJOURNEY: dict[str, Size] = {
    "1:1": (1024, 1024), "4:3": (1232, 928), "3:2": (1344, 896), "16:9": (1456, 816), "21:9": (1680, 720),
}  # fmt: skip
_SEEDREAM: dict[str, Size] = {
    "1:1": (2048, 2048), "4:3": (2304, 1728), "16:9": (2560, 1440),
    "auto_2K": (2048, 2048), "auto_3K": (3072, 3072), "auto_4K": (4096, 4096),
}  # fmt: skip
#: fal's named sizes: square_hd, landscape_4_3, landscape_16_9.
_PRESETS: dict[str, Size] = {"1:1": (1024, 1024), "4:3": (1024, 768), "16:9": (1024, 576)}

_TABLES: dict[str, dict[str, Size]] = {
    "generate:nano_banana": _GEMINI_2_5,
    "edit:nano_banana_edit": _GEMINI_2_5,
    "generate:midjourney": _MIDJOURNEY,
    "generate:seedream_4_5": _SEEDREAM,
    "generate:seedream_5_lite": _SEEDREAM,
    "edit:seedream_4_5_edit": _SEEDREAM,
}
#: These take any ratio and keep the number of pixels instead.
_AREAS = {"generate:flux_pro_v1_1_ultra": 2048 * 2048, "edit:flux_kontext_pro": 1024 * 1024}
_FACTORS = {"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0}


def image_size(kind: NodeType, params: Mapping[str, Any], picture: Size | None) -> Size:
    """Width and height in pixels of what ``kind`` makes; ``picture`` is the size of the first one wired in.

    Raises InvalidInput when the result would be larger than any picture may be.
    """
    size = _image_size(kind, params, picture)
    if size[0] * size[1] > MOST_PIXELS:
        raise InvalidInput(
            f"The picture would be {size[0]} × {size[1]} pixels; the limit is {MOST_PIXELS // 10**6}"
            " megapixels. Choose a smaller size or factor."
        )
    return size


def _image_size(kind: NodeType, params: Mapping[str, Any], picture: Size | None) -> Size:
    rule = kind.spec["sandbox"]
    asked: list[str] = rule.get("size_from", [])
    if kind.category == "upscale":
        return _upscaled(rule, params, picture or DEFAULT)
    if "size" in rule:
        return picture or DEFAULT
    if "width" in asked:
        return int(params.get("width") or 512), int(params.get("height") or 512)
    if "size" in asked:
        return _written(kind, params, picture)
    if "aspect_ratio" in asked:
        return _from_ratio(kind, params, picture)
    return DEFAULT


def _from_ratio(kind: NodeType, params: Mapping[str, Any], picture: Size | None) -> Size:
    table = _TABLES.get(kind.name) or (_GEMINI_3 if kind.param("resolution") else _PRESETS)
    ratio = str(params.get("aspect_ratio") or "auto")
    if ratio == "auto":
        param = kind.param("aspect_ratio")
        ratio = _nearest([value for value in (param.values if param else ()) if ":" in value], picture)
    if kind.name in _AREAS:
        return _of_area(ratio, _AREAS[kind.name])
    wide = table.get(ratio)
    if wide is None and ":" in ratio:
        turned = table.get(":".join(reversed(ratio.split(":"))))
        wide = (turned[1], turned[0]) if turned else None
    size = wide or (_of_area(ratio, 1024 * 1024) if ":" in ratio else DEFAULT)
    factor = _FACTORS.get(str(params.get("resolution")), 1.0)
    return int(size[0] * factor), int(size[1] * factor)


def _written(kind: NodeType, params: Mapping[str, Any], picture: Size | None) -> Size:
    """Sizes written as "1536x1024"; auto takes the shape of the picture wired in."""
    text = str(params.get("size") or "auto")
    if text == "custom":
        text = str(params.get("custom_size") or "")
    if text == "auto":
        param = kind.param("size")
        sizes = [value for value in (param.values if param else ()) if re.fullmatch(r"\d+x\d+", value)]
        shapes = [value.replace("x", ":") for value in sizes]
        text = _nearest(shapes, picture, fallback="1024:1024").replace(":", "x")
    if not (found := re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)):
        raise InvalidInput(f"custom_size is {text!r}; write width and height as in 1536x1024.")
    return int(found[1]), int(found[2])


def _upscaled(rule: Mapping[str, Any], params: Mapping[str, Any], picture: Size) -> Size:
    width, height = picture
    if params.get("upscale_mode") == "target":
        short = int(str(params.get("target_resolution") or "1080p").rstrip("p"))
        factor = short / min(width, height)
    elif "size" in rule:
        factor = float(str(rule["size"]).split()[0])  # "4 x the input"
    else:
        factor = float(params.get(rule["size_from"][0]) or 2)
    return max(1, round(width * factor)), max(1, round(height * factor))


def clip_size(kind: NodeType, params: Mapping[str, Any], frame: Size | None) -> Size:
    """Width and height of a clip: the asked ratio, else the start frame's, else 16:9; even, 640 at most."""
    param = kind.param("aspect_ratio")
    ratio = str(params.get("aspect_ratio") or "auto") if param else "auto"
    if frame and (ratio == "auto" or "start frame" in str(param.spec.get("note", "") if param else "")):
        wide, high = frame
    else:
        wide, high = _parts(ratio if ":" in ratio else "16:9")
    scale = CLIP_LONG_SIDE / max(wide, high)
    return max(16, round(wide * scale / 2) * 2), max(16, round(high * scale / 2) * 2)


def _parts(ratio: str) -> Size:
    wide, _, high = ratio.partition(":")
    return int(wide), int(high)


def _nearest(ratios: Iterable[str], picture: Size | None, fallback: str = "1:1") -> str:
    if picture is None:
        return fallback
    shape = math.log(picture[0] / picture[1])

    def distance(ratio: str) -> float:
        wide, high = _parts(ratio)
        return abs(math.log(wide / high) - shape)

    return min(ratios, key=distance, default=fallback)


def _of_area(ratio: str, pixels: int) -> Size:
    wide, high = _parts(ratio)
    width = math.sqrt(pixels * wide / high)
    return round(width / 16) * 16, round(pixels / width / 16) * 16
