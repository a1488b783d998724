"""Colours as the catalog writes them: #rgb, #rgba, #rrggbb or #rrggbbaa."""

from __future__ import annotations

from providers.errors import InvalidInput

Color = tuple[int, int, int, int]

_HEX = frozenset("0123456789abcdefABCDEF")


def parse_color(text: str, *, name: str = "Color") -> Color:
    """Red, green, blue and alpha, 0 to 255 each. Raises `InvalidInput`."""
    digits = text.strip().removeprefix("#")
    if not _HEX.issuperset(digits) or len(digits) not in (3, 4, 6, 8):
        raise InvalidInput(f"{name} is “{text[:40]}”; write a colour like #ff8800 or, half clear, #ff880080.")
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, alpha = bytes.fromhex(digits.ljust(8, "f"))
    return red, green, blue, alpha
