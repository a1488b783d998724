"""The part of the team's settings where its owner has an archive made, and fetches it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.actor import Actor, actor_of
from accounts.teams import need_owner
from accounts.views import see_other
from archives import actions, imports, shape
from archives.models import ArchiveState, TeamArchive, TeamImport
from assets import serving
from assets.store import open_part
from wireflow_ui.errors import NotFound, WireflowError

PLACE = "/settings?tab=team#archive"
NO_FILE = "Choose the ZIP file of an archive first."


def part_of(actor: Actor) -> dict[str, Any]:
    """What the page shows: the person's newest archive of the team, and what an archive leaves out."""
    newest = TeamArchive.objects.visible_to(actor).order_by("-pk").first()
    if newest is not None and newest.state == ArchiveState.READY and _is_over(newest):
        newest.state = ArchiveState.GONE
    return {"archive": newest, "team": actor.team, "left_out": shape.LEFT_OUT}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest) -> HttpResponse:
    """POST has one made; GET is the part of the page, which asks for itself while one is being made."""
    actor = actor_of(request)
    need_owner(actor)
    if request.method == "POST":
        actions.ask(actor=actor)
        if not request.headers.get("HX-Request"):
            return see_other(PLACE)
    elif not request.headers.get("HX-Request"):
        return see_other(PLACE)
    return render(request, "accounts/_archive.html", part_of(actor))


@never_cache
@login_required
@require_http_methods(["GET"])
def fetch(request: HttpRequest, archive_id: int) -> HttpResponseBase:
    """The file, for who asked for it alone."""
    actor = actor_of(request)
    need_owner(actor)
    found = get_object_or_404(TeamArchive.objects.visible_to(actor), pk=archive_id)
    if found.state != ArchiveState.READY or _is_over(found):
        messages.info(request, "This archive is not kept any more. Have a new one made.")
        return see_other(PLACE)
    try:
        file = open_part(found.part)
    except FileNotFoundError as missing:
        raise NotFound("The archive is missing in the store. Have a new one made.") from missing
    audit.record(team=actor.team, change="team.archive_fetched", subject=actor.team.name, by=actor)
    response = serving.stream(request, file, found.bytes, 200)
    name = slugify(actor.team.name) or "team"
    response["Content-Type"] = "application/zip"
    response["Content-Length"] = str(found.bytes)
    response["Content-Disposition"] = serving.attachment(f"{name}-{found.asked_at:%Y-%m-%d}.zip")
    return response


@login_required
@require_POST
def remove(request: HttpRequest, archive_id: int) -> HttpResponse:
    """Take the file away before its day is over."""
    actor = actor_of(request)
    need_owner(actor)
    actions.let_go(get_object_or_404(TeamArchive.objects.visible_to(actor), pk=archive_id))
    messages.success(request, "The archive is deleted here.")
    return see_other(PLACE)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """The page that makes a team of an archive; while one is being taken in, its part asks for itself."""
    actor = actor_of(request)
    if request.method == "POST":
        file = request.FILES.get("archive")
        try:
            if file is None:
                raise WireflowError(NO_FILE)
            imports.bring(user=actor.user, file=file, name=request.POST.get("name", ""))
        except WireflowError as refused:
            context = {**_brought(actor), "refusal": refused, "name": request.POST.get("name", "")}
            return render(request, "accounts/import.html", context, status=refused.status)
        return see_other("/settings/team/import")
    part = "accounts/_import.html" if request.headers.get("HX-Request") else "accounts/import.html"
    return render(request, part, _brought(actor))


def _brought(actor: Actor) -> dict[str, Any]:
    newest = TeamImport.objects.visible_to(actor).select_related("team").order_by("-pk").first()
    return {"brought": newest, "most_bytes": imports.MOST_BYTES}


def _is_over(archive: TeamArchive) -> bool:
    return archive.expires_at is not None and archive.expires_at <= timezone.now()
