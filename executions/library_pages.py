"""The library page: stored media beside the workflows, nodes and people that made them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, actor_of
from accounts.models import User
from assets import actions
from assets.library import Filters, favourites_among, page_of, read_filters
from assets.models import KINDS, Asset
from assets.views import chosen, some
from providers.catalog import load_catalog
from wireflow_ui.errors import WireflowError
from workflows.actions import create_workflow, save_draft
from workflows.ids import written
from workflows.models import Workflow
from workflows.templatetags.figures import both_ends

PER_PAGE = 36
MAX_AT_ONCE = 20
MOST_CHOICES = 200
_FILES = ("IMAGE", "VIDEO", "AUDIO", "MASK", "FILE")
_CHOICE_LENGTH = 60
_COLUMNS, _STEP_X, _STEP_Y = 4, 320, 360


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest) -> HttpResponse:
    """The team's media, newest first; filters stand in the address. POST takes files (``file``) or a ``url``."""
    actor = actor_of(request)
    problems: list[str] = []
    if request.method == "POST":
        problems = _upload(request, actor)
        if not problems:
            return HttpResponseRedirect(reverse("assets"), status=303)
    filters = read_filters(request.GET.dict())
    assets, cursor = page_of(actor, filters, request.GET.get("cursor", ""), PER_PAGE)
    context: dict[str, Any] = {
        "assets": assets,
        "favourites": favourites_among(actor, assets),
        "next_cursor": cursor,
        "filters": filters,
        "may_upload": actor.may("run"),
        "may_delete": actor.may("edit"),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    if part:
        return render(request, "assets/_cards.html", context)
    context |= {
        "kinds": KINDS,
        "workflows": _workflows(actor, filters),
        "node_types": _node_types(),
        "people": User.objects.visible_to(actor).order_by("email"),
        "problems": problems,
        "undo": _thrown_away(actor, request.GET.get("undo", "")),
        "bin_days": actions.BIN_DAYS,
    }
    return render(request, "assets/library.html", context, status=400 if problems else 200)


def _thrown_away(actor: Actor, asset_id: str) -> Asset | None:
    return Asset.objects.deleted_by(actor).filter(pk=asset_id).first() if asset_id else None


def _workflows(actor: Actor, filters: Filters) -> list[tuple[str, str]]:
    """(id, name) to filter by: the newest workflows, and the chosen one wherever it stands, deleted or not."""
    newest = Workflow.objects.listed_for(actor).newest_first()[:MOST_CHOICES]
    choices = list(newest.values_list("id", "name"))
    if filters.workflow and all(workflow_id != filters.workflow for workflow_id, _ in choices):
        chosen_one = Workflow.objects.filter(team=actor.team, pk=filters.workflow)
        choices += chosen_one.values_list("id", "name")
    return [(workflow_id, both_ends(name, _CHOICE_LENGTH)) for workflow_id, name in choices]


@cache
def _node_types() -> list[tuple[str, list[tuple[str, str]]]]:
    """(category, [(name, title)]) of all that make files."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in load_catalog().kinds.values():
        makes_files = any(port.type in _FILES for port in kind.outputs)
        if makes_files and not kind.is_source:
            groups.setdefault(kind.category, []).append((kind.name, kind.title))
    return [
        (category.capitalize(), sorted(kinds, key=lambda one: one[1])) for category, kinds in groups.items()
    ]


def _upload(request: HttpRequest, actor: Actor) -> list[str]:
    """Keep what the form sent. Returns a sentence for each file that was refused; the others are kept."""
    if not actor.may("run"):
        raise PermissionDenied("Your role does not allow uploads.")
    files = request.FILES.getlist("file")
    url = request.POST.get("url", "").strip()
    if not files and not url:
        return ["Choose a file or paste an address first."]
    if len(files) > MAX_AT_ONCE:
        return [f"Upload at most {MAX_AT_ONCE} files at once; you chose {len(files)}."]
    problems = []
    for file in files:
        try:
            actions.upload(team=actor.team, user=actor.user, file=file, filename=file.name or "")
        except WireflowError as refused:
            problems.append(f"{file.name}: {refused.message}")
    if url:
        try:
            actions.fetch(team=actor.team, user=actor.user, url=url)
        except WireflowError as refused:
            problems.append(refused.message)
    return problems


@login_required
@require_POST
def use_in_workflow(request: HttpRequest) -> HttpResponse:
    """What was ticked as input nodes, of a new workflow or below the others of ``workflow``; then to its canvas."""
    actor = actor_of(request)
    if not actor.may("edit"):
        raise PermissionDenied("Your role does not allow changing workflows.")
    assets = some(chosen(request, Asset.objects.visible_to(actor)))
    wanted = request.POST.get("workflow", "")
    if wanted:
        workflow = get_object_or_404(Workflow.objects.visible_to(actor), pk=wanted)
        nodes, edges = workflow.graph_json()
        nodes += _input_nodes(assets, nodes)
        save_draft(
            workflow=workflow,
            base_updated_at=written(workflow.updated_at) or "",
            nodes=nodes,
            edges=edges,
            by=actor.user,
        )
    else:
        name = assets[0].filename.rpartition(".")[0][:200] or "Assets"
        workflow = create_workflow(
            actor=actor, name=name, nodes=_input_nodes(assets, []), strict=False
        ).workflow
    return HttpResponseRedirect(reverse("canvas", args=[workflow.pk]), status=303)


def _input_nodes(assets: Sequence[Asset], there: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One input node for each, in rows below those that are there."""
    taken = {str(node["id"]) for node in there}
    below = max((float(node["position"]["y"]) for node in there), default=-_STEP_Y) + _STEP_Y
    made = []
    for place, asset in enumerate(assets):
        number = place + 1
        while f"asset-{number}" in taken:
            number += 1
        taken.add(f"asset-{number}")
        if asset.kind == "data":
            kind = "input:table"
            params: dict[str, Any] = {"file": asset.as_value()}
        else:
            kind, params = "input:image", {"image": asset.as_value(), "mediaType": asset.kind.upper()}
        made.append(
            {
                "id": f"asset-{number}",
                "position": {
                    "x": (place % _COLUMNS) * _STEP_X,
                    "y": below + (place // _COLUMNS) * _STEP_Y,
                },
                "data": {"nodeType": kind, "label": asset.filename[:200], "params": params},
            }
        )
    return made
