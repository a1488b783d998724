"""The rows of a table that somebody pasted: CSV, semicolons or tabs, first line = column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` run; ``left_out`` are the numbers (from 1) of rows without a value in a required column."""

    rows: tuple[Any, ...]
    left_out: tuple[int, ...] = ()


def read_table(params: Mapping[str, Any]) -> Table:
    """What an ``input:table`` node with these effective params gives, files aside.

    ``csv`` wins over ``rows``. Cells are texts without the blanks around them; a cell beyond the header is
    dropped, a missing one is "".
    """
    rows: Sequence[Any] = _from_csv(params["csv"]) if params["csv"].strip() else params["rows"]
    required = [str(column) for column in params["required_columns"]]
    kept = [number for number, row in enumerate(rows, 1) if not required or _has(row, required)]
    left_out = sorted(set(range(1, len(rows) + 1)) - set(kept))
    limit = params["limit"] or 0
    kept = kept[:limit] if limit > 0 else kept
    return Table(tuple(rows[number - 1] for number in kept), tuple(left_out))


def _from_csv(text: str) -> list[dict[str, str]]:
    text = text.lstrip("\ufeff")
    header, _, _ = text.lstrip("\r\n").partition("\n")
    delimiter = max(",;\t", key=header.count)
    lines = [
        [cell.strip() for cell in line]
        for line in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
        if any(cell.strip() for cell in line)
    ]
    if not lines:
        return []
    names, *rest = lines
    return [
        {name: line[at] if at < len(line) else "" for at, name in enumerate(names) if name} for line in rest
    ]


def _has(row: Any, required: Sequence[str]) -> bool:
    return isinstance(row, Mapping) and all(str(row.get(column) or "").strip() for column in required)
