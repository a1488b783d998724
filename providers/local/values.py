"""Values as they travel on wires, read as text, as numbers and as yes or no."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import re2

from providers.base import Media
from providers.errors import InvalidInput

_NUMBER = re2.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?")
#: As in the bodies of requests: deeper data overflows the stack of whoever reads it next.
MAX_DEPTH = 32
MAX_DIGITS = 20
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_TRUE = frozenset({"", "false", "no", "off", "0"})


def is_asset(value: Any) -> bool:
    """Whether a value is a medium in its stored form, a dict with the address of a file."""
    return isinstance(value, Mapping) and "assetId" in value and "url" in value


def text_of(value: Any) -> str:
    """A value as text: 12.0 is ``12``, yes is ``true``, a medium its address, data compact JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Media):
        return value.path.name
    if is_asset(value):
        return str(value["url"])
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def check_storable(value: Any, *, what: str) -> None:
    """Refuse data that no database keeps or no page shows: JSON of a text may hold it. Raises `InvalidInput`."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str):
            bad = _UNSTORABLE.search(one) is not None
        elif isinstance(one, Mapping | list | tuple):
            if depth == MAX_DEPTH:
                raise InvalidInput(f"{what} is nested too deep: {MAX_DEPTH} levels are allowed.")
            items = [*one.keys(), *one.values()] if isinstance(one, Mapping) else one
            waiting.extend((item, depth + 1) for item in items)
            continue
        elif isinstance(one, float):
            bad = not math.isfinite(one)
        else:
            bad = isinstance(one, int) and abs(one) >= 10**MAX_DIGITS
        if bad:
            raise InvalidInput(
                f"{what} holds a NUL, half of a letter, or a number of more than {MAX_DIGITS} digits; leave it out."
            )


def number_of(value: Any) -> Decimal | None:
    """A value as an exact number, or None when it is not one. The whole text must be a number."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    if isinstance(value, str):
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    return None


def is_empty(value: Any) -> bool:
    """Nothing, a text of blanks, or a list or object without entries."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | tuple | Mapping) and not value


def is_truthy(value: Any) -> bool:
    """All but nothing, empty text or list, 0, and the texts false, no, off, 0."""
    if is_empty(value) or value is False:
        return False
    if isinstance(value, str):
        return value.strip().casefold() not in _NOT_TRUE
    return not (isinstance(value, int | float) and value == 0)
