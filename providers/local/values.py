"""Values as they travel on wires, read as text, as numbers and as yes or no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import re2

from providers.base import Media

_NUMBER = re2.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?")
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
