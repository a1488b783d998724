"""Tables and JSON sent as files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import sniff

_CONTROLS = frozenset(range(32)) - frozenset(b"\t\r\n") | {127}


def prepare_text(path: Path, scratch: Path) -> Media:
    """A checked copy of a CSV, TSV or JSON file, in UTF-8 without byte order mark. Raises `InvalidInput`."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"This file is not of a kind that is taken. Send {sniff.TAKEN}; tables and JSON in UTF-8."
        ) from None
    if _CONTROLS & set(content):
        raise InvalidInput(f"This file is not of a kind that is taken. Send {sniff.TAKEN}.")
    if not text.strip():
        raise InvalidInput("This file is empty.")
    kind = _kind_of(text)
    target = scratch / f"upload{kind.suffix}"
    target.write_bytes(text.encode())
    return Media(target, kind.content_type)


def _kind_of(text: str) -> sniff.FileType:
    if text.lstrip()[0] in "{[":
        _check_json(text)
        return sniff.JSON
    first_line = text.lstrip("\r\n").partition("\n")[0]
    kind = sniff.TSV if "\t" in first_line else sniff.CSV
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter="\t" if kind is sniff.TSV else ","):
            pass
    except csv.Error as problem:
        raise InvalidInput(f"This table cannot be read: {problem}. Save it anew as CSV.") from None
    return kind


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_not_json)
    except json.JSONDecodeError as problem:
        raise InvalidInput(f"This JSON file is not valid: {problem.msg} in line {problem.lineno}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("This JSON file is not valid: it is nested too deep or holds no number.") from None


def _not_json(name: str) -> None:
    raise ValueError(name)
