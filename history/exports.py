"""The history as files: a table for spreadsheets, and the results of some executions in one archive."""

from __future__ import annotations

import csv
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote
from uuid import UUID

from django.db.models import Max

from accounts.csv_files import Line, cell
from assets import store
from assets.models import Asset
from executions.given_files import Known, files_in, known_in
from executions.guests import error_for_guests, runs_shown
from executions.models import TABLE, Execution, Intake
from executions.pages import results_of
from executions.runs import given_in_order
from executions.values import is_address
from history.given import given_to
from history.models import Mark, MarkKind
from wireflow_ui.errors import WireflowError
from workflows.ids import written

MOST_ROWS = 100_000
MOST_BYTES = 2 * 1024**3
COLUMNS = (
    "started", "ended", "seconds", "status", "workflow", "execution", "version", "trigger", "person", "key",
    "credits", "labels", "error", "inputs",
)  # fmt: skip


def table_of(executions: Iterable[Execution]) -> Iterator[str]:
    """The lines of a CSV file, made as they are asked for."""
    line = Line()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield line.text
    lot: list[Execution] = []
    for one in executions:
        lot.append(one)
        if len(lot) == 500:
            yield from _lines(writer, line, lot)
            lot = []
    yield from _lines(writer, line, lot)


def _lines(writer: Any, line: Line, executions: Sequence[Execution]) -> Iterator[str]:
    labels: dict[Any, list[str]] = {}
    marks = Mark.objects.filter(execution__in=executions, kind=MarkKind.LABEL).order_by("value")
    for pk, label in marks.values_list("execution", "value"):
        labels.setdefault(pk, []).append(label)
    given = given_to(executions)
    for one in executions:
        took = (one.ended_at - one.created_at).total_seconds() if one.ended_at else None
        error = (error_for_guests(one) or "") if one.is_guest else one.error
        writer.writerow(
            [
                written(one.created_at), written(one.ended_at) or "", "" if took is None else f"{took:.3f}",
                one.status, cell(one.workflow_name), one.pk, "" if one.is_guest else one.version_id,
                one.trigger, cell(one.started_by.email if one.started_by else ""), one.api_key_id or "",
                one.credits_used, cell(", ".join(labels.get(one.pk, []))), cell(error), cell(given[one.pk]),
            ]
        )  # fmt: skip
        yield line.text


@dataclass(frozen=True, slots=True)
class _File:
    """A result as a file: what ``asset`` holds, or ``text``."""

    name: str
    bytes: int = 0
    text: str = ""
    asset: Asset | None = None


def archive_of(executions: Sequence[Execution]) -> IO[bytes]:
    """A ZIP of all results of these: files as they are, texts as .txt. Raises when there are none, or too much.

    Runs of one batch stand in the order of their rows, and their files are named by them.
    """
    digits = _digits(executions)
    if digits:
        executions = sorted(executions, key=lambda one: one.run_index)
    known = _known(executions) if digits else {}
    made: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever gets it
    count = size = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive, store.scratch() as scratch:
        for one in executions:
            runs = list(one.node_runs.order_by("position", "id"))
            shown = runs_shown(one, runs) if one.is_guest else runs
            items = [item for result in results_of(one, shown) for item in result["items"]]
            for file in _files(_stem(one, digits, known), items, _assets_of(one.team_id, items)):
                size += file.bytes
                if size > MOST_BYTES:
                    raise WireflowError("These results have more than 2 GB together. Tick fewer runs.")
                if file.asset is None:
                    archive.writestr(file.name, file.text)
                else:
                    archive.write(store.media_of(file.asset, scratch).path, file.name)
                count += 1
    if not count:
        raise WireflowError("These runs have no results to download.", code="no_results")
    return made


def file_names(
    executions: Sequence[Execution], results: Mapping[UUID, Sequence[Mapping[str, Any]]]
) -> dict[UUID, list[str]]:
    """Execution → the names that its results have in the archive of these executions of one team."""
    digits = _digits(executions)
    known = _known(executions) if digits else {}
    assets = _assets_of(executions[0].team_id, [item for items in results.values() for item in items])
    return {
        one.pk: [file.name for file in _files(_stem(one, digits, known), results[one.pk], assets)]
        for one in executions
    }


def _files(stem: str, items: Iterable[Mapping[str, Any]], assets: Mapping[str, Asset]) -> Iterator[_File]:
    """The results of one execution, but for files that were deleted since."""
    for number, item in enumerate(items, start=1):
        if "ref" not in item:
            yield _File(f"{stem}-{number}.{'json' if item['kind'] == 'json' else 'txt'}", text=item["text"])
        elif asset := assets.get(item["ref"]["assetId"]):
            yield _File(f"{stem}-{number}.{asset.name.rpartition('.')[2]}", asset.bytes, asset=asset)


def _assets_of(team: int, items: Iterable[Mapping[str, Any]]) -> dict[str, Asset]:
    return (
        Asset.objects.live()
        .filter(team=team)
        .in_bulk([one["ref"]["assetId"] for one in items if "ref" in one])
    )


def _digits(executions: Sequence[Execution]) -> int:
    """How many digits the number of a row has, where these are rows of one table, or runs that were started together.

    0 where they are not: every other run is a batch of one.
    """
    batches = {one.batch_id for one in executions}
    if len(batches) != 1:
        return 0
    last = Execution.objects.filter(batch__in=batches).aggregate(last=Max("run_index"))["last"]
    size = Intake.objects.filter(batch__in=batches).values_list("size", flat=True).first() or last + 1
    return max(2, len(str(size))) if last or executions[0].trigger == TABLE else 0


def _known(executions: Sequence[Execution]) -> Known:
    values = (value for one in executions for value in one.inputs.values())
    return known_in(executions[0].team_id, values)


def _stem(execution: Execution, digits: int, known: Known) -> str:
    """How the names of its files begin: of a row its number and its name, else what it was given first."""
    if not digits:
        return f"{_safe(execution.workflow_name, 60) or 'execution'}-{str(execution.pk)[:8]}"
    number = f"{execution.run_index + 1:0{digits}d}"
    if name := _safe(execution.row_name, 60):
        return f"{number}-{name}"
    words = (_words(value, known) for value in given_in_order(execution).values())
    slug = _safe(next(filter(None, words), "").lower(), 40)
    return f"{number}-{slug}" if slug else number


def _words(value: Any, known: Known) -> str:
    """A text, or the name of a file without its ending; "" for any other value."""
    if files := files_in(value, known):
        return _without_ending(files[0].filename)
    if not isinstance(value, str):
        return ""
    return _without_ending(unquote(re.split("[?#]", value)[0])) if is_address(value) else value


def _without_ending(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


#: Bytes that a name may have for its words: file systems take 255 for all of it.
_MOST_NAMED = 180


def _safe(words: str, most: int) -> str:
    """A text as part of a name that every file system takes: letters of any script with their marks, and numbers."""
    kept = "".join(
        one if one == "_" or _is_of_a_word(one) else "-" for one in unicodedata.normalize("NFC", words)
    )
    cut = re.sub("-+", "-", kept).strip("-")[:most]
    while len(cut.encode()) > _MOST_NAMED:
        cut = cut[:-1]
    return cut.rstrip("-")


def _is_of_a_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
