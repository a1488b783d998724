"""Tables for spreadsheets, made line by line as they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence


def cell(text: str) -> str:
    """Text that a spreadsheet takes for text: nothing it begins with starts a formula."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def plain(text: str) -> str:
    """The text that `cell` was given."""
    return text[1:] if text[:1] == "'" and cell(text[1:]) == text else text


class Line:
    """What `csv.writer` writes to: the last line."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file; texts that people chose have gone through `cell`."""
    line = Line()
    writer = csv.writer(line)
    writer.writerow(columns)
    yield line.text
    for row in rows:
        writer.writerow(row)
        yield line.text
