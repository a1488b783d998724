"""The rows of a table that somebody pasted: CSV, semicolons or tabs, first line = column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def read_rows(params: Mapping[str, Any]) -> list[Any]:
    """What an ``input:table`` node with these effective params gives, files aside.

    ``csv`` wins over ``rows``. Cells are texts without the blanks around them; a cell beyond the header is
    dropped, a missing one is "". Rows without a value in a required column are left out.
    """
    rows: Sequence[Any] = _from_csv(params["csv"]) if params["csv"].strip() else params["rows"]
    required = [str(column) for column in params["required_columns"]]
    kept = [row for row in rows if not required or _has(row, required)]
    limit = params["limit"] or 0
    return kept[:limit] if limit > 0 else kept


def read_lines(text: str) -> list[list[str]]:
    """The lines of a table as cells without the blanks around them; empty lines are left out. Raises csv.Error."""
    text = text.lstrip("\ufeff")
    header, _, _ = text.lstrip("\r\n").partition("\n")
    delimiter = max(",;\t", key=header.count)
    return [
        [cell.strip() for cell in line]
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if any(cell.strip() for cell in line)
    ]


def _from_csv(text: str) -> list[dict[str, str]]:
    lines = read_lines(text)
    if not lines:
        return []
    names, *rest = lines
    return [
        {name: line[at] if at < len(line) else "" for at, name in enumerate(names) if name} for line in rest
    ]


def _has(row: Any, required: Sequence[str]) -> bool:
    return isinstance(row, Mapping) and all(str(row.get(column) or "").strip() for column in required)
