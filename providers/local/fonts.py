"""The fonts a text may be drawn in: a fixed list of names, found on the machine."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

from providers.errors import InvalidInput

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
#: Names of the catalog that Pillow's built-in sans-serif may stand in for. It knows Latin letters only.
_SANS = frozenset({"DejaVuSans", "DejaVuSans-Bold"})


def load_font(name: str, size: int) -> Font:
    """The font at ``size`` pixels. Raises `InvalidInput` when the machine has neither it nor a stand-in.

    ``name`` is a value of the catalog, never a path.
    """
    source = _font_file(name)
    if source is not None:
        return ImageFont.truetype(source, size)
    if name in _SANS:
        return ImageFont.load_default(size)
    raise InvalidInput(
        f"The font {name} is not installed on this server; choose DejaVuSans, "
        "or ask the operator to install it."
    )


@lru_cache(maxsize=32)
def _font_file(name: str) -> str | None:
    """Where the machine keeps the font; looking through its folders takes a while, so once per process."""
    try:
        path = ImageFont.truetype(f"{name}.ttf", 10).path
    except OSError:
        return None
    return path if isinstance(path, str) else None
