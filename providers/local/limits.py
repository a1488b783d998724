"""How much a step on this machine may hold, checked before anything is made."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from providers.errors import InvalidInput, TooManyItems

PICTURE_PIXELS = 64_000_000
#: Width or height of one picture. A very long, very narrow one passes the pixel limit and still takes
#: ten times the memory, because each row costs a pointer.
PICTURE_SIDE = 65_535
HELD_PIXELS = 256_000_000
TEXT_BYTES = 1_000_000
LIST_ITEMS = 500
ARCHIVE_BYTES = 1_000_000_000
FILM_SECONDS = 900
#: Pixels of all frames of a film together: three minutes of 1920 × 1080 at 30 frames a second, and as much of work.
FILM_PIXELS = 12_000_000_000
FILM_SIDE = 16_384  # the encoder takes no more
SOUND_SECONDS = 3600


class TooLarge(InvalidInput):
    """The result, or what is needed to make it, is bigger than a step may hold."""

    code = "too_large"


def megapixels(pixels: int) -> str:
    """``64``, ``12.2``: a number of pixels in millions, as people write it."""
    millions = pixels / 1_000_000
    return f"{millions:.0f}" if millions >= 100 or millions == int(millions) else f"{millions:.1f}"


def check_picture(width: int, height: int, *, what: str = "This picture") -> None:
    """Refuse a picture that is bigger than one picture may be. Raises `TooLarge`."""
    if width * height > PICTURE_PIXELS:
        raise TooLarge(
            f"{what} has {megapixels(width * height)} megapixels; "
            f"the limit is {megapixels(PICTURE_PIXELS)}. Make it smaller and try again."
        )
    if max(width, height) > PICTURE_SIDE:
        raise TooLarge(
            f"{what} is {width} × {height} pixels; no side may be longer than {PICTURE_SIDE}. "
            "Make it smaller and try again."
        )


def check_result(width: int, height: int) -> None:
    """Refuse a result that is too big, before it is made. Raises `TooLarge`."""
    check_picture(width, height, what=f"The result of {width} × {height} pixels")


def check_held(*sizes: tuple[int, int]) -> None:
    """Refuse a step that would hold too many pixels at once. Raises `TooLarge`."""
    pixels = sum(width * height for width, height in sizes)
    if pixels > HELD_PIXELS:
        raise TooLarge(
            f"This step would hold {megapixels(pixels)} megapixels at once; "
            f"the limit is {megapixels(HELD_PIXELS)}. Use smaller or fewer pictures."
        )


def check_film(seconds: float, frames: int, size: tuple[int, int], *, cure: str) -> None:
    """Refuse a film that is too long or too much work, before it is made. Raises `TooLarge`.

    ``cure`` names the parameters that make it smaller, as in "Lower Fps".
    """
    if seconds > FILM_SECONDS:
        raise TooLarge(f"The video would be {seconds:,.1f} s long; the limit is {FILM_SECONDS} s. {cure}.")
    if max(size) > FILM_SIDE:
        raise TooLarge(
            f"The video would be {size[0]} × {size[1]} pixels; no side may be longer than {FILM_SIDE}. {cure}."
        )
    if frames * size[0] * size[1] > FILM_PIXELS:
        raise TooLarge(
            f"The video would have {frames:,} frames of {size[0]} × {size[1]} pixels, "
            f"{frames * size[0] * size[1] / 1e6:,.0f} megapixels in all; the limit is {FILM_PIXELS / 1e6:,.0f}. {cure}."
        )


def check_sound(seconds: float, *, cure: str) -> None:
    """Refuse a sound that is too long, before it is made. Raises `TooLarge`."""
    if seconds > SOUND_SECONDS:
        raise TooLarge(f"The sound would be {seconds:,.0f} s long; the limit is {SOUND_SECONDS:,} s. {cure}.")


def check_text_bytes(size: int) -> None:
    """Refuse a text of ``size`` bytes of UTF-8 when that is too many. Raises `TooLarge`."""
    if size > TEXT_BYTES:
        raise TooLarge(
            f"The text would be {size:,} bytes long; the limit is {TEXT_BYTES:,}. "
            "Shorten what goes into this node."
        )


def join_within_limit(separator: str, pieces: list[str]) -> str:
    """``separator.join(pieces)``, measured first. Raises `TooLarge`."""
    sizes = sum(byte_length(piece) for piece in pieces)
    check_text_bytes(sizes + byte_length(separator) * max(0, len(pieces) - 1))
    return separator.join(pieces)


def check_items(items: Sized | int, *, limit: int = LIST_ITEMS, what: str = "The list") -> None:
    """Refuse a list that is too long. Raises `TooManyItems`."""
    count = items if isinstance(items, int) else len(items)
    if count > limit:
        raise TooManyItems(f"{what} has {count} items; the limit is {limit}. Use fewer.")


def byte_length(text: str) -> int:
    """Bytes of the UTF-8 form."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def as_list(value: Any) -> list[Any]:
    """What a port that takes a list got: nothing, one item or a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
