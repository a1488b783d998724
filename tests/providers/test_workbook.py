"""The first sheet of a workbook as texts; whatever is not one, or is too much, is refused before it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from providers.errors import ServerFault
from providers.local import workbook
from providers.local.pool import ChildPool
from providers.local.workbook import MOST_BYTES, MOST_IN_CELL, MOST_LINES, Sheet, read

Rows = Sequence[Sequence[Any]]
PART = "xl/worksheets/sheet1.xml"
NAMESPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(path: Path, rows: Rows = (), change: Callable[[Workbook], object] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    if change is not None:
        change(book)
    book.save(path / "table.xlsx")
    return path / "table.xlsx"


def with_part(path: Path, name: str, data: bytes) -> Path:
    """The workbook with other bytes in one of its files."""
    other = path.with_name("other.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, data if part.filename == name else old.read(part))
    return other


def test_cells_are_the_texts_that_one_reads_in_them(tmp_path):
    rows = [
        ["Prompt", "How many", "Dark", None, "When"],
        ["a boat\nat sea", 3, True, None, datetime(2026, 11, 22)],
        [],
        ["=no formula", 0.1 + 0.2, False, "", datetime(2026, 11, 22, 9, 30)],
        ["0012", 4.0, None, None, time(9, 5)],
        ["last", 1e21, None, None, date(2026, 1, 2)],
        [None],
    ]

    def as_text(book: Workbook) -> None:
        book.active["A4"].data_type = "s"

    assert read(saved(tmp_path, rows, as_text)).lines == [
        ["Prompt", "How many", "Dark", "", "When"],
        ["a boat\nat sea", "3", "yes", "", "2026-11-22"],
        [],
        ["=no formula", "0.3", "no", "", "2026-11-22 09:30:00"],
        ["0012", "4", "", "", "09:05:00"],
        ["last", "1e+21", "", "", "2026-01-02"],
    ]


def test_line_ends_are_those_of_a_text_and_formats_of_cells_are_left_aside(tmp_path):
    def as_percent(book: Workbook) -> None:
        book.active["B1"].number_format = "0 %"

    rows = [["a boat_x000D_\nat sea", 0.5, "one\r\ntwo"], ["TRUE", True, "last_x000D_line"]]
    assert read(saved(tmp_path, rows, as_percent)).lines == [
        ["a boat\nat sea", "0.5", "one\ntwo"],
        ["TRUE", "yes", "last\nline"],
    ]


def test_a_cell_that_is_too_long_for_a_table_is_named(tmp_path):
    def with_cell(length: int) -> Path:
        text = b"a" * length
        row = b'<row r="2"><c r="B2" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"
        sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (NAMESPACE, row)
        return with_part(saved(tmp_path), PART, sheet)

    assert read(with_cell(MOST_IN_CELL)).lines == [[], ["", "a" * MOST_IN_CELL]]
    assert read(with_cell(MOST_IN_CELL + 1)) == Sheet(problem="long", cell="B2")


def test_the_first_sheet_that_is_shown_is_read(tmp_path):
    def with_more(book: Workbook) -> None:
        book.active.sheet_state = "hidden"
        book.create_sheet("Shown").append(["Prompt"])
        book.create_sheet("Last").append(["other"])

    assert read(saved(tmp_path, [["hidden"]], with_more)) == Sheet([["Prompt"]])


def test_an_empty_sheet_and_a_cell_that_went_wrong_are_said(tmp_path):
    assert read(saved(tmp_path)) == Sheet(problem="empty")
    assert read(saved(tmp_path, [["Prompt"], ["#REF!"]])) == Sheet(problem="error", cell="A2", value="#REF!")


def test_what_is_not_a_workbook_is_none(tmp_path):
    other = tmp_path / "table.ods"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert read(other) == Sheet(problem="kind")


def test_more_than_can_be_looked_at_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    bomb = with_part(saved(tmp_path, [["Prompt"]]), PART, b" " * (MOST_BYTES + 1))
    assert bomb.stat().st_size < 60_000
    monkeypatch.setattr(workbook, "load_workbook", None)
    assert read(bomb) == Sheet(problem="large")
    many = tmp_path / "many.xlsx"
    with zipfile.ZipFile(many, "w") as made:
        for number in range(workbook.MOST_FILES + 1):
            made.writestr(f"xl/{number}.xml", "")
    assert read(many) == Sheet(problem="large")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (((str(n),) for n in range(MOST_LINES + 1)), "large"),
        (((str(n),) for n in range(MOST_LINES)), ""),
        ((("x" * 30_000,) for _ in range(40)), "large"),
    ],
)
def test_lines_and_letters_have_an_end(tmp_path, rows, problem):
    assert read(saved(tmp_path, list(rows))).problem == problem


def test_a_sheet_that_says_its_only_row_is_the_last_of_a_million_takes_no_longer(tmp_path):
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'
        b'<row r="1048576"><c r="A1048576"><v>3</v></c></row></sheetData></worksheet>'
    )
    made = with_part(saved(tmp_path), PART, sheet)
    assert read(made).lines == [["1"]]


def test_entities_that_grow_are_not_unfolded(tmp_path):
    bomb = b'<!DOCTYPE w [<!ENTITY a "' + b"x" * 1000 + b'">'
    for name, before in zip(b"bcdefg", b"abcdef", strict=True):
        bomb += b'<!ENTITY %c "%s">' % (name, (b"&%c;" % before) * 10)
    bomb += b"]><worksheet>&g;</worksheet>"
    made = with_part(saved(tmp_path), PART, bomb)
    pool = ChildPool(1, 512)
    try:
        with pytest.raises(ServerFault):
            pool.call("workbook", {"path": str(made)}, timeout=60)
    finally:
        pool.close()
