"""What the library's buttons do. The page itself names workflows and people: `executions.library_pages`."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, actor_of
from assets import actions, exporting, serving
from assets.models import Asset, AssetQuerySet
from wireflow_ui.errors import NotFound, TooLarge, WireflowError


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
    asset.deleted_at = None
    if request.headers.get("HX-Request"):
        return render(request, "assets/_card.html", {"asset": asset, "may_delete": True})
    return HttpResponseRedirect(reverse("assets"), status=303)


@login_required
@require_POST
def delete_chosen(request: HttpRequest) -> HttpResponse:
    """What was ticked goes into the bin."""
    actor = _editor(request)
    count = actions.delete_assets(actor=actor, assets=chosen(request, Asset.objects.visible_to(actor)))
    messages.success(
        request,
        _("{files} went into the bin, for {days} days.").format(files=_files(count), days=actions.BIN_DAYS),
    )
    return HttpResponseRedirect(reverse("assets"), status=303)


@login_required
@require_POST
def restore_chosen(request: HttpRequest) -> HttpResponse:
    """What was ticked comes back from the bin."""
    actor = _editor(request)
    count = actions.restore_assets(actor=actor, assets=chosen(request, Asset.objects.deleted_by(actor)))
    messages.success(request, _("{files} came back.").format(files=_files(count)))
    return HttpResponseRedirect(f"{reverse('assets')}?bin=1", status=303)


@login_required
@require_POST
def discard_chosen(request: HttpRequest) -> HttpResponse:
    """What was ticked in the bin is gone for good."""
    actor = _editor(request)
    assets = list(chosen(request, Asset.objects.deleted_by(actor)))
    for asset in assets:
        actions.discard(asset=asset, actor=actor)
    count = len(assets)
    messages.success(
        request,
        ngettext("{files} is gone for good.", "{files} are gone for good.", count).format(
            files=_files(count)
        ),
    )
    return HttpResponseRedirect(f"{reverse('assets')}?bin=1", status=303)


@login_required
@require_POST
def mark(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Make it a favourite of the person (``on=1``), or none."""
    actor = actor_of(request)
    asset = get_object_or_404(Asset.objects.visible_to(actor), id=asset_id)
    is_favourite = request.POST.get("on") == "1"
    actions.mark(asset=asset, user=actor.user, is_favourite=is_favourite)
    if request.headers.get("HX-Request"):
        return render(request, "assets/_star.html", {"asset": asset, "is_favourite": is_favourite})
    return HttpResponseRedirect(reverse("assets"), status=303)


@login_required
@require_GET
def download(request: HttpRequest, asset_id: str) -> HttpResponseBase:
    """The file under its own name. A picture says which workflow made it; with ``?origin=0`` it does not."""
    asset = get_object_or_404(Asset.objects.visible_to(actor_of(request)), id=asset_id)
    try:
        origins = exporting.Origins([asset] if request.GET.get("origin") != "0" else [])
        export = exporting.Export(asset, origins.packet_of(asset))
    except FileNotFoundError as missing:
        raise NotFound("The file of this asset is missing in the store.") from missing
    response = serving.stream(request, export, export.size, 200)
    response["Content-Length"] = str(export.size)
    return _attached(response, asset.filename, asset.content_type)


@login_required
@require_POST
def download_chosen(request: HttpRequest) -> HttpResponseBase:
    """What was ticked as one ZIP file, made while it is sent. Raises `TooLarge` beyond what one may hold."""
    assets = chosen(request, Asset.objects.visible_to(actor_of(request)))
    weight = assets.aggregate(bytes=Sum("bytes"))["bytes"] or 0
    if weight > exporting.MOST_BYTES:
        raise TooLarge(
            f"These files have {weight / 1024**3:.1f} GB; one download takes "
            f"{exporting.MOST_BYTES // 1024**3} GB. Choose fewer."
        )
    files = some(assets)
    origins = exporting.Origins(files if request.POST.get("origin") == "1" else [])
    pieces = exporting.zipped(files, origins)
    fed = exporting.Fed(pieces) if isinstance(request, ASGIRequest) else pieces
    name = f"assets-{timezone.now():%Y-%m-%d-%H%M%S}.zip"
    return _attached(StreamingHttpResponse(fed), name, "application/zip")


def _attached(response: HttpResponseBase, filename: str, content_type: str) -> HttpResponseBase:
    for header, value in serving.HEADERS.items():
        response.headers.setdefault(header, value)
    response["Accept-Ranges"] = "none"
    response["Cache-Control"] = "no-store"
    response["Content-Type"] = content_type
    response["Content-Disposition"] = serving.attachment(filename)
    return response


def chosen(request: HttpRequest, among: AssetQuerySet) -> AssetQuerySet:
    """The assets that were ticked, of those given. Raises `WireflowError` for none or too many."""
    ids = set(request.POST.getlist("asset"))
    if not ids:
        raise WireflowError("Tick some assets first.", code="missing_fields")
    if len(ids) > exporting.MOST_FILES:
        raise WireflowError(f"Tick at most {exporting.MOST_FILES} assets; you ticked {len(ids)}.")
    return among.filter(id__in=ids).newest_first()


def some(assets: AssetQuerySet) -> list[Asset]:
    """Those that are there. Raises `WireflowError` when none is."""
    found = list(assets)
    if not found:
        raise WireflowError("None of these assets is there any more. Choose others.", code="missing_fields")
    return found


def _files(count: int) -> str:
    return ngettext("{count} asset", "{count} assets", count).format(count=count)


def _editor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("edit"):
        raise PermissionDenied("Your role does not allow deleting assets.")
    return actor
