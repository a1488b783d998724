"""The cells of a workbook as a spreadsheet saves it (.xlsx), as texts that inputs take.

A workbook is a ZIP of XML: what it holds is weighed before anything is unpacked, and it is opened in a child process
alone, whose memory and time are bounded.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

#: So many bytes and files in it, unpacked: a thousand rows of long texts are a tenth of it.
MOST_BYTES, MOST_FILES = 40_000_000, 1_000
MOST_LINES, MOST_LETTERS = 10_000, 1_000_000
#: One more than a table may have, so that one that has more is told so and not cut.
MOST_COLUMNS = 201
#: What is read of a cell of a table that was pasted; spreadsheets save 32,767.
MOST_IN_CELL = 131_072


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of the first sheet that is shown; or a ``problem`` with it: "large", "kind" or "empty", or with one
    ``cell``: "long", or "error" with what stands there."""

    lines: list[list[str]] = field(default_factory=list)
    problem: str = ""
    cell: str = ""
    value: str = ""


def read(path: Path) -> Sheet:
    """Raises whatever a broken file makes the libraries raise: it is no workbook then."""
    with zipfile.ZipFile(path) as whole:
        parts = whole.infolist()
        # No more is ever unpacked of a part than it says here.
        if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > MOST_BYTES:
            return Sheet(problem="large")
        if "xl/workbook.xml" not in whole.namelist():
            return Sheet(problem="kind")
    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            return Sheet(problem="empty")
        sheets[0].reset_dimensions()  # what it says of its size need not be so
        return _cells_of(sheets[0].iter_rows(max_row=MOST_LINES + 1, max_col=MOST_COLUMNS))
    finally:
        book.close()


def _cells_of(rows: Iterable[Iterable[Any]]) -> Sheet:
    lines: list[list[str]] = []
    letters = 0
    for number, row in enumerate(rows, start=1):
        line: list[str] = []
        for cell in row:
            if cell.value is not None and cell.data_type == "e":
                return Sheet(problem="error", cell=cell.coordinate, value=str(cell.value))
            line.append(_text_of(cell.value))
            if len(line[-1]) > MOST_IN_CELL:
                return Sheet(problem="long", cell=cell.coordinate)
        while line and not line[-1].strip():
            line.pop()
        letters += sum(map(len, line))
        if letters > MOST_LETTERS or (line and number > MOST_LINES):
            return Sheet(problem="large")
        lines.append(line)
    while lines and not lines[-1]:
        lines.pop()
    return Sheet(lines) if lines else Sheet(problem="empty")


def _text_of(value: Any) -> str:
    """A value as an input takes it, and not as its cell is formatted: a tick is ``yes`` or ``no``, also where a text is
    wanted; 50 % is ``0.5``; a number has the 15 digits that spreadsheets keep, a moment the spelling of ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            # Files write a carriage return as _x000D_, and openpyxl leaves that standing.
            return str(value).replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n")
