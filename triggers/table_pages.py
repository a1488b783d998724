"""The page that starts one run per row of a table."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import Error, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor, actor_of
from accounts.csv_files import cell, csv_lines
from accounts.models import Team
from assets.models import Asset
from executions import intakes
from executions.actions import Start, accept_executions
from executions.api import workflow_or_404
from executions.batches import MOST_RUNS, rows_of
from executions.estimate import estimate_of
from executions.given_files import files_in, known_in
from executions.intakes import MOST_ROWS
from executions.models import TABLE, Batch
from executions.values import as_text, is_medium
from executions.views import with_first_problem
from history.batch_pages import not_done
from triggers import workbooks
from triggers.combining import combined
from triggers.tables import NAME, Column, Table, columns_of, problems_of, read_table, takes_names
from wireflow_ui.errors import Forbidden, WireflowError
from workflows.models import Workflow

log = logging.getLogger("wireflow.executions")

MOST_LETTERS = 1_000_000
#: So many rows of what will run are shown, and for so many seconds the first of a large table are made into runs.
MOST_SHOWN, SECONDS = 50, 2.0


class TableForm(forms.Form):
    """What was pasted, or a file in its place. ``seen`` is what the table was said to cost; ``ticket``, made anew each
    time rows are shown, lets them be started once."""

    text = forms.CharField(max_length=MOST_LETTERS, required=False, strip=False)
    file = forms.FileField(required=False)
    seen = forms.CharField(max_length=40, required=False)
    ticket = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        """``text`` is the table afterwards."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if isinstance(file, UploadedFile):
            cleaned["text"] = _text_of(file)
        if not (cleaned.get("text") or "").strip() and not self.errors:
            raise ValidationError("Paste a table first, or choose a file.")
        return cleaned


def _text_of(file: UploadedFile[Any]) -> str:
    """The text of a file as spreadsheets write it. Raises ValidationError."""
    if (file.size or 0) > MOST_LETTERS:
        raise ValidationError(f"The file is too large. A table may have {MOST_LETTERS // 1000} kB.")
    data: bytes = file.read()
    if workbooks.is_workbook(data):
        return workbooks.text_of(data)
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what spreadsheets write without asking
    if "\0" in text:
        raise ValidationError("This is no table. Save the sheet as CSV, or copy its cells and paste them.")
    return text


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def table_page(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """GET asks for a table; POST shows what it would run, and with ``do=start`` runs it."""
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    inputs = columns_of(*workflow.graph_json())
    again = _again(request, actor, workflow, inputs)
    if request.method != "POST" and not again:
        return _page(request, actor, workflow, inputs, TableForm())
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at workflows, not run them. Ask an owner of the team.")
    form = TableForm({"text": again}) if again else TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, actor, workflow, inputs, form, status=400)
    text = form.cleaned_data["text"]
    if request.POST.get("do") == "combine":
        try:
            text = combined(text)
        except ValueError as problem:
            return _page(
                request, actor, workflow, inputs, form, text=text, problems=[str(problem)], status=400
            )
    is_start = request.POST.get("do") == "start"
    batch_id = _batch_id(actor, workflow, form.cleaned_data["ticket"], text)
    if is_start and _is_started(actor, batch_id):
        return _to_batch(batch_id)
    table = read_table(text, inputs, team=actor.team)
    problems = table.problems or problems_of(workflow, actor.team, table)
    if problems:
        return _page(request, actor, workflow, inputs, form, text=text, problems=problems, status=400)
    start = Start(lists=table.lists, trigger=TABLE, row_names=table.names)
    try:
        price, each = estimate_of(workflow, actor, start, rows_of(table.lists, most=MOST_ROWS))
        seen = f"{price['estimatedCredits']}:{_digest(table)}"
        if is_start and form.cleaned_data["seen"] == seen:
            _start(workflow, actor, start, each, batch_id)
            return _to_batch(batch_id)
    except WireflowError as refusal:
        if is_start and _is_started(actor, batch_id):
            return _to_batch(batch_id)
        problems = [with_first_problem(refusal)]
        return _page(request, actor, workflow, inputs, form, text=text, problems=problems, status=400)
    return _page(
        request, actor, workflow, inputs, form,
        text=text, table=table, rows=_shown(table, actor.team), price=price, seen=seen, changed=is_start,
        ticket=uuid.uuid4(),
        more_rows=max(0, len(table.rows) - MOST_SHOWN), at_once=_at_once(actor, table),
    )  # fmt: skip


def _again(request: HttpRequest, actor: Actor, workflow: Workflow, inputs: list[Column]) -> str:
    """The rows of a batch that were not done, where the address asks for them; "" where it does not."""
    try:
        batch_id = uuid.UUID(request.GET.get("again", ""))
    except ValueError:
        return ""
    rows, names = not_done(actor, batch_id, workflow)
    if request.method == "POST" or not rows:
        return ""
    given = {name for row in rows for name in row}
    columns = [one for one in inputs if one.node_id in given]
    return _text_of_rows(columns, rows, names if any(names) and takes_names(inputs) else None)


def _batch_id(actor: Actor, workflow: Workflow, ticket: uuid.UUID | None, text: str) -> uuid.UUID:
    """Of the batch that these rows become: the same each time they are sent with the same ticket. It is made of the
    team too, so that nobody can name a batch of another one."""
    return uuid.uuid5(ticket or uuid.uuid4(), f"{actor.team.pk} {workflow.pk} {text}")


def _is_started(actor: Actor, batch_id: uuid.UUID) -> bool:
    return Batch.objects.filter(pk=batch_id, team=actor.team).exists()


def _to_batch(batch_id: uuid.UUID) -> HttpResponse:
    return HttpResponseRedirect(f"/batches/{batch_id}", status=303)


def _start(
    workflow: Workflow, actor: Actor, start: Start, prices: Sequence[int], batch_id: uuid.UUID
) -> None:
    """Start its rows, or leave it at that where another call has just done so. What is more than one transaction may
    hold is taken on, and made into runs lot by lot."""
    team, user, is_small = actor.team, actor.user, len(prices) <= MOST_RUNS
    try:
        if is_small:
            accept_executions(workflow=workflow, team=team, start=start, user=user, batch_id=batch_id)
        else:
            intakes.take_on(
                workflow=workflow,
                team=team,
                user=user,
                lists=start.lists,
                prices=prices,
                names=start.row_names,
                batch_id=batch_id,
            )
    except IntegrityError:
        if not _is_started(actor, batch_id):
            raise
        return
    if not is_small:
        _begin(batch_id)


def _begin(batch_id: uuid.UUID) -> None:
    """Make the first lots into runs. It is accepted by now: whatever the database says, the chores go on with it."""
    end = time.monotonic() + SECONDS
    try:
        while intakes.accept_lot(batch_id) and time.monotonic() < end:
            pass
    except Error:
        log.exception("The first lots of the table of batch %s are left to the chores.", batch_id)


def _at_once(actor: Actor, table: Table) -> int | None:
    """How many of them the plan lets run at once, where it is fewer than there are."""
    most = actor.team.limits.concurrent_executions
    return most if most is not None and most < len(table.rows) else None


def _digest(table: Table) -> str:
    """Says which runs were looked at."""
    told = json.dumps(
        [[one.node_id for one in table.columns], list(table.rows), list(table.names)], sort_keys=True
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _page(
    request: HttpRequest,
    actor: Actor,
    workflow: Workflow,
    inputs: list[Column],
    form: TableForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "workflow": workflow,
        "inputs": inputs,
        "takes_names": takes_names(inputs),
        "takes_files": any(one.medium for one in inputs),
        "form": form,
        "may_run": actor.may("run"),
        "most_rows": MOST_ROWS,
        "example": "\t".join(one.name for one in inputs),
        "text": request.POST.get("text", "")[:MOST_LETTERS],
        **more,
    }
    return render(request, "triggers/table.html", context, status=status)


def _shown(table: Table, team: Team) -> list[dict[str, Any]]:
    """The first rows as they are looked at: of files their names and small pictures, not their addresses."""
    rows = table.rows[:MOST_SHOWN]
    known = known_in(
        team.pk,
        (row[at] for at, column in enumerate(table.columns) if column.medium for row in rows),
    )
    names = table.names or [""] * len(rows)
    return [
        {"name": name, "values": [_shown_value(value, files_in(value, known)) for value in row]}
        for name, row in zip(names, rows, strict=False)
    ]


def _shown_value(value: Any, files: Sequence[Asset]) -> dict[str, Any]:
    if not files:
        return {"text": _as_cell(value), "files": []}
    return {"text": "\n".join(one.filename for one in files), "files": [one.as_value() for one in files]}


def _text_of_rows(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], names: Sequence[str] | None
) -> str:
    """A table as it would be pasted, of rows that hold values by node id, with a column of ``names`` if given."""
    head = [cell(one.name) for one in columns]
    lines = [[cell(_as_cell(row.get(one.node_id))) for one in columns] for row in rows]
    if names is not None:
        head = [NAME, *head]
        lines = [[cell(name), *line] for name, line in zip(names, lines, strict=True)]
    return "".join(csv_lines(head, lines))


def _as_cell(value: Any) -> str:
    """A value as it would be typed into a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_medium(value):
        return str(value.get("url", ""))
    if isinstance(value, list) and all(isinstance(one, str) or is_medium(one) for one in value):
        return " ".join(map(_as_cell, value))
    return as_text(value)


@login_required
@never_cache
@require_safe
def empty_table(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """A table to fill in: the names of the inputs, and one row of what they are now."""
    workflow = workflow_or_404(actor_of(request), workflow_id)
    inputs = columns_of(*workflow.graph_json())
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([cell(one.name) for one in inputs])
    writer.writerow([cell(_as_cell(one.default)) for one in inputs])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="inputs.csv"'
    return answer
