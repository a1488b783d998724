"""The runs of one batch together: what each was given, what came of it, and the ways to stop or keep them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.actor import Actor, actor_of
from accounts.csv_files import cell, csv_lines
from executions.actions import cancel_execution
from executions.models import GUEST, Execution, NodeRun
from executions.pages import results_of
from executions.runs import given_in_order, graph_of
from executions.states import ExecutionStatus
from executions.values import as_text, is_medium
from executions.wire import media_in
from history.exports import file_names
from history.views import rows_of
from wireflow_ui.errors import Forbidden, NotFound
from workflows.graph import Graph

VIEWS = ("gallery", "table")


def _runs(actor: Actor, batch_id: uuid.UUID) -> list[Execution]:
    """The runs of a batch in the order of their rows. Raises NotFound."""
    mine = Execution.objects.visible_to(actor).filter(batch=batch_id).exclude(trigger=GUEST)
    found = list(mine.order_by("run_index", "id"))
    if not found:
        raise NotFound("There is no such batch, or its runs were deleted.")
    return found


@login_required
@never_cache
@require_GET
def batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """All runs of a batch, as a ``view`` of `VIEWS`; with ``part=runs`` what changes while they go on, alone."""
    actor = actor_of(request)
    executions = _runs(actor, batch_id)
    first = executions[0]
    names = _columns(executions)
    rows = rows_of(executions)
    texts = _texts([one for one, row in zip(executions, rows, strict=True) if one.is_over and not row.thumbs])
    over = sum(row.is_over for row in rows)
    done = sum(one.status == ExecutionStatus.COMPLETED for one in executions)
    view = request.GET.get("view", "")
    context = {
        "batch_id": batch_id,
        "view": view if view in VIEWS else "gallery" if _makes_pictures(graph_of(first)) else "table",
        "workflow": first.workflow if first.workflow and first.workflow.deleted_at is None else None,
        "name": first.workflow_name,
        "started_at": first.created_at,
        "columns": list(names.values()),
        "rows": [
            {
                "number": one.run_index + 1,
                "given": [{"name": label, **_given(one.inputs.get(name))} for name, label in names.items()],
                "run": row,
                "text": texts.get(one.pk, ""),
            }
            for one, row in zip(executions, rows, strict=True)
        ],
        "count": len(rows),
        "over": over,
        "done": done,
        "others": over - done,
        "credits": sum(row.credits_used for row in rows),
        "may_run": actor.may("run"),
    }
    context["is_part"] = request.GET.get("part") == "runs"
    return render(
        request, "executions/_batch.html" if context["is_part"] else "executions/batch.html", context
    )


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


def _given(value: Any) -> dict[str, Any]:
    """What a run was given for one input: files as pictures, all else as text."""
    files = list(media_in(value)) if isinstance(value, dict | list) else []
    if files:
        return {"files": files, "text": ""}
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    return {"files": [], "text": "" if value is None or is_medium(value) else as_text(value)}


@require_POST
def stop_batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Stop what is not over yet."""
    actor = actor_of(request)
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at runs, not start or stop them. Ask an owner of the team.")
    open_runs = [one for one in _runs(actor, batch_id) if not one.is_over]
    # From the end: what waits for its turn is stopped before the place of another is given to it.
    count = sum(cancel_execution(execution_id=one.pk) for one in reversed(open_runs))
    messages.success(request, f"{count} run{'' if count == 1 else 's'} stopped.")
    return HttpResponseRedirect(f"/batches/{batch_id}", status=303)


@login_required
@never_cache
@require_safe
def batch_csv(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """The table with what came of each row: status, credits, results, and their names in the archive."""
    executions = _runs(actor_of(request), batch_id)
    names = _columns(executions)
    head = ["row", *map(cell, names.values()), "status", "credits", "execution", "error", "results", "files"]
    site = request.build_absolute_uri("/").rstrip("/")
    results = _results(executions)
    files = file_names(executions, results)
    lines = csv_lines(head, (_line(one, names, results[one.pk], files[one.pk], site) for one in executions))
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{str(batch_id)[:8]}.csv"'
    return answer


def _line(
    execution: Execution,
    names: Mapping[str, str],
    items: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    site: str,
) -> list[object]:
    results = [f"{site}{item['ref']['url']}" if "ref" in item else str(item["text"]) for item in items]
    given = [_given(execution.inputs.get(name)) for name in names]
    texts = [" ".join(str(one["url"]) for one in each["files"]) or each["text"] for each in given]
    return [
        execution.run_index + 1, *map(cell, texts), execution.status, execution.credits_used, execution.pk,
        cell(execution.error), cell("\n".join(results)), cell("\n".join(files)),
    ]  # fmt: skip
