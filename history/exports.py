"""The history as files: a table for spreadsheets, and the results of some executions in one archive."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from accounts.csv_files import Line, cell
from assets import store
from assets.models import Asset
from executions.guests import error_for_guests, runs_shown
from executions.models import Execution
from executions.pages import results_of
from history.models import Mark, MarkKind
from wireflow_ui.errors import WireflowError
from workflows.ids import written

MOST_ROWS = 100_000
MOST_BYTES = 2 * 1024**3
COLUMNS = (
    "started", "ended", "seconds", "status", "workflow", "execution", "version", "trigger", "person", "key",
    "credits", "labels", "error",
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
    for one in executions:
        took = (one.ended_at - one.created_at).total_seconds() if one.ended_at else None
        error = (error_for_guests(one) or "") if one.is_guest else one.error
        writer.writerow(
            [
                written(one.created_at), written(one.ended_at) or "", "" if took is None else f"{took:.3f}",
                one.status, cell(one.workflow_name), one.pk, "" if one.is_guest else one.version_id,
                one.trigger, cell(one.started_by.email if one.started_by else ""), one.api_key_id or "",
                one.credits_used, cell(", ".join(labels.get(one.pk, []))), cell(error),
            ]
        )  # fmt: skip
        yield line.text


def archive_of(executions: Sequence[Execution]) -> IO[bytes]:
    """A ZIP of all results of these: files as they are, texts as .txt. Raises when there are none, or too much.

    Runs of one batch stand in the order of their rows, and their files are named by them.
    """
    is_batch = _is_of_one_batch(executions)
    if is_batch:
        executions = sorted(executions, key=lambda one: one.run_index)
    made: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever gets it
    count = size = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive, store.scratch() as scratch:
        for one in executions:
            runs = list(one.node_runs.order_by("position", "id"))
            shown = runs_shown(one, runs) if one.is_guest else runs
            stem = row_stem(one) if is_batch else f"{_plain(one.workflow_name)}-{str(one.pk)[:8]}"
            items = [item for result in results_of(one, shown) for item in result["items"]]
            ids = [item["ref"]["assetId"] for item in items if "ref" in item]
            assets = Asset.objects.live().filter(team=one.team_id).in_bulk(ids)
            for number, item in enumerate(items, start=1):
                name = f"{stem}-{number}"
                if "ref" not in item:
                    archive.writestr(f"{name}.{'json' if item['kind'] == 'json' else 'txt'}", item["text"])
                elif asset := assets.get(item["ref"]["assetId"]):
                    size += asset.bytes
                    if size > MOST_BYTES:
                        raise WireflowError("These results have more than 2 GB together. Tick fewer runs.")
                    ending = asset.name.rpartition(".")[2]
                    archive.write(store.media_of(asset, scratch).path, f"{name}.{ending}")
                else:
                    continue
                count += 1
    if not count:
        raise WireflowError("These runs have no results to download.", code="no_results")
    return made


def _is_of_one_batch(executions: Sequence[Execution]) -> bool:
    batches = {one.batch_id for one in executions}
    return len(batches) == 1 and Execution.objects.filter(batch__in=batches).count() > 1


def row_stem(execution: Execution) -> str:
    """How the files of a row of a batch begin: its number, and the first text that it was given."""
    number = f"{execution.run_index + 1:02d}"
    words = next((value for value in execution.inputs.values() if isinstance(value, str)), "")
    slug = re.sub(r"[^\w]+", "-", words.lower(), flags=re.ASCII).strip("-")[:40].rstrip("-")
    return f"{number}-{slug}" if slug else number


def row_files(execution: Execution, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names that these results of a row have in the archive of its batch."""
    endings = [
        item["ref"]["url"].rpartition(".")[2]
        if "ref" in item
        else "json"
        if item["kind"] == "json"
        else "txt"
        for item in items
    ]
    return [f"{row_stem(execution)}-{number}.{ending}" for number, ending in enumerate(endings, start=1)]


def _plain(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w-]+", "-", name, flags=re.ASCII).strip("-")[:60] or "execution"
