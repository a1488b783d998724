"""One run per row of a table that somebody pasted: its columns are inputs of the workflow."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.csv_files import plain
from accounts.models import Team
from assets.models import ID, Asset
from assets.naming import Files, assets_at, files_called
from assets.store import find_for
from executions.actions import Plans, Start
from executions.batches import ItemList, rows_of
from executions.intakes import MOST_NODE_RUNS, MOST_ROWS
from executions.models import TABLE
from executions.run_inputs import describe_inputs
from executions.values import is_address
from providers.catalog import NodeType, load_catalog
from triggers.publishing import proposed_inputs
from wireflow_ui.body import MAX_TEXT, BadBody, parse_json
from wireflow_ui.errors import WireflowError
from workflows.graph import read_graph
from workflows.models import Workflow
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
#: Types of inputs whose values are files.
_FILES = ("image", "images", "url")
_MOST_PROBLEMS = 20
_FILE_WORDS = {"image": "picture", "video": "video", "audio": "sound"}
#: The heading of a column that names the rows, where no input is called so.
NAME = "name"
MOST_NAME = 100
_MOST_COLUMNS = 200
_MOST_NAMED = 1_000
_MOST_FILES = 50

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """An input that a table may have a column for. ``kind`` is its type of contract §7.3, ``default`` what an empty
    cell stands for. ``medium`` is the kind of the files it takes, "" where it takes none."""

    name: str
    key: str
    node_id: str
    kind: str
    medium: str
    is_required: bool
    default: Any
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read. ``rows`` hold a value per column; with ``problems`` none of it is to be run.
    ``names`` are what the rows are called; none where the table has no column of names.
    ``is_headless``: its first line names no input, and was taken as a value of the only one."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    problems: Sequence[str]
    is_headless: bool = False
    names: Sequence[str] = ()

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
                medium=_medium(graph.nodes[one["nodeId"]].kind, one["type"]),
                is_required=one["required"],
                default=one["default"],
                options=tuple(map(str, one.get("options", ()))),
            )
        )
    return found


def _medium(kind: NodeType, takes: str) -> str:
    return kind.outputs[0].type.lower() if takes in _FILES else ""


def read_table(text: str, inputs: Sequence[Column], *, team: Team) -> Table:
    """The rows of a pasted table, whose first line names inputs. All that is wrong with it is said, line by line."""
    try:
        lines = read_lines(text)
    except csv.Error as error:
        return Table((), (), [f"This is no table that can be read ({error}). Copy the cells again."])
    is_headless = _is_headless(lines, inputs)
    if is_headless:
        lines = [[inputs[0].name], *lines]
    if len(lines) < 2:
        return Table((), (), ["A table needs a first line with the names of inputs, and a row for each run."])
    headings, *rest = [[plain(cell) for cell in line] for line in lines[: MOST_ROWS + 2]]
    if len(headings) > _MOST_COLUMNS:
        return Table((), (), [f"The first line names {len(headings)} columns; {_MOST_COLUMNS} is the most."])
    columns, names_at, problems = _headed(headings, inputs)
    given = {column.node_id for column in columns if column}
    problems += [
        f"“{one.name}” needs a value for every run. Add a column for it, or fill it in on the canvas."
        for one in inputs
        if one.is_required and one.node_id not in given
    ]
    if len(rest) > MOST_ROWS:
        problems.append(
            f"The table has {len(lines) - 1:,} rows; {MOST_ROWS:,} is the most. Send the others after them."
        )
        rest = rest[:MOST_ROWS]
    shelf = _shelf_of(team, columns, rest)
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
                row.append(_value(column, line[at] if at < len(line) else "", shelf))
            except ValueError as problem:
                problems.append(f"Row {number}, “{column.name}”: {problem}")
                row.append(None)
        rows.append(row)
    names: list[str] = []
    if names_at is not None:
        names = [" ".join(line[names_at].split()) if names_at < len(line) else "" for line in rest]
        problems += [
            f"Row {number}, “{NAME}”: {len(name)} letters are too many; {MOST_NAME} is the most."
            for number, name in enumerate(names, start=1)
            if len(name) > MOST_NAME
        ]
        if not any(columns):
            problems.append("There is no column for an input beside the names of the rows. Add one.")
    return Table([one for one in columns if one], rows, _some(problems), is_headless, names)


def _some(problems: list[str]) -> list[str]:
    """So many that they can be read."""
    if len(problems) <= _MOST_PROBLEMS:
        return problems
    return [*problems[:_MOST_PROBLEMS], f"And {len(problems) - _MOST_PROBLEMS} more."]


def problems_of(workflow: Workflow, team: Team, table: Table) -> list[str]:
    """What speaks against runs of a table that was read, with the row and the column that it is about."""
    nodes, _ = workflow.graph_json()
    if len(table.rows) * len(nodes) > MOST_NODE_RUNS:
        return [
            f"The table has {len(table.rows):,} rows and the workflow {len(nodes)} nodes. "
            f"Of this workflow {MOST_NODE_RUNS // len(nodes):,} rows can run at once. Send the others after them."
        ]
    plans = Plans(workflow, team, Start(lists=table.lists, trigger=TABLE))
    names = {one.node_id: f", “{one.name}”" for one in table.columns}
    found: list[tuple[int, str, str]] = []
    for number, row in enumerate(rows_of(table.lists, most=MOST_ROWS), start=1):
        try:
            plans.of(row)
        except WireflowError as refusal:
            violations = refusal.context.get("violations") or [{"message": refusal.message}]
            found += [(number, names.get(one.get("nodeId", ""), ""), one["message"]) for one in violations]
    rows_with = Counter((column, message) for _, column, message in found)
    # What is said of every row is about the workflow.
    general = {one for one, count in rows_with.items() if count == len(table.rows) and not one[0]}
    return _some(
        [message for _, message in general]
        + [f"Row {number}{column}: {said}" for number, column, said in found if (column, said) not in general]
    )


def _is_headless(lines: Sequence[Sequence[str]], inputs: Sequence[Column]) -> bool:
    """One value a line, and one input that they can be for: nobody need name it."""
    if len(inputs) != 1 or not lines or any(len(line) != 1 for line in lines):
        return False
    heading = plain(lines[0][0])
    return bool(heading) and _called(heading, inputs) is None


def takes_names(inputs: Sequence[Column]) -> bool:
    """Whether a column headed `NAME` names the rows: no input is called so."""
    return _called(NAME, inputs) is None


def _headed(
    headings: Sequence[str], inputs: Sequence[Column]
) -> tuple[list[Column | None], int | None, list[str]]:
    """The input that each heading names, where the names of rows stand, and what is wrong with the headings."""
    found: list[Column | None] = []
    names_at = None
    problems = []
    known = ", ".join(one.name for one in inputs)[:_MOST_NAMED] or "none: the workflow has no input nodes"
    for at, heading in enumerate(headings):
        column = _called(heading, inputs)
        if column is None and heading.casefold() == NAME:
            if names_at is not None:
                problems.append(f"“{NAME}” has two columns. Leave one out.")
            names_at = at
        elif column is None:
            named = f"There is no input “{heading[:100]}”." if heading else "A column has no name."
            problems.append(f"{named} Inputs: {known}.")
        elif column in found:
            problems.append(f"“{column.name}” has two columns. Leave one out.")
            column = None
        found.append(column)
    return found, names_at, problems


def _called(heading: str, inputs: Sequence[Column]) -> Column | None:
    """The input of this name, else of this key, else of this node id."""
    word = heading.casefold()
    for names in (
        {one.name.casefold(): one for one in inputs},
        {one.key: one for one in inputs},
        {one.node_id.casefold(): one for one in inputs},
    ):
        if word in names:
            return names[word]
    return None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The team's files that the cells of a table name, by address and by name, asked for once for all cells."""

    team: Team
    by_address: Mapping[str, Asset]
    by_name: Files

    def address_of(self, said: str, medium: str) -> str | None:
        """The address of the file that a cell means; None where it means none."""
        if said in self.by_address or is_address(said):
            return said
        if asset := self.by_name.get(said, medium):
            return asset.url
        return said if re.fullmatch(ID, said) and find_for(self.team, said) else None


def _shelf_of(team: Team, columns: Sequence[Column | None], lines: Sequence[Sequence[str]]) -> _Shelf:
    said = {
        one
        for line in lines
        for column, cell in zip(columns, line, strict=False)
        if column is not None and column.medium and cell
        for one in _names_in(column, cell)
    }
    by_address = assets_at(team.pk, said)
    names = [one for one in said if one not in by_address and not is_address(one)]
    return _Shelf(team, by_address, files_called(team, names))


def _names_in(column: Column, cell: str) -> Iterator[str]:
    """What a cell may name: itself, and of a list its words."""
    yield cell
    if column.kind == "images":
        yield from cell.split()[:_MOST_FILES]


def _value(column: Column, cell: str, shelf: _Shelf) -> Any:
    """What a cell says. Raises ValueError with a sentence for people."""
    if not cell:
        if column.is_required and column.default in _NOTHING:
            raise ValueError("a value is needed.")
        return column.default
    if "\0" in cell or len(cell) > MAX_TEXT:
        raise ValueError(f"it is no text of up to {MAX_TEXT:,} characters.")
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
            return _address(cell, column, shelf)
        case "images":
            if shelf.by_name.get(cell, column.medium):
                return [_address(cell, column, shelf)]
            if len(words := cell.split()) > _MOST_FILES:
                raise ValueError(f"{len(words)} files are too many; {_MOST_FILES} is the most.")
            return [_address(one, column, shelf) for one in words]
        case "json":
            return _json(cell)
        case _:
            return cell


def _number(cell: str) -> float | int:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in cell:
        raise ValueError(f"“{cell[:60]}” is no number.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _address(cell: str, column: Column, shelf: _Shelf) -> str:
    if address := shelf.address_of(cell, column.medium):
        return address
    raise ValueError(
        f"there is no {_FILE_WORDS[column.medium]} “{cell[:60]}”. "
        "Upload it under Assets first, its name is enough; or give a link."
    )


def _json(cell: str) -> Any:
    try:
        return parse_json(cell.encode())
    except BadBody:
        raise ValueError("this is no JSON that can be stored.") from None
