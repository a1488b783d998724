"""Workbooks that people send in place of a table."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from assets import store
from assets.children import pool
from providers.errors import ProviderError
from workflows.tables import read_lines

log = logging.getLogger("wireflow.executions")

#: Of a request that may take 15.
SECONDS = 8.0
#: How a ZIP begins, and what older spreadsheets save, which is also what has a password.
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_workbook(data: bytes) -> bool:
    return data.startswith((ZIP, OLD))


def text_of(data: bytes) -> str:
    """The first sheet of a workbook as a table that was pasted. Raises ValidationError with what to do."""
    if data.startswith(OLD):
        raise ValidationError(
            "This workbook is of an older kind, or has a password. Save it as XLSX without one, or as CSV."
        )
    with store.scratch() as folder:
        path = folder / "table.xlsx"
        path.write_bytes(data)
        try:
            sheet = pool().call("workbook", {"path": str(path)}, timeout=SECONDS)
        except ProviderError as error:
            log.info("A workbook was not read: %s %s", error.message, error.detail)
            raise ValidationError(
                "This workbook cannot be read. Save its sheet as CSV, or copy its cells and paste them."
            ) from None
    if sheet["problem"] == "large":
        raise ValidationError(
            "This workbook holds too much. Save the sheet with the table as CSV, or copy its cells and paste them."
        )
    if sheet["problem"] == "kind":
        raise ValidationError(
            "This is no workbook that can be read. Save the sheet as XLSX or CSV, or copy its cells and paste them."
        )
    if sheet["problem"] == "empty":
        raise ValidationError("The first sheet of this workbook is empty. Move the table there.")
    cell, value = sheet["cell"], sheet["value"][:40]
    if sheet["problem"] == "long":
        raise ValidationError(
            f"The cell {cell} of the first sheet holds too long a text. Shorten it in the workbook."
        )
    if sheet["problem"]:
        raise ValidationError(
            f"The cell {cell} of the first sheet says “{value}”. Mend it in the workbook, or empty the cell."
        )
    return _pasted(sheet["lines"])


def _pasted(lines: Sequence[Sequence[str]]) -> str:
    """The lines as a text that is read as these lines again: a heading may hold signs that part cells."""
    cells = [[one.strip("\ufeff").strip() for one in line] for line in lines]
    cells = [line for line in cells if any(line)]
    for delimiter in "\t;,":
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(cells)
        try:
            if read_lines(text.getvalue()) == cells:
                return text.getvalue()
        except csv.Error as error:
            log.info("The cells of a workbook were not read again: %s", error)
    raise ValidationError(
        "This sheet cannot be read as a table. Save it as CSV, or copy its cells and paste them."
    )
