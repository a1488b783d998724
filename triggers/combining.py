"""A table in which each value of a column meets each of the others: what a matrix of runs is made of."""

from __future__ import annotations

import csv
import io
import math
from itertools import product

from executions.intakes import MOST_ROWS
from workflows.tables import read_lines


def combined(text: str) -> str:
    """The table with a row for every combination of what stands in its columns, the last column turning fastest.

    Empty cells count for nothing, and what stands twice in a column counts once. Raises ValueError.
    """
    try:
        headings, *rows = read_lines(text)
    except (csv.Error, ValueError) as error:
        raise ValueError("This is no table that can be combined. Copy the cells again.") from error
    columns = [
        list(dict.fromkeys(row[at] for row in rows if at < len(row) and row[at].strip())) or [""]
        for at in range(len(headings))
    ]
    count = math.prod(len(values) for values in columns)
    if count > MOST_ROWS:
        raise ValueError(
            f"Combined, this table has {count:,} rows; {MOST_ROWS:,} is the most. Leave values out."
        )
    table = io.StringIO()
    csv.writer(table, delimiter="\t", lineterminator="\n").writerows([headings, *product(*columns)])
    return table.getvalue()
