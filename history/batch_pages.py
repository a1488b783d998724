"""The runs of one batch together: what each was given, what came of it, and the ways to stop or keep them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.actor import Actor, actor_of
from accounts.csv_files import cell, csv_lines
from executions import intakes
from executions.given_files import Known, files_in, known_in
from executions.intakes import MOST_ROWS
from executions.models import TABLE, Execution, ExecutionQuerySet, Intake, IntakeState, NodeRun
from executions.pages import results_of
from executions.runs import given_in_order, graph_of
from executions.states import EXECUTION_OVER, ExecutionStatus
from executions.values import as_text, is_medium
from executions.wire import media_in
from history import exports
from history.views import as_download, rows_of
from wireflow_ui.errors import Forbidden, NotFound, WireflowError
from workflows.graph import Graph
from workflows.models import Workflow

VIEWS = ("gallery", "table")
PARTS = {
    "open": Q(status__in=[ExecutionStatus.PENDING, ExecutionStatus.RUNNING]),
    "failed": Q(status__in=EXECUTION_OVER) & ~Q(status=ExecutionStatus.COMPLETED),
}
PAGE = 60
#: A stop takes no longer; the rest goes on in the background.
SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the runs of a batch are. ``to_come`` are rows that will be runs, ``left_out`` those that will not."""

    count: int
    over: int
    done: int
    credits: int
    to_come: int = 0
    left_out: int = 0
    why: str = ""
    is_stopping: bool = False
    workflow: Workflow | None = None

    @property
    def size(self) -> int:
        return self.count + self.to_come

    @property
    def others(self) -> int:
        """Over, but not done."""
        return self.over - self.done

    @property
    def is_open(self) -> bool:
        return self.over < self.size

    @property
    def open(self) -> int:
        """Runs that go on, or wait for their turn."""
        return self.count - self.over

    @property
    def to_retry(self) -> int:
        return self.others + self.left_out

    @property
    def is_large(self) -> bool:
        return self.size > PAGE


def _runs(actor: Actor, batch_id: uuid.UUID) -> tuple[ExecutionQuerySet, Progress]:
    """The runs of a batch in the order of their rows, and how far they are. Raises NotFound."""
    mine = Execution.objects.visible_to(actor).filter(batch=batch_id)
    sums = mine.aggregate(
        count=Count("pk"),
        over=Count("pk", filter=Q(status__in=EXECUTION_OVER)),
        done=Count("pk", filter=Q(status=ExecutionStatus.COMPLETED)),
        credits=Coalesce(Sum("credits_used"), 0),
    )
    tables = Intake.objects.filter(batch=batch_id, batch__team=actor.team)
    intake = tables.select_related("workflow").first()
    if not sums["count"] and (intake is None or intake.is_gone):
        raise NotFound("There is no such batch, or its runs were deleted.")
    left = len(intake.rows) if intake is not None else 0
    is_open = intake is not None and intake.state == IntakeState.OPEN
    progress = Progress(
        **sums,
        to_come=left if is_open else 0,
        left_out=0 if is_open else left,
        why=intake.refused if intake is not None else "",
        is_stopping=intake is not None and intake.state == IntakeState.STOPPING,
        workflow=intake.workflow if intake is not None else None,
    )
    return mine.order_by("run_index", "id"), progress


def not_done(actor: Actor, batch_id: uuid.UUID, workflow: Workflow) -> tuple[list[dict[str, Any]], list[str]]:
    """Of a table of this workflow what its runs that failed or were stopped were given, and the rows that were never
    started: values by node id, and what the rows are called."""
    mine = Execution.objects.visible_to(actor).filter(batch=batch_id, workflow=workflow, trigger=TABLE)
    failed = mine.filter(status__in=EXECUTION_OVER).exclude(status=ExecutionStatus.COMPLETED)
    runs = list(failed.order_by("run_index").values_list("inputs", "row_name"))
    found, names = [inputs for inputs, _name in runs], [name for _inputs, name in runs]
    tables = Intake.objects.filter(batch=batch_id, batch__team=actor.team, workflow=workflow)
    intake = tables.exclude(state=IntakeState.OPEN).first()
    if intake is None:
        return found, names
    names += intake.names[intake.accepted :] or [""] * len(intake.rows)
    return [*found, *(dict(zip(intake.columns, row, strict=True)) for row in intake.rows)], names


@login_required
@never_cache
@require_GET
def batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Runs of a batch from a ``row`` on, as a ``view`` of `VIEWS`, ``only`` a part of `PARTS` where one is named; with
    ``part=runs`` what changes while they go on, alone."""
    actor = actor_of(request)
    every, progress = _runs(actor, batch_id)
    first = every.first()
    only = request.GET.get("only", "")
    shown = _Shown(every, only=only if only in PARTS else "", begin=_row(request.GET.get("row", "")))
    view = request.GET.get("view", "")
    if view not in VIEWS:
        view = "gallery" if first is not None and _makes_pictures(graph_of(first)) else "table"
    workflow = first.workflow if first is not None else progress.workflow
    if workflow is not None and workflow.deleted_at is not None:
        workflow = None
    names = _columns([first, *shown.executions]) if first is not None else {}
    is_part = request.GET.get("part") == "runs"
    context = {
        "batch_id": batch_id,
        "view": view,
        "only": shown.only,
        "query": urlencode({"view": view, **({"only": shown.only} if shown.only else {})}),
        "workflow": workflow,
        "name": first.workflow_name if first is not None else workflow.name if workflow is not None else "",
        "started_at": first.created_at if first is not None else None,
        "columns": list(names.values()),
        "has_names": any(one.row_name for one in shown.executions),
        "rows": _rows(shown.executions, names),
        **shown.places(),
        "progress": progress,
        "may_run": actor.may("run"),
        "may_retry": workflow is not None and (first is None or first.trigger == TABLE),
        "is_part": is_part,
    }
    return render(request, "executions/_batch.html" if is_part else "executions/batch.html", context)


class _Shown:
    """The runs of a batch that stand on one page: a part of `PARTS`, or all with ``only`` "", from a place on."""

    def __init__(self, every: ExecutionQuerySet, *, only: str, begin: int) -> None:
        self.only, self._begin = only, begin
        self._fitting = every.filter(PARTS[only]) if only else every
        found = list(self._fitting.filter(run_index__gte=begin)[: PAGE + 1])
        self.executions = found[:PAGE]
        self._following = found[PAGE].run_index + 1 if len(found) > PAGE else None

    def places(self) -> dict[str, int | None]:
        """The numbers of the first row here and of the last, and those that the pages before and behind begin with."""
        earlier = self._fitting.filter(run_index__lt=self._begin).order_by("-run_index")
        before = list(earlier[:PAGE]) if self._begin else []
        return {
            "begin": self._begin + 1,
            "last": self.executions[-1].run_index + 1 if self.executions else 0,
            "previous": before[-1].run_index + 1 if before else None,
            "following": self._following,
        }


def _rows(executions: Sequence[Execution], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The runs as the page lists them: what each was given, by the names of the inputs, and what came of it."""
    known = _known(executions)
    rows = rows_of(executions)
    texts = _texts([one for one, row in zip(executions, rows, strict=True) if one.is_over and not row.thumbs])
    return [
        {
            "number": one.run_index + 1,
            "name": one.row_name,
            "given": [
                {"name": label, **_given(one.inputs.get(name), known)} for name, label in names.items()
            ],
            "run": row,
            "text": texts.get(one.pk, ""),
        }
        for one, row in zip(executions, rows, strict=True)
    ]


def _row(text: str) -> int:
    """The place of a row that the address names by its number; 0 for a text that is none."""
    return int(text) - 1 if text.isascii() and text.isdigit() and 0 < int(text) <= MOST_ROWS else 0


def _makes_pictures(graph: Graph) -> bool:
    """Whether something in it makes what one looks at: then a gallery says more than a table."""
    made = {
        port.type for node in graph.nodes.values() if not node.kind.is_source for port in node.kind.outputs
    }
    return bool(made & {"IMAGE", "VIDEO"})


def _columns(executions: Sequence[Execution]) -> dict[str, str]:
    """The node ids that the runs were given values for, each with its label."""
    graph = graph_of(executions[0])
    ids = dict.fromkeys(name for one in executions for name in given_in_order(one))
    return {name: graph.nodes[name].label if name in graph.nodes else name for name in ids}


def _texts(executions: Sequence[Execution]) -> dict[uuid.UUID, str]:
    """The first text that each of these made, for those that made no files."""
    made = _results(executions)
    return {pk: next((str(one["text"]) for one in items if "text" in one), "") for pk, items in made.items()}


def _results(executions: Sequence[Execution]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What each was run for, one entry per file or text."""
    runs: dict[uuid.UUID, list[NodeRun]] = defaultdict(list)
    for run in NodeRun.objects.filter(execution__in=executions).order_by("position", "id"):
        runs[run.execution_id].append(run)
    return {
        one.pk: [item for result in results_of(one, runs[one.pk]) for item in result["items"]]
        for one in executions
    }


def _known(executions: Sequence[Execution]) -> Known:
    """The team's files that these were given."""
    values = (value for one in executions for value in one.inputs.values())
    return known_in(executions[0].team_id, values) if executions else {}


def _given(value: Any, known: Known) -> dict[str, Any]:
    """What a run was given for one input: files as pictures with their names, all else as text."""
    if assets := files_in(value, known):
        return {
            "files": [one.as_value() for one in assets],
            "text": "\n".join(one.filename for one in assets),
        }
    files = list(media_in(value)) if isinstance(value, dict | list) else []
    if files:
        return {"files": files, "text": ""}
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    return {"files": [], "text": "" if value is None or is_medium(value) else as_text(value)}


@require_POST
def stop_batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Stop what is not over yet. Of a large table what this has no time for is stopped in the background."""
    actor = actor_of(request)
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at runs, not start or stop them. Ask an owner of the team.")
    _runs(actor, batch_id)
    count = intakes.stop_batch(actor=actor, batch_id=batch_id, seconds=SECONDS)
    left = _runs(actor, batch_id)[1]
    more = " " + _("The others are being stopped.") if left.is_open else ""
    messages.success(
        request, ngettext("{count} run stopped.", "{count} runs stopped.", count).format(count=count) + more
    )
    return HttpResponseRedirect(f"/batches/{batch_id}", status=303)


@login_required
@never_cache
@require_safe
def batch_zip(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponseBase:
    """The results of all runs that are done, named by their rows."""
    every, _progress = _runs(actor_of(request), batch_id)
    done = list(every.filter(status=ExecutionStatus.COMPLETED))
    if not done:
        raise WireflowError("No run of this batch is done yet.", code="no_results")
    return as_download(request, exports.archive_of(done), f"batch-{str(batch_id)[:8]}.zip")


@login_required
@never_cache
@require_safe
def batch_csv(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """The table with what came of each row: status, credits, results, and their names in the archive."""
    every, _progress = _runs(actor_of(request), batch_id)
    executions = list(every)
    if not executions:
        raise WireflowError("No row of this table has been started yet.")
    names = _columns(executions)
    has_names = any(one.row_name for one in executions)
    named = ["name"] if has_names else []
    head = [
        "row", *named, *map(cell, names.values()),
        "status", "credits", "execution", "error", "results", "files",
    ]  # fmt: skip
    site = request.build_absolute_uri("/").rstrip("/")
    results = _results(executions)
    known = _known(executions)
    files = exports.file_names(executions, results)
    lines = csv_lines(
        head,
        (
            _line(one, names, known, results[one.pk], files[one.pk], site, has_names=has_names)
            for one in executions
        ),
    )
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{str(batch_id)[:8]}.csv"'
    return answer


def _line(
    execution: Execution,
    names: Mapping[str, str],
    known: Known,
    items: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    site: str,
    *,
    has_names: bool,
) -> list[object]:
    results = [f"{site}{item['ref']['url']}" if "ref" in item else str(item["text"]) for item in items]
    given = [_given(execution.inputs.get(name), known) for name in names]
    texts = [each["text"] or " ".join(str(one["url"]) for one in each["files"]) for each in given]
    return [
        execution.run_index + 1, *([cell(execution.row_name)] if has_names else []), *map(cell, texts),
        execution.status, execution.credits_used, execution.pk,
        cell(execution.error), cell("\n".join(results)), cell("\n".join(files)),
    ]  # fmt: skip
