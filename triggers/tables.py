"""One run per row of a table that somebody pasted: its columns are inputs of the workflow."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Team
from assets.store import find_for
from executions.batches import MOST_RUNS, ItemList
from executions.run_inputs import describe_inputs
from executions.values import is_address
from providers.catalog import load_catalog
from triggers.publishing import proposed_inputs
from workflows.graph import read_graph
from workflows.tables import read_lines

#: What a person may say for a switch.
_SWITCH = {
    "true": True,
    "yes": True,
    "1": True,
    "on": True,
    "false": False,
    "no": False,
    "0": False,
    "off": False,
}
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_MOST_PROBLEMS = 20

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """An input that a table may have a column for. ``kind`` is its type of contract §7.3, ``default`` what an empty
    cell stands for."""

    name: str
    key: str
    node_id: str
    kind: str
    is_required: bool
    default: Any
    options: tuple[str, ...]

    def is_called(self, heading: str) -> bool:
        return heading.casefold() in (self.name.casefold(), self.key, self.node_id.casefold())


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read. ``rows`` hold a value per column; with ``problems`` none of it is to be run."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    problems: Sequence[str]

    @property
    def lists(self) -> list[ItemList]:
        """What makes one run of each row."""
        return [
            ItemList(column.node_id, [row[at] for row in self.rows]) for at, column in enumerate(self.columns)
        ]


def columns_of(nodes: Sequence[Json], edges: Sequence[Json]) -> list[Column]:
    """The inputs of a saved graph, named by their labels; of two with one label the later is named by its key."""
    graph, _ = read_graph(nodes, edges, load_catalog())
    keys = {one["nodeId"]: one["key"] for one in proposed_inputs(graph)}
    found: list[Column] = []
    for one in describe_inputs(nodes, edges):
        taken = {column.name.casefold() for column in found}
        key = keys[one["nodeId"]]
        found.append(
            Column(
                name=one["label"] if one["label"].casefold() not in taken else key,
                key=key,
                node_id=one["nodeId"],
                kind=one["type"],
                is_required=one["required"],
                default=one["default"],
                options=tuple(map(str, one.get("options", ()))),
            )
        )
    return found


def read_table(text: str, inputs: Sequence[Column], *, team: Team) -> Table:
    """The rows of a pasted table, whose first line names inputs. All that is wrong with it is said, line by line."""
    try:
        lines = read_lines(text)
    except csv.Error as error:
        return Table((), (), [f"This is no table that can be read ({error}). Copy the cells again."])
    if len(lines) < 2:
        return Table((), (), ["A table needs a first line with the names of inputs, and a row for each run."])
    headings, *rest = lines
    columns, problems = _headed(headings, inputs)
    given = {column.node_id for column in columns if column}
    problems += [
        f"“{one.name}” needs a value for every run. Add a column for it, or fill it in on the canvas."
        for one in inputs
        if one.is_required and one.node_id not in given
    ]
    if len(rest) > MOST_RUNS:
        problems.append(
            f"The table has {len(rest)} rows; {MOST_RUNS} can run at once. Send the others after them."
        )
        rest = rest[:MOST_RUNS]
    rows = []
    for number, line in enumerate(rest, start=1):
        if len(line) > len(headings):
            problems.append(
                f"Row {number} has {len(line)} cells, but the first line names {len(headings)} columns."
            )
        row = []
        for at, column in enumerate(columns):
            if column is None:
                continue
            try:
                row.append(_value(column, line[at] if at < len(line) else "", team))
            except ValueError as problem:
                problems.append(f"Row {number}, “{column.name}”: {problem}")
                row.append(None)
        rows.append(row)
    if len(problems) > _MOST_PROBLEMS:
        problems = [*problems[:_MOST_PROBLEMS], f"And {len(problems) - _MOST_PROBLEMS} more."]
    return Table([one for one in columns if one], rows, problems)


def _headed(headings: Sequence[str], inputs: Sequence[Column]) -> tuple[list[Column | None], list[str]]:
    """The input that each heading names, and what is wrong with the headings."""
    found: list[Column | None] = []
    problems = []
    for heading in headings:
        column = next((one for one in inputs if one.is_called(heading)), None)
        if column is None:
            known = ", ".join(one.name for one in inputs) or "none: the workflow has no input nodes"
            named = f"There is no input “{heading[:100]}”." if heading else "A column has no name."
            problems.append(f"{named} Inputs: {known}.")
        elif column in found:
            problems.append(f"“{column.name}” has two columns. Leave one out.")
            column = None
        found.append(column)
    return found, problems


def _value(column: Column, cell: str, team: Team) -> Any:
    """What a cell says. Raises ValueError with a sentence for people."""
    if not cell:
        if column.is_required and column.default in _NOTHING:
            raise ValueError("a value is needed.")
        return column.default
    if "\0" in cell:
        raise ValueError("it holds characters that are no text.")
    match column.kind:
        case "number":
            return _number(cell)
        case "boolean":
            if cell.casefold() not in _SWITCH:
                raise ValueError(f"“{cell[:60]}” is neither yes nor no.")
            return _SWITCH[cell.casefold()]
        case "select" if column.options:
            if cell not in column.options:
                raise ValueError(f"“{cell[:60]}” is none of {', '.join(column.options)}.")
            return cell
        case "image" | "url":
            return _address(cell, team)
        case "images":
            return [_address(one, team) for one in cell.split()]
        case "json":
            return _json(cell)
        case _:
            return cell


def _number(cell: str) -> float | int:
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"“{cell[:60]}” is no number.") from None
    if not math.isfinite(number):
        raise ValueError(f"“{cell[:60]}” is no number.")
    return int(number) if number.is_integer() else number


def _address(cell: str, team: Team) -> str:
    if find_for(team, cell) is None and not is_address(cell):
        raise ValueError(
            f"“{cell[:60]}” is no address of a file. Upload the file and copy its address, or give a link."
        )
    return cell


def _json(cell: str) -> Any:
    try:
        found = json.loads(cell)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        raise ValueError("this is no JSON.") from None
    return found
