"""The pages around workflows; the canvas itself is shown by executions, which knows the last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.actor import Actor, actor_of, find_actor
from providers.catalog import load_catalog
from workflows import actions, rows
from workflows.ids import read_moment, written
from workflows.models import Workflow
from workflows.names import tidy_name
from workflows.retired import retired_names
from workflows.sharing import without_secrets
from workflows.templates import all_templates

PER_PAGE = 24
STARTERS = 3


@login_required
@never_cache  # the part that htmx asks for has the address of the page: Back would show it alone
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The team's workflows, newest first; ``q`` searches, ``cursor`` goes on, ``deleted`` offers an undo.

    ``retired`` shows those whose nodes use models that their makers have retired.
    """
    actor = actor_of(request)
    words = request.GET.get("q", "").strip()[:200]
    found = Workflow.objects.listed_for(actor).matching(words).newest_first()
    only_retired = "retired" in request.GET
    if only_retired:
        found = found.with_types(retired_names(load_catalog()))
    cursor = _read_cursor(request.GET.get("cursor", ""))
    if cursor is not None:
        moment, last_id = cursor
        found = found.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=last_id))
    page = list(found[: PER_PAGE + 1])
    has_more = len(page) > PER_PAGE
    page = page[:PER_PAGE]
    _draw(page, actor)
    context = {
        "workflows": page,
        "next_cursor": _cursor_after(page[-1]) if has_more else "",
        "q": words,
        "deleted": Workflow.objects.deleted_by(actor).filter(pk=request.GET.get("deleted", "")).first(),
        "only_retired": only_retired,
        "starters": all_templates()[:STARTERS] if not (page or words or only_retired) else [],
        "may_edit": actor.may("edit"),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    return render(request, "workflows/_cards.html" if part else "workflows/home.html", context)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """An empty workflow, opened on the canvas."""
    name = tidy_name(request.POST.get("name", ""))[:200] or gettext("Untitled workflow")
    return to_canvas(actions.create_workflow(actor=editor_of(request), name=name).workflow)


@require_POST
def rename(request: HttpRequest, workflow_id: str) -> HttpResponse:
    workflow = own_workflow(editor_of(request), workflow_id)
    name = tidy_name(request.POST.get("name", ""))[:200]
    if name:
        actions.change_settings(workflow=workflow, name=name)
    return _card_or_home(request, workflow)


@require_POST
def duplicate(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """A copy, opened on the canvas."""
    actor = editor_of(request)
    workflow = get_object_or_404(Workflow.objects.shown_to(actor), pk=workflow_id)
    return to_canvas(actions.duplicate_workflow(actor=actor, workflow=workflow))


@require_POST
def delete(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """Take it away, with a way back in the same place."""
    actor = editor_of(request)
    workflow = own_workflow(actor, workflow_id)
    if not workflow.is_deletable_by(actor):
        raise PermissionDenied("Only owners of the team and whoever made a workflow may delete it.")
    actions.delete_workflow(workflow=workflow)
    if request.headers.get("HX-Request"):
        return render(request, "workflows/_deleted.html", {"workflow": workflow})
    return HttpResponseRedirect(f"{reverse('home')}?deleted={workflow.pk}", status=303)


@require_POST
def restore(request: HttpRequest, workflow_id: str) -> HttpResponse:
    workflow = get_object_or_404(Workflow.objects.deleted_by(editor_of(request)), pk=workflow_id)
    actions.restore_workflow(workflow=workflow)
    return _card_or_home(request, workflow)


@never_cache
@require_GET
def shared_address(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """The address the API gives out: members of the team are taken to the canvas, others see what is shared."""
    actor = find_actor(request)
    if actor is not None and Workflow.objects.visible_to(actor).filter(pk=workflow_id).exists():
        return to_canvas(own_workflow(actor, workflow_id))
    workflow = Workflow.objects.shared().filter(pk=workflow_id).first()
    if workflow is None and actor is None:
        return redirect_to_login(request.get_full_path())  # it may be theirs
    if workflow is None:
        raise Http404
    nodes, edges = workflow.graph_json()
    context = {
        "workflow": workflow,
        "nodes": nodes,
        "edges": edges,
        "steps": [step for raw in nodes if (step := _step_of(raw)) is not None],
        "may_copy": actor is not None and actor.may("edit"),
    }
    return render(request, "workflows/shared.html", context)


def _step_of(raw: Mapping[str, Any]) -> dict[str, str] | None:
    """A node as a line of the shared page; None for notes and groups."""
    data = without_secrets(raw)["data"]
    kind = load_catalog().find(str(data.get("nodeType", "")))
    if kind is None or kind.is_note:
        return None
    text = (data.get("params") or {}).get("prompt")
    return {
        "label": str(data.get("label") or kind.title),
        "title": kind.title,
        "text": text if isinstance(text, str) else "",
    }


def own_workflow(actor: Actor, workflow_id: str) -> Workflow:
    """A workflow of the actor's team, or 404."""
    return get_object_or_404(Workflow.objects.visible_to(actor), pk=workflow_id)


def editor_of(request: HttpRequest) -> Actor:
    """Who may edit. Strangers get 401, not ``login_required``: signing in must not lead back to a POST."""
    actor = actor_of(request)
    if not actor.may("edit"):
        raise PermissionDenied("Your role does not allow changing workflows.")
    return actor


def to_canvas(workflow: Workflow) -> HttpResponse:
    """The way to a workflow's canvas, after a POST."""
    return HttpResponseRedirect(f"/flow/{workflow.pk}", status=303)


def _card_or_home(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    if request.headers.get("HX-Request"):
        _draw([workflow], actor_of(request))
        return render(request, "workflows/_card.html", {"workflow": workflow, "may_edit": True})
    return HttpResponseRedirect(reverse("home"), status=303)


def _draw(workflows: Sequence[Workflow], actor: Actor) -> None:
    """Give those without a picture of a run an outline of their graph, and all what the actor may do."""
    outlines = rows.outlines([workflow for workflow in workflows if not workflow.cover])
    for workflow in workflows:
        workflow.outline = outlines.get(workflow.pk)
        workflow.is_deletable = workflow.is_deletable_by(actor)


def _cursor_after(workflow: Workflow) -> str:
    return f"{written(workflow.updated_at)}_{workflow.pk}"


def _read_cursor(text: str) -> tuple[datetime, str] | None:
    """Where the page before ended; None for the first page, and for what is no cursor."""
    moment, _, workflow_id = text.partition("_")
    found = read_moment(moment)
    return (found, workflow_id) if found and workflow_id else None
