"""The page of an app: its form, and what the person's own runs of it made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.actor import Actor, actor_of
from executions.actions import Start
from executions.estimate import estimate
from executions.guests import error_for_guests, runs_shown
from executions.models import GUEST, Execution
from executions.pages import EXECUTION_WORDS, results_of
from executions.states import ExecutionStatus
from triggers import publishing
from triggers.form_values import Kept, ids_in, ids_kept, kept_files, values_of
from triggers.forms import run_form
from triggers.models import App
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

SHOWN = 6


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def app_page(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the form and the newest runs, POST starts one."""
    actor = actor_of(request)
    app = publishing.find_app(slug)
    inputs = publishing.app_inputs(app)
    if request.method != "POST":
        last = _runs_of(actor, app).order_by("-created_at").first()
        given = last.inputs if last else {}
        kept = kept_files(actor, inputs, ids_in(inputs, given))
        return _page(request, actor, app, inputs, run_form(inputs, last=given, kept=kept), kept=kept)
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at this app, not run it. Ask an owner of your team.")
    wanted = ids_kept(inputs, request.POST)
    kept = kept_files(actor, inputs, wanted)
    form = run_form(inputs, request.POST, request.FILES, kept=kept)
    for key, ids in wanted.items():
        if len(ids) != len(kept.get(key, ())):
            form.add_error(key, _("The file of the last run is not there any more. Choose one."))
    if form.is_valid():
        try:
            given = values_of(actor, inputs, form.cleaned_data, kept)
            publishing.start_app(app=app, actor=actor, inputs=given)
        except WireflowError as refusal:
            form.add_error(None, refusal.message)
        else:
            return HttpResponseRedirect(app.path, status=303)
    return _page(request, actor, app, inputs, form, kept=kept, status=400)


def _page(
    request: HttpRequest,
    actor: Actor,
    app: App,
    inputs: Sequence[Mapping[str, Any]],
    form: Form,
    *,
    kept: Kept,
    status: int = 200,
) -> HttpResponse:
    nodes, edges = publishing.app_graph(app)
    price = estimate(app.workflow, actor, Start(nodes=nodes, edges=edges))
    found = _runs_of(actor, app).order_by("-created_at")[:SHOWN]
    context = {
        "app": app,
        "form": form,
        "fields": [(form[one["key"]], one, kept.get(one["key"], ())) for one in inputs],
        "has_files": any(one["type"] in publishing.MEDIA_TYPES for one in inputs),
        "may_run": actor.may("run"),
        "price": price,
        "may_change": app.workflow.team == actor.team and actor.may("edit"),
        "runs": [_shown(app, execution) for execution in found],
    }
    return render(request, "triggers/app.html", context, status=status)


@login_required
@never_cache
@require_GET
def app_run(request: HttpRequest, slug: str, execution_id: uuid.UUID) -> HttpResponse:
    """One run of one's own, for the page that waits for it."""
    app = publishing.find_app(slug)
    execution = _runs_of(actor_of(request), app).filter(pk=execution_id).first()
    if execution is None:
        raise NotFound("Execution not found")
    return render(request, "triggers/_run.html", {"app": app, "run": _shown(app, execution)})


def _runs_of(actor: Actor, app: App) -> Any:
    """The runs of an app that this person started and this team paid for."""
    triggers = [publishing.TRIGGER, GUEST]
    mine = Execution.objects.paid_by(actor).filter(started_by=actor.user)
    return mine.filter(workflow=app.workflow, trigger__in=triggers).select_related("version")


def _shown(app: App, execution: Execution) -> dict[str, Any]:
    runs = list(execution.node_runs.order_by("position", "id"))
    done = sum(run.is_over for run in runs)
    return {
        "id": execution.pk,
        "status": execution.status,
        "status_word": EXECUTION_WORDS[ExecutionStatus(execution.status)],
        "is_over": execution.is_over,
        "started_at": execution.created_at,
        "credits": execution.credits_used,
        "error": error_for_guests(execution) if execution.is_guest else execution.error,
        "outputs": results_of(execution, runs_shown(execution, runs)),
        "done": done,
        "steps": len(runs),
    }


@login_required
@require_safe
def app_style(request: HttpRequest, slug: str) -> HttpResponse:
    """The app's colour as a style sheet: pages may have no style of their own in them."""
    color = publishing.find_app(slug).color
    css = ""
    if color:
        css = (
            f":root {{ --accent-fill: {color}; --accent-fill-hover: color-mix(in oklab, {color} 88%, black); "
            f"--on-accent: {text_on(color)}; }}\n"
        )
    return HttpResponse(
        css, content_type="text/css; charset=utf-8", headers={"Cache-Control": "private, max-age=60"}
    )


def text_on(color: str) -> str:
    """White or black, whichever is easier to read on this colour (WCAG's contrast)."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"
