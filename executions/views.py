"""The canvas page, and the page of one execution."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, actor_of
from accounts.models import Notice
from accounts.provider_keys import keeps_keys
from accounts.team_parts import owners_of
from credits.context import balance_of
from executions.actions import stop_executions
from executions.again import start_again
from executions.api import execution_or_404, workflow_or_404
from executions.captions import captions_of
from executions.decision_pages import asked_of
from executions.guests import runs_shown
from executions.models import BY_HAND, GUEST, Execution, NodeRun
from executions.pages import charges_of, results_of, row_of
from executions.resuming import resume_execution
from executions.runs import graph_of
from executions.states import EXECUTION_OVER, ExecutionStatus
from executions.wire import execution_object
from wireflow_ui.errors import Forbidden, NotFound, WireflowError
from workflows.actions import save_draft
from workflows.ids import written
from workflows.models import Reason, Workflow
from workflows.serializers import full_object
from workflows.snapshots import keep_draft
from workflows.workbench import bench_of

KEYS_URL = "/settings?tab=provider-keys"
PARTS = {
    "summary": "executions/_summary.html",
    "outputs": "executions/_outputs.html",
    "node_runs": "executions/_node_runs.html",
    "questions": "executions/_questions.html",
    "row": "executions/_row.html",
}


def _runs_of(execution: Execution) -> list[NodeRun]:
    return list(execution.node_runs.order_by("position", "id"))


#: So many canvases may lie behind the one that is open: components may stand in components as deep.
_MOST_BEHIND = 4
#: So many runs that go on an open canvas is told of; as many as its socket tells of at once.
_MOST_GOING = 50
#: Among so many runs the canvas looks for one that was started by hand.
_MOST_LOOKED_THROUGH = 100


def _component_on(workflow: Workflow) -> dict[str, Any] | None:
    """What the canvas needs to know of the component that this workflow is the workbench of."""
    bench = bench_of(workflow)
    if bench is None:
        return None
    component = bench.component
    return {"id": component.pk, "name": component.name, "savedAt": written(component.bench_saved_at)}


def _trail(actor: Actor, ids: str) -> list[dict[str, str]]:
    """The workflows from which somebody came here by opening a component, as the address names them."""
    wanted = [one for one in ids.split(",")[:_MOST_BEHIND] if one]
    if not wanted:
        return []
    found = {
        one.pk: one.name for one in Workflow.objects.visible_to(actor).filter(pk__in=wanted).only("name")
    }
    return [{"id": one, "name": found[one]} for one in wanted if one in found]


def _shown_at_first(actor: Actor, workflow: Workflow) -> tuple[Execution | None, list[uuid.UUID]]:
    """The newest run that somebody started by hand; where there is none among the latest, the newest of all. And those
    of the others that go on.

    A table or a webhook may have started many since: they would cover what the person saw when they left.
    """
    runs = Execution.objects.visible_to(actor).filter(workflow=workflow).order_by("-created_at")
    latest = list(runs.values_list("pk", "trigger", "status")[:_MOST_LOOKED_THROUGH])
    by_hand = [pk for pk, trigger, _ in latest if trigger in BY_HAND]
    chosen = (by_hand or [pk for pk, *_ in latest])[:1]
    going = [pk for pk, _, status in latest if status not in EXECUTION_OVER and pk not in chosen]
    return runs.filter(pk__in=chosen).first() if chosen else None, going[:_MOST_GOING]


@login_required
@never_cache
@ensure_csrf_cookie
@require_GET
def canvas(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """The page of the canvas: one element and its data."""
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    last, going = _shown_at_first(actor, workflow)
    wallet = balance_of(actor.team.pk)
    data = {
        "workflow": full_object(workflow, actor),
        "lastExecution": execution_object(last, graph_of(last), _runs_of(last)) if last else None,
        "underWay": [str(pk) for pk in going],
        "credits": {"available": wallet.available, "held": wallet.held},
        "csrfToken": get_token(request),
        "user": {
            "email": actor.user.email,
            "role": actor.role,
            "keys": actor.user.canvas_keys,
            "owners": [] if actor.may("manage") else owners_of(actor),
            "unread": Notice.objects.visible_to(actor).unread().count(),
        },
        "urls": {
            "workflows": "/",
            "executions": "/executions",
            "templates": "/templates",
            "providerKeys": _keys_url(actor),
        },
        "component": _component_on(workflow),
        "trail": _trail(actor, request.GET.get("from", "")),
    }
    return render(request, "workflows/canvas.html", {"workflow": workflow, "canvas_data": data})


@login_required
@never_cache
@require_GET
def detail(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """One execution; ``?part=`` gives one section of the page alone."""
    actor = actor_of(request)
    part = request.GET.get("part", "")
    if part and part not in PARTS:
        raise NotFound("There is no such part of the page.")
    return _page(request, actor, execution_id, PARTS.get(part, "executions/detail.html"))


def _page(request: HttpRequest, actor: Actor, execution_id: uuid.UUID, template: str) -> HttpResponse:
    """What lies in the bin is shown too, with nothing that changes it but the way back."""
    execution = Execution.objects.deleted_by(actor).filter(pk=execution_id).first()
    in_bin = execution is not None
    if execution is None:
        execution = execution_or_404(actor, execution_id, with_guests=True)
    runs = _runs_of(execution)
    shown = runs_shown(execution, runs) if execution.is_guest else runs
    context = {
        "execution": row_of(execution, runs, caption=_caption(execution, runs), with_nodes=True),
        "is_over": execution.is_over,
        "in_bin": in_bin,
        "may_run": actor.may("run") and not in_bin,
        "may_edit": actor.may("edit"),
        "outputs": results_of(execution, shown),
        "charges": [] if execution.is_guest else charges_of(runs),
        "seq": execution.last_seq,
        "previous": None if in_bin else _previous(execution),
        "questions": [] if execution.is_over or in_bin else asked_of(runs, actor),
        "decide_address": f"/executions/{execution.pk}/decide",
        "site": request.build_absolute_uri("/").rstrip("/"),
        "may_resume": actor.may("run") and not in_bin and _is_resumable(execution, actor),
        "keys_url": _keys_url(actor),
        "run": execution,
        "node_run_rows": runs,
        "actor": actor,
        "batch_size": _size_of_batch(execution),
    }
    return render(request, template, context)


def _keys_url(actor: Actor) -> str:
    """Where this person enters keys of providers; "" for who may not, or where the server keeps none."""
    return KEYS_URL if actor.may("manage") and keeps_keys() else ""


def _caption(execution: Execution, runs: list[NodeRun]) -> str:
    return captions_of([execution], {execution.pk: runs})[execution.pk]


def _size_of_batch(execution: Execution) -> int:
    """How many runs were started together; of another team's app that is not told."""
    if execution.is_guest:
        return 0
    return Execution.objects.filter(team=execution.team_id, batch=execution.batch_id).count()


def _is_resumable(execution: Execution, actor: Actor) -> bool:
    """Whether there is something to go on with, and it is the actor's to go on with."""
    mine = execution.started_by_id == actor.user.pk or actor.may("manage")
    return (
        mine
        and execution.is_over
        and execution.status != ExecutionStatus.COMPLETED
        and not execution.is_guest
    )


def _previous(execution: Execution) -> uuid.UUID | None:
    """The run of the same workflow before this one, for those who may see both."""
    if execution.is_guest or execution.workflow_id is None:
        return None
    mine = Execution.objects.filter(
        team=execution.team_id, workflow=execution.workflow_id, deleted_at=None
    ).exclude(trigger=GUEST)
    earlier = mine.filter(created_at__lt=execution.created_at).order_by("-created_at")
    return earlier.values_list("pk", flat=True).first()


def _may_run(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at runs, not start or stop them. Ask an owner of the team.")
    return actor


@require_POST
def cancel(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Stop a run; again is fine."""
    actor = _may_run(request)
    execution = execution_or_404(actor, execution_id, with_guests=True)
    stop_executions(actor=actor, ids=[execution.pk])
    if request.headers.get("HX-Request") == "true":
        return _page(request, actor, execution_id, PARTS["summary"])
    return HttpResponseRedirect(f"/executions/{execution_id}", status=303)


def with_first_problem(refused: WireflowError) -> str:
    """The sentence of a refusal; of a graph with errors also what is wrong first."""
    problems = refused.context.get("violations") or []
    return f"{refused.message} {problems[0]['message']}" if problems else refused.message


@require_POST
def run_again(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Start the very graph of an earlier run once more, everything made anew."""
    actor = _may_run(request)
    execution = execution_or_404(actor, execution_id)
    try:
        new = start_again(execution=execution, actor=actor)
    except NotFound:
        raise
    except WireflowError as refused:
        messages.error(request, with_first_problem(refused))
        return HttpResponseRedirect(f"/executions/{execution_id}", status=303)
    return HttpResponseRedirect(f"/executions/{new.pk}", status=303)


@require_POST
def resume(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Start a new run that takes over what succeeded."""
    actor = _may_run(request)
    execution = execution_or_404(actor, execution_id)
    try:
        [accepted] = resume_execution(execution=execution, actor=actor)
    except (NotFound, Forbidden):
        raise
    except WireflowError as refused:
        messages.error(request, with_first_problem(refused))
        return HttpResponseRedirect(f"/executions/{execution_id}", status=303)
    return HttpResponseRedirect(f"/executions/{accepted.execution.pk}", status=303)


@never_cache
@require_GET
def graph_as_it_was(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """The graph of a run as it is stored, for the canvas to load from."""
    version = execution_or_404(actor_of(request), execution_id).version
    return JsonResponse({"nodes": version.nodes, "edges": version.edges})


@require_POST
def load_graph(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Put the very graph of this run in the place of its workflow's draft. What the draft was is kept as a version."""
    actor = actor_of(request)
    if not actor.may("edit"):
        raise Forbidden("Your role does not let you change workflows. Ask an owner of the team.")
    execution = execution_or_404(actor, execution_id)
    workflow = execution.workflow
    if workflow is None or workflow.deleted_at is not None:
        raise NotFound("The workflow of this run was deleted.")
    keep_draft(workflow=workflow, reason=Reason.LOADED, by=actor.user)
    version = execution.version
    save_draft(
        workflow=workflow,
        base_updated_at=written(workflow.updated_at) or "",
        nodes=version.nodes,
        edges=version.edges,
        by=actor.user,
    )
    messages.success(request, "The draft is the graph of this run now.")
    return HttpResponseRedirect(f"/flow/{workflow.pk}", status=303)
