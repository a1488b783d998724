"""The library page."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, actor_of
from assets import actions
from assets.models import KINDS, Asset
from wireflow_ui.errors import WireflowError

PER_PAGE = 48
MAX_AT_ONCE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest) -> HttpResponse:
    """The team's media, newest first. POST takes files (``file``, several) or an address (``url``)."""
    actor = actor_of(request)
    problems: list[str] = []
    if request.method == "POST":
        problems = _upload(request, actor)
        if not problems:
            return HttpResponseRedirect(reverse("assets"), status=303)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    assets = Asset.objects.visible_to(actor).of_kind(kind).newest_first()
    context = {
        "page": Paginator(assets, PER_PAGE).get_page(request.GET.get("page")),
        "kind": kind,
        "kinds": KINDS,
        "problems": problems,
        "undo": Asset.objects.deleted_by(actor).filter(id=request.GET.get("undo", "")).first(),
        "may_upload": actor.may("run"),
        "may_delete": actor.may("edit"),
    }
    page = "assets/_cards.html" if request.headers.get("HX-Request") else "assets/library.html"
    return render(request, page, context, status=400 if problems else 200)


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
def delete(request: HttpRequest, asset_id: str) -> HttpResponse:
    actor = _editor(request)
    asset = get_object_or_404(Asset.objects.visible_to(actor), id=asset_id)
    actions.delete_asset(asset=asset)
    if request.headers.get("HX-Request"):
        return render(request, "assets/_deleted.html", {"asset": asset})
    return HttpResponseRedirect(f"{reverse('assets')}?{urlencode({'undo': asset.id})}", status=303)


@login_required
@require_POST
def restore(request: HttpRequest, asset_id: str) -> HttpResponse:
    actor = _editor(request)
    asset = get_object_or_404(Asset.objects.deleted_by(actor), id=asset_id)
    actions.restore(asset=asset)
    if request.headers.get("HX-Request"):
        return render(request, "assets/_card.html", {"asset": asset, "may_delete": True})
    return HttpResponseRedirect(reverse("assets"), status=303)


def _editor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("edit"):
        raise PermissionDenied("Your role does not allow deleting assets.")
    return actor
