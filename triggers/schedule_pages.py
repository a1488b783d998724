"""The pages of schedules: those of a workflow, those of a team, one of them, and the form."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, actor_of
from accounts.views import TABS
from executions.api import workflow_or_404
from executions.run_inputs import describe_inputs
from executions.views import with_first_problem
from providers.catalog import load_catalog
from triggers import firing, publishing, schedules
from triggers.form_values import Kept, ids_in, ids_kept, kept_files, values_of
from triggers.forms import run_form
from triggers.models import Firing, Outcome, Schedule
from triggers.schedule_forms import ScheduleForm, TimesForm, form_of
from triggers.schedule_words import LOOKS, OUTCOMES, moment_said, times_said
from triggers.timetable import time_zones
from triggers.webhooks import stored_graph
from wireflow_ui.errors import Forbidden, WireflowError
from workflows.graph import read_graph
from workflows.models import Workflow

PREVIEWED = 5
MOST_SHOWN = 200
SHOWN_FIRINGS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule as a list shows it."""

    schedule: Schedule
    times: str
    next_said: str
    last: Firing | None

    @property
    def look(self) -> str:
        return LOOKS[Outcome(self.last.outcome)] if self.last else ""

    @property
    def word(self) -> str:
        return OUTCOMES[Outcome(self.last.outcome)] if self.last else ""


def rows_of(found: Iterable[Schedule]) -> list[Row]:
    shown = list(found)
    last = schedules.last_firings(shown)
    return [
        Row(
            schedule,
            times_said(schedule),
            moment_said(schedule.next_at, schedule.time_zone) if schedule.next_at else "",
            last.get(schedule.pk),
        )
        for schedule in shown
    ]


def of_workflow(workflow: Workflow) -> list[Row]:
    return rows_of(workflow.schedules.select_related("workflow", "runs_as").order_by("name", "created_at"))


@never_cache
@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """All schedules of the team, the next one first and those that are paused behind them."""
    actor = actor_of(request)
    found = Schedule.objects.visible_to(actor).select_related("workflow", "runs_as")
    shown = found.order_by(F("next_at").asc(nulls_last=True), "name", "pk")[:MOST_SHOWN]
    context = {
        "tab": "schedules",
        "tabs": TABS,
        "may_edit": actor.may("edit"),
        "may_run": actor.may("run"),
        "may_manage": actor.may("manage"),
        "rows": rows_of(shown),
        "used": (used := found.count()),
        "left_out": max(0, used - MOST_SHOWN),
        "most": actor.team.limits.schedules,
    }
    return render(request, "triggers/schedules.html", context)


@login_required
@never_cache
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """The next moments of what stands on the form."""
    return render(request, "triggers/_moments.html", _previewed(TimesForm(request.GET)))


def _previewed(form: TimesForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"moments": [], "problems": [each for some in form.errors.values() for each in some]}
    zone = form.table.zone.key
    return {"moments": [(at, moment_said(at, zone)) for at in form.next_moments(PREVIEWED)], "problems": []}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_schedule(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """GET shows an empty form, POST makes a schedule of it."""
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    _need_editor(actor)
    page = _Form(actor, workflow, None)
    if request.method == "POST" and (made := page.send(request)) is not None:
        messages.success(request, "The schedule is made.")
        return HttpResponseRedirect(f"/schedules/{made.pk}", status=303)
    return page.show(request)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_schedule(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """GET shows a schedule, with a form for whoever may change it; POST changes it."""
    actor = actor_of(request)
    schedule = schedules.find_schedule(actor, schedule_id)
    page = _Form(actor, schedule.workflow, schedule)
    if request.method == "POST":
        _need_editor(actor)
        if page.send(request) is not None:
            messages.success(request, "The schedule is saved.")
            return HttpResponseRedirect(f"/schedules/{schedule_id}", status=303)
    return page.show(request)


@require_POST
def do_schedule(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """``do`` is run, pause, resume or delete; ``next`` is the page to come back to."""
    actor = actor_of(request)
    schedule = schedules.find_schedule(actor, schedule_id)
    do = request.POST.get("do")
    if do == "run":
        if not actor.may("run"):
            raise Forbidden("Your role does not allow starting runs. Ask an owner of the team.")
        try:
            execution = firing.run_now(schedule=schedule, actor=actor)
        except WireflowError as refused:
            messages.error(request, with_first_problem(refused))
            return _back(request, f"/schedules/{schedule_id}")
        return HttpResponseRedirect(f"/executions/{execution.pk}", status=303)
    _need_editor(actor)
    match do:
        case "pause":
            schedules.pause(actor=actor, schedule=schedule)
            messages.success(request, "The schedule is paused. Nothing is started until you let it go on.")
        case "resume":
            schedules.resume(actor=actor, schedule=schedule)
            messages.success(request, "The schedule goes on.")
        case "delete":
            schedules.delete_schedule(actor=actor, schedule=schedule)
            messages.success(request, "The schedule is deleted. Its runs stay.")
            return HttpResponseRedirect(
                f"/workflows/{schedule.workflow_id}/settings?tab=schedules", status=303
            )
        case _:
            raise WireflowError("This button is not known here. Reload the page and press it again.")
    return _back(request, f"/schedules/{schedule_id}")


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    path = request.POST.get("next", "")
    ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return HttpResponseRedirect(path if ours else otherwise, status=303)


def _need_editor(actor: Actor) -> None:
    if not actor.may("edit"):
        raise Forbidden("Your role does not allow changing schedules. Ask an owner of the team.")


class _Form:
    """The form of a schedule, with a field for each input of its workflow."""

    def __init__(self, actor: Actor, workflow: Workflow, schedule: Schedule | None) -> None:
        self.actor, self.workflow, self.schedule = actor, workflow, schedule
        self.inputs = inputs_of(workflow)
        given = schedule.inputs if schedule else {}
        self.kept: Kept = kept_files(actor, self.inputs, ids_in(self.inputs, given))
        start = ScheduleForm(
            initial={"name": _("Run of {name}").format(name=workflow.name)[:100]}, label_suffix=""
        )
        start.fields["time_zone"].widget.attrs["data-guess"] = ""
        self.form = form_of(schedule) if schedule else start
        self.values: Form = run_form(self.inputs, last=given, kept=self.kept)

    def send(self, request: HttpRequest) -> Schedule | None:
        """Make or change it as was sent; None where something is wrong, which the form says then."""
        wanted = ids_kept(self.inputs, request.POST)
        self.kept = kept_files(self.actor, self.inputs, wanted)
        self.form = ScheduleForm(request.POST, label_suffix="")
        late = self.schedule.late_minutes if self.schedule else 60
        if request.POST.get("late_minutes") == str(late) and self.schedule:
            self.form.fields["late_minutes"] = form_of(self.schedule).fields["late_minutes"]
        self.values = run_form(self.inputs, request.POST, request.FILES, kept=self.kept)
        is_whole = self.values.is_valid()
        if not self.form.is_valid() or not is_whole:
            return None
        try:
            inputs = self._own_values(values_of(self.actor, self.inputs, self.values.cleaned_data, self.kept))
            settings = self.form.settings() | {"inputs": inputs}
            if self.schedule is None:
                return schedules.make_schedule(actor=self.actor, workflow=self.workflow, **settings)
            return schedules.change_schedule(actor=self.actor, schedule=self.schedule, **settings)
        except WireflowError as refused:
            self.form.add_error(None, refused.message)
            return None

    def _own_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """By node id, without those that are the workflow's own."""
        found = {}
        for one in self.inputs:
            value = given.get(one["key"])
            if isinstance(value, str):
                value = value.replace("\r\n", "\n")
            if value is not None and value != one["default"]:
                found[one["nodeId"]] = value
        return found

    def show(self, request: HttpRequest) -> HttpResponse:
        schedule = self.schedule
        fields = [(self.values[one["key"]], one, self.kept.get(one["key"], ())) for one in self.inputs]
        times = self.form if self.form.is_bound else TimesForm({**_initial(self.form)})
        context = {
            "workflow": self.workflow,
            "schedule": schedule,
            "row": rows_of([schedule])[0] if schedule else None,
            "person_may_run": schedule is not None and schedules.may_run(schedule),
            "form": self.form,
            "fields": fields,
            "time_zones": time_zones(),
            "firings": _firings(schedule) if schedule else (),
            "kept": firing.KEPT,
            "may_edit": self.actor.may("edit"),
            "may_run": self.actor.may("run"),
            **_previewed(times),
        }
        status = 400 if self.form.is_bound else 200
        return render(request, "triggers/schedule.html", context, status=status)


def _initial(form: ScheduleForm) -> dict[str, Any]:
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def _firings(schedule: Schedule) -> list[tuple[Firing, str, str]]:
    found = schedule.firings.select_related("execution").order_by("-pk")[:SHOWN_FIRINGS]
    return [(one, OUTCOMES[Outcome(one.outcome)], LOOKS[Outcome(one.outcome)]) for one in found]


def inputs_of(workflow: Workflow) -> Sequence[dict[str, Any]]:
    """The inputs of what a schedule runs, with keys for the fields of a form."""
    nodes, edges = stored_graph(workflow)
    graph, _problems = read_graph(nodes, edges, load_catalog())
    keys = {one["nodeId"]: one["key"] for one in publishing.proposed_inputs(graph)}
    found = describe_inputs(nodes, edges)
    for one in found:
        one["key"] = keys[one["nodeId"]]
        if one["type"] in publishing.MEDIA_TYPES:
            one["default"] = publishing.address_of(workflow.team, one["default"], "")
    return found
