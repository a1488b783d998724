"""JSON bodies, checked before anything else sees them, and then by the shape that an address wants.

What Python's parser lets through and something later chokes on is refused here with a sentence: deep
nesting (which overflows the stack), NUL and lone surrogates (which PostgreSQL refuses, or SQLite keeps and no
page can show), numbers that are not finite or too long, keys given twice, and more keys or longer texts than
anyone needs.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import IO, Any, TypeAlias

from rest_framework import serializers
from rest_framework.parsers import BaseParser

from wireflow_ui.errors import WireflowError

MAX_DEPTH = 32
MAX_KEYS = 2_000
MAX_TEXT = 100_000
MAX_DIGITS = 20
#: Some editors and shells write it before everything; RFC 8259 lets a reader pass over it.
BYTE_ORDER_MARK = "\ufeff"

# A whole string, a quote that never ends, or a bracket. Possessive, and the lone quote ends the scan, so that
# no body makes it read anything twice.
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


#: The way from the root to a value: (way to its parent, key or index). Written out only for an error.
Trail: TypeAlias = "tuple[Trail, str | int] | None"


class BadBody(WireflowError):
    """The body is not JSON that we take."""

    code = "invalid_json"


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands in the parsed value where something cannot be taken, until the walk can say where that is."""

    reason: str


def parse_json(
    body: bytes,
    *,
    max_text: int = MAX_TEXT,
    max_depth: int = MAX_DEPTH,
    max_keys: int = MAX_KEYS,
    max_digits: int = MAX_DIGITS,
) -> Any:
    """The value of a JSON body; raises BadBody (400) with a sentence that says what is wrong and where."""
    try:
        text = body.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        raise BadBody(f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    check_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=partial(read_object, max_keys=max_keys),
            parse_int=partial(read_integer, max_digits=max_digits),
            parse_float=read_float,
            parse_constant=read_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadBody(f"The body is not valid JSON: {error.msg.removesuffix(' at')} at {where}.") from error
    check_values(value, max_text, max_keys)
    return value


def check_depth(text: str, max_depth: int = MAX_DEPTH) -> None:
    depth = 0
    for match in TOKEN.finditer(text):
        mark = match[0]
        if mark in ("[", "{"):
            depth += 1
            if depth > max_depth:
                raise BadBody(f"The body is nested too deep: {max_depth} levels are allowed.")
        elif mark in ("]", "}"):
            depth -= 1
        elif mark == '"':
            raise BadBody("The body is not valid JSON: a text has no closing quote.")


def read_object(pairs: list[tuple[str, Any]], *, max_keys: int) -> dict[str, Any] | Refused:
    if len(pairs) > max_keys:
        return Refused(f"has {len(pairs)} keys; {max_keys} are allowed")
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return Refused(f'has the key "{printable(twice)}" twice')


def read_integer(digits: str, *, max_digits: int) -> int | Refused:
    if len(digits.lstrip("-")) > max_digits:
        return Refused(f"is a number of more than {max_digits} digits; send it as a text")
    return int(digits)


def read_float(digits: str) -> float | Refused:
    number = float(digits)
    return number if math.isfinite(number) else Refused("is a number too large to be kept")


def read_constant(name: str) -> Refused:
    return Refused(f"is {name}, which JSON does not know")


def check_values(root: Any, max_text: int, max_keys: int = MAX_KEYS) -> None:
    """Look at every key and value, also of what was put together of several bodies; a stack of our own."""
    waiting: list[tuple[Any, Trail]] = [(root, None)]
    while waiting:
        value, trail = waiting.pop()
        if isinstance(value, str):
            check_text(value, trail, max_text)
        elif isinstance(value, dict):
            if len(value) > max_keys:
                raise BadBody(f"{place(trail)} has {len(value)} keys; {max_keys} are allowed.")
            for key, item in value.items():
                check_text(key, (trail, key), max_text)
                waiting.append((item, (trail, key)))
        elif isinstance(value, list):
            waiting.extend((item, (trail, index)) for index, item in enumerate(value))
        elif isinstance(value, Refused):
            raise BadBody(f"{place(trail)} {value.reason}.")


def check_text(text: str, trail: Trail, max_text: int) -> None:
    if len(text) > max_text:
        raise BadBody(f"{place(trail)} has {len(text):,} characters; {max_text:,} are allowed.")
    bad = UNSTORABLE.search(text)
    if bad:
        what = "a NUL character" if bad[0] == "\x00" else "half of a surrogate pair"
        raise BadBody(f"{place(trail)} holds {what}, which cannot be stored.")


def place(trail: Trail) -> str:
    """Where in the body, such as ``nodes[3].data.text``."""
    steps: list[str] = []
    while trail is not None:
        trail, step = trail
        steps.append(f"[{step}]" if isinstance(step, int) else f".{printable(step)}")
    return "".join(reversed(steps)).lstrip(".") or "The body"


def printable(text: str) -> str:
    """A key of the body, short and harmless enough for an error sentence."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text if len(text) <= 50 else f"{text[:50]}…")


class StrictJSONParser(BaseParser):
    """DRF's door to ``parse_json``: every body of the API is an object."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        value = parse_json(stream.read())
        if not isinstance(value, dict):
            raise BadBody("The body must be a JSON object.", code="invalid_body")
        return value


def validated(shape: type[serializers.Serializer[Any]], body: Any) -> dict[str, Any]:
    """The fields of a body or query by their inner names. Raises DRF's ValidationError, which is answered with 400."""
    return dict(_checker(shape).run_validation(body))


@cache
def _checker(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """One for all bodies: to copy the fields for each costs more than to look at what is in it."""
    return shape()
