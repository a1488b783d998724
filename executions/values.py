"""How a value of one type becomes a value of another on its way along a wire.

The table of what is allowed is the catalog's ``handle_compat``; lint has refused the rest before a run.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from providers.catalog import Param
from providers.errors import InvalidInput
from workflows.values import Misfit, fit

MEDIA_KINDS = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio"}
_FENCE = re.compile(r"\A\s*```[a-zA-Z0-9]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_STORED = re.compile(r"/media/[A-Za-z0-9_-]+\.[a-z0-9]{2,5}")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0", ""})


class BadValue(InvalidInput):
    """A value arrived that does not fit where its wire leads."""

    code = "bad_value"


def is_medium(value: Any) -> bool:
    """Is this a stored picture, clip, sound or file: a whole asset reference, as `Asset.as_value` writes it?

    JSON that somebody made up and that only resembles one is JSON like any other.
    """
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("assetId"), str)
        and isinstance(value.get("contentType"), str)
        and _is_stored_name(value.get("url"))
        and (value.get("thumbnailUrl") is None or _is_stored_name(value.get("thumbnailUrl")))
    )


def _is_stored_name(url: Any) -> bool:
    return isinstance(url, str) and _STORED.fullmatch(url) is not None


def is_address(value: Any) -> bool:
    """Is this the http(s) address of something, to be fetched?"""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def convert(value: Any, to: str, where: str) -> Any:
    """``value`` as type ``to`` (TEXT, NUMBER …); ``where`` names the input for the error's sentence."""
    if to == "ANY":
        return value
    if to in MEDIA_KINDS:
        return _medium(value, to, where)
    if to == "FILE":
        if is_medium(value) or is_address(value):
            return value
        raise BadValue(f"{where} needs a file, but got {_say(value)}.")
    if is_medium(value):
        raise BadValue(f"{where} needs {to}, but got a file of type {value.get('contentType')}.")
    if to == "TEXT":
        return as_text(value)
    if to == "NUMBER":
        return _number(value, where)
    if to == "BOOLEAN":
        return _boolean(value, where)
    return _json(value, where)


def as_text(value: Any) -> str:
    """12.0 becomes 12, booleans true or false, a text stays as it is, anything else compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _say(value: Any) -> str:
    text = as_text(value)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _medium(value: Any, to: str, where: str) -> Any:
    if is_medium(value):
        kind = str(value.get("contentType", "")).partition("/")[0]
        if kind == MEDIA_KINDS[to]:
            return value
        raise BadValue(f"{where} needs {to}, but got a file of type {value.get('contentType')}.")
    if is_address(value):
        return value
    raise BadValue(f"{where} needs {to}, but got {_say(value)}.")


def _number(value: Any, where: str) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    try:
        number = float(value.strip()) if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        raise BadValue(f"{where} needs a number, but got {_say(value)}.") from None
    if not math.isfinite(number):
        raise BadValue(f"{where} needs a finite number, but got {_say(value)}.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _boolean(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(f"{where} needs true or false, but got {_say(value)}.")


def _json(value: Any, where: str) -> Any:
    if not isinstance(value, str):
        return value
    fenced = _FENCE.match(value)
    try:
        parsed = json.loads(fenced[1] if fenced else value, parse_constant=_refuse)
        # a lone surrogate is written as \ud800 and is no text that could be stored or sent
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise BadValue(f"{where} needs JSON, but got {_say(value)}.") from None
    return parsed


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON.")


def fit_param(param: Param, value: Any, where: str) -> Any:
    """A wired value as this parameter takes it, with its choices and bounds checked."""
    try:
        return fit(param, convert(value, param.port_type, where))
    except Misfit as misfit:
        raise BadValue(f"{where} {misfit.reason}.") from misfit
