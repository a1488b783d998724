"""The list of executions: filters, saved views, and what is done with many of them at once."""

from __future__ import annotations

import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import IO, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.actor import Actor, actor_of
from accounts.models import ApiKey, Member
from assets.serving import stream
from executions.actions import stop_executions
from executions.again import start_again
from executions.api import execution_or_404
from executions.captions import captions_of
from executions.models import Execution, NodeRun, Noted
from executions.pages import EXECUTION_WORDS, TRIGGERS, ExecutionRow, listed_row, row_of
from executions.runs import read_graphs
from executions.views import with_first_problem
from history import actions, exports, finding, listing
from history.filters import DELETED, Filters, filters_of
from history.forms import RetentionForm
from history.models import Listing, Mark, MarkKind, Retention, SavedView, Share, Vocabulary
from history.steps import COSTS, DURATIONS
from providers.catalog import load_catalog
from wireflow_ui.errors import WireflowError
from workflows.models import Workflow

PAGE = 30
MOST_CHOICES = 100
MOST_TICKED = 100


@login_required
@never_cache
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """A team's executions, newest first; filters stand in the address."""
    actor = actor_of(request)
    filters = filters_of(request.GET.dict())
    if filters.q or filters.marks():
        listing.keep_up_for(actor)
    cursor = request.GET.get("cursor", "")
    page = finding.page_of(actor, filters, cursor=cursor, most=PAGE)
    context: dict[str, Any] = {
        "executions": rows_of(page.executions),
        "filters": filters,
        "next_cursor": page.cursor,
        "looked_back_to": page.looked_back_to,
        "goes_on": bool(cursor),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    if not part:
        context |= _page_context(actor, filters)
    return render(request, "executions/_rows.html" if part else "executions/list.html", context)


def rows_of(executions: Sequence[Execution]) -> list[ExecutionRow]:
    """The rows of a page. What is noted at its end is shown from its listing, the others from their node runs."""
    listings = Listing.objects.filter(execution__in=executions).in_bulk(field_name="execution_id")
    told = {pk for pk, listing in listings.items() if listing.caption is not None}
    fresh = [one for one in executions if one.noted != Noted.AT_ITS_END or one.pk not in told]
    read_graphs(fresh)
    by_execution: dict[uuid.UUID, list[NodeRun]] = defaultdict(list)
    for run in NodeRun.objects.filter(execution__in=fresh).order_by("position", "id"):
        by_execution[run.execution_id].append(run)
    captions = captions_of(fresh, by_execution)
    labels = labels_of(executions)
    rows = []
    for one in executions:
        if one.pk in captions:
            row = row_of(one, by_execution[one.pk], caption=captions[one.pk])
        else:
            kept = listings[one.pk]
            row = listed_row(one, thumbs=kept.thumbs, is_sandbox=kept.is_sandbox, caption=kept.caption or "")
        row.labels = labels.get(one.pk, [])
        rows.append(row)
    return rows


def labels_of(executions: Sequence[Execution]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    marks = Mark.objects.filter(execution__in=executions, kind=MarkKind.LABEL).order_by("value")
    for pk, label in marks.values_list("execution_id", "value"):
        found[pk].append(label)
    return found


def _page_context(actor: Actor, filters: Filters) -> dict[str, Any]:
    members = Member.objects.visible_to(actor).select_related("user").order_by("user__email")
    words = Vocabulary.objects.filter(team=actor.team).order_by("-last_at")
    catalog = load_catalog()
    models = words.filter(kind=MarkKind.MODEL).values_list("value", flat=True)[:MOST_CHOICES]
    return {
        "statuses": {**EXECUTION_WORDS, DELETED: _("in the bin")},
        "workflows": _choices(actor, filters.workflow),
        "triggers": TRIGGERS,
        "people": [(str(one.user_id), str(one.user)) for one in members[:MOST_CHOICES]],
        "keys": [
            (str(key.pk), str(key)) for key in ApiKey.objects.filter(team=actor.team).order_by("name", "pk")
        ],
        "models": sorted(
            ((kind, known.title if (known := catalog.find(kind)) else kind) for kind in models),
            key=lambda choice: choice[1],
        ),
        "labels": list(words.filter(kind=MarkKind.LABEL).values_list("value", flat=True)[:MOST_CHOICES]),
        "costs": [(name, text) for name, (_, text) in COSTS.items()],
        "durations": [(name, text) for name, (_, text) in DURATIONS.items()],
        "views": list(SavedView.objects.visible_to(actor).order_by("name")),
        "own_views": set(SavedView.objects.changeable_by(actor).values_list("pk", flat=True)),
        "may_run": actor.may("run"),
        "may_edit": actor.may("edit"),
        "may_manage": actor.may("manage"),
        "retention": Retention.objects.filter(team=actor.team).first(),
    }


def _choices(actor: Actor, chosen: str) -> list[Workflow]:
    """The workflows to filter by: the newest, and the chosen one wherever it stands, deleted or not."""
    newest = list(Workflow.objects.listed_for(actor).newest_first().only("id", "name")[:MOST_CHOICES])
    if chosen and all(workflow.pk != chosen for workflow in newest):
        newest += Workflow.objects.filter(team=actor.team, pk=chosen).only("id", "name")
    return newest


@login_required
@never_cache
@require_safe
def history_csv(request: HttpRequest) -> HttpResponse:
    """All executions that fit the filters, as a table for spreadsheets."""
    actor = actor_of(request)
    filters = filters_of(request.GET.dict())
    listing.keep_up_for(actor)
    found = finding.all_of(actor, filters, most=exports.MOST_ROWS)
    answer = HttpResponse(exports.table_of(found), content_type="text/csv; charset=utf-8")
    name = f"executions-{timezone.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """``do`` with the ticked executions. What the actor may not see is left out, as if it were not there."""
    actor = actor_of(request)
    ids = _ticked(request)
    do = request.POST.get("do", "")
    if do == "compare":
        return HttpResponseRedirect(
            f"/executions/compare?{urlencode([('run', one) for one in ids])}", status=303
        )
    if do == "restore":
        count = actions.bring_back(actor=actor, ids=ids)
        messages.success(request, _("{runs} brought back.").format(runs=_runs(count)))
        if request.POST.get("back_to") == "run":
            return HttpResponseRedirect(f"/executions/{ids[0]}", status=303)
        return _back(request)
    executions = list(Execution.objects.visible_to(actor).filter(pk__in=ids).order_by("-created_at", "id"))
    if do == "download":
        return as_download(request, exports.archive_of(executions), "results.zip")
    deed = DEEDS.get(do)
    if deed is None:
        raise WireflowError("This button is not known here. Reload the page and press it again.")
    deed(request, actor, executions)
    return _back(request)


def as_download(request: HttpRequest, file: IO[bytes], name: str) -> HttpResponseBase:
    """A finished file, sent piece by piece."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    answer = stream(request, file, length, 200)
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Length"] = str(length)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _ticked(request: HttpRequest) -> list[uuid.UUID]:
    ids: dict[uuid.UUID, None] = {}
    for text in request.POST.getlist("run"):
        try:
            ids[uuid.UUID(text)] = None
        except ValueError:
            continue
    if not ids:
        raise WireflowError("Tick the runs that this is about first.")
    if len(ids) > MOST_TICKED:
        raise WireflowError(f"Tick {MOST_TICKED} runs at most.")
    return list(ids)


def _runs(count: int) -> str:
    return ngettext("{count} run", "{count} runs", count).format(count=count)


def _back(request: HttpRequest) -> HttpResponse:
    """To the list with the filters that it had."""
    query = filters_of(request.POST.dict()).query
    return HttpResponseRedirect(f"/executions?{query}" if query else "/executions", status=303)


def _cancel(request: HttpRequest, actor: Actor, executions: Sequence[Execution]) -> None:
    actions.need(actor, "run", "stop runs")
    count = stop_executions(actor=actor, ids=[one.pk for one in executions])
    messages.success(
        request,
        _("{runs} stopped.").format(runs=_runs(count)) if count else _("None of these was still running."),
    )


def _again(request: HttpRequest, actor: Actor, executions: Sequence[Execution]) -> None:
    """Each by itself: what is refused does not hold up the others."""
    actions.need(actor, "run", "start runs")
    started, refusals = 0, list[str]()
    for one in reversed(executions):
        try:
            start_again(execution=one, actor=actor)
            started += 1
        except WireflowError as refused:
            refusals.append(with_first_problem(refused))
    if started:
        messages.success(request, _("{runs} started again.").format(runs=_runs(started)))
    if refusals:
        messages.error(
            request,
            _("{runs} could not be started again: {why}").format(runs=_runs(len(refusals)), why=refusals[0]),
        )


def _label(request: HttpRequest, actor: Actor, executions: Sequence[Execution]) -> None:
    label = request.POST.get("new_label", "")
    actions.add_label(actor=actor, executions=executions, label=label)
    messages.success(
        request,
        _("{runs} labelled “{label}”.").format(
            runs=_runs(len(executions)), label=actions.checked_label(label)
        ),
    )


def _unlabel(request: HttpRequest, actor: Actor, executions: Sequence[Execution]) -> None:
    label = request.POST.get("new_label", "")
    count = actions.remove_label(actor=actor, executions=executions, label=label)
    messages.success(
        request, _("The label “{label}” was taken off {runs}.").format(label=label, runs=_runs(count))
    )


def _delete(request: HttpRequest, actor: Actor, executions: Sequence[Execution]) -> None:
    count = actions.throw_away(actor=actor, ids=[one.pk for one in executions])
    left = len(executions) - count
    said = [_("{runs} moved to the bin, where they stay for 30 days.").format(runs=_runs(count))]
    if closed := Share.objects.filter(execution__in=executions).exclude(execution__deleted_at=None).count():
        said.append(
            ngettext(
                "{count} share link shows nothing while its run is in the bin.",
                "{count} share links show nothing while their runs are in the bin.",
                closed,
            ).format(count=closed)
        )
    if left:
        said.append(_("{runs} still going on: stop them first.").format(runs=_runs(left)))
    notice = format_html("{}", " ".join(said))
    if count:
        notice = format_html(
            '{} <a href="/executions?status={}">{}</a>', notice, DELETED, _("Bring them back from the bin")
        )
    messages.success(request, notice)


Deed = Callable[[HttpRequest, Actor, Sequence[Execution]], None]
DEEDS: dict[str, Deed] = {
    "cancel": _cancel,
    "again": _again,
    "label": _label,
    "unlabel": _unlabel,
    "delete": _delete,
}


@login_required
@require_POST
def change_labels(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Put a label on one execution, or with ``remove`` take one off."""
    actor = actor_of(request)
    execution = execution_or_404(actor, execution_id)
    if label := request.POST.get("remove", ""):
        actions.remove_label(actor=actor, executions=[execution], label=label)
    else:
        actions.add_label(actor=actor, executions=[execution], label=request.POST.get("label", ""))
    return HttpResponseRedirect(f"/executions/{execution_id}", status=303)


@login_required
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    view = actions.save_view(
        actor=actor_of(request),
        name=request.POST.get("name", ""),
        query=request.POST.dict(),
        is_shared=bool(request.POST.get("is_shared")),
    )
    messages.success(request, _("The view “{name}” is saved.").format(name=view.name))
    return HttpResponseRedirect(f"/executions?{view.query}", status=303)


@login_required
@require_POST
def delete_view(request: HttpRequest, view_id: int) -> HttpResponse:
    actions.delete_view(actor=actor_of(request), view_id=view_id)
    messages.success(request, "The view is deleted. What it showed is still there.")
    return _back(request)


@login_required
@require_POST
def change_retention(request: HttpRequest) -> HttpResponse:
    """How long the team keeps executions; an empty field is for ever."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        raise WireflowError("Give whole days from 1 to 3650, or leave the field empty to keep runs for ever.")
    actions.change_retention(actor=actor_of(request), **form.cleaned_data)
    messages.success(request, "Saved. What is no longer kept goes away in the background.")
    return HttpResponseRedirect("/executions", status=303)
