"""Numbers, sizes and names as they stand in a file of ComfyUI, as far as our nodes take them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from workflows.comfyui.building import Builder, Size
from workflows.comfyui.reading import Source

#: Pixels: what our nodes take as a width or a height at most.
MOST_SIDE = 16_384


def stem(name: Any) -> str:
    """The name of a model's file without folders and ending."""
    return PurePosixPath(str(name or "").replace("\\", "/")).stem


def whole(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(value) if is_number and abs(value) < 2**63 else None


def number_in(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def within(builder: Builder, kind: str, name: str, value: float | None) -> float | None:
    """The value as far as our parameter goes."""
    param = builder.catalog[kind].param(name)
    if value is None or param is None:
        return None
    low = value if param.min is None else max(value, param.min)
    return low if param.max is None else min(low, param.max)


def size_in(builder: Builder, source: Source) -> Size | None:
    width, height = (whole(builder.input(source, name)) for name in ("width", "height"))
    if not width or not height or width < 0 or height < 0:
        return None
    return Size(min(width, MOST_SIDE), min(height, MOST_SIDE))


def times(size: Size, factor: float) -> Size:
    """The size so many times larger, as far as sizes go."""
    width, height = (round(min(max(1.0, side * factor), MOST_SIDE)) for side in size)
    return Size(width, height)
