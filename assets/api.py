"""REST doors: upload, list, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs, needs_by_method
from assets import actions
from assets.models import Asset, Origin
from assets.serializers import ListInput, UploadInput, on_the_wire
from wireflow_ui.body import validated
from wireflow_ui.errors import WireflowError


class FileForm(MultiPartParser):
    """``multipart/form-data``. The usual fault is a Content-Type written by hand, which names no boundary."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise WireflowError(
                "The form cannot be read. Let your HTTP client write the Content-Type, with the boundary of the parts.",
                code="invalid_body",
            ) from error


class Upload(APIView):
    """POST ``/media/upload``: a multipart ``file`` of up to 25 MB, or JSON ``{"url"}``, kept as an asset.

    With ``kind`` anything else is refused: a table is no use to an input for pictures.
    """

    permission_classes = [needs("workflows:write", role="runner")]
    parser_classes = [*APIView.parser_classes, FileForm]

    def post(self, request: Request) -> Response:
        data = validated(UploadInput, request.data)
        actor = actor_of(request)
        kind, file = data.get("kind", ""), data.get("file")
        if file is not None:
            asset = actions.upload(team=actor.team, user=actor.user, file=file, filename=file.name, kind=kind)
        else:
            asset = actions.fetch(team=actor.team, user=actor.user, url=data["url"], kind=kind)
        return Response({"data": on_the_wire(asset) | _claims(asset)}, status=201)


def _claims(asset: Asset) -> dict[str, Any]:
    """What the file said made it: its own words, of which nothing was looked up."""
    claimed = asset.claimed
    if claimed is None:
        return {}
    return {
        "madeBy": {
            "workflowId": claimed.workflow,
            "version": claimed.version or None,
            "executionId": claimed.execution or None,
        }
    }


class Library(APIView):
    """GET ``/media``: the team's uploads, newest first; ``origin=run`` or ``origin=all`` for results too, ``q`` for
    those with these words in their names."""

    permission_classes = [needs("workflows:read")]

    def get(self, request: Request) -> Response:
        wanted = validated(ListInput, request.query_params)
        assets = Asset.objects.visible_to(actor_of(request)).of_kind(wanted.get("kind", ""))
        assets = assets.matching(wanted.get("q", ""))
        origin = wanted.get("origin")
        if origin is None:
            assets = assets.exclude(origin=Origin.RUN)
        elif origin != "all":
            assets = assets.filter(origin=origin)
        start, end = wanted["offset"], wanted["offset"] + wanted["limit"]
        page = [on_the_wire(asset) for asset in assets.newest_first()[start:end]]
        total = assets.count()
        return Response(
            {"data": page, "total": total, "nextOffset": end if end < total else None},
            headers={"X-Total-Count": str(total)},
        )


class Item(APIView):
    """GET and DELETE ``/media/{id}``."""

    permission_classes = [
        needs_by_method(GET=needs("workflows:read"), DELETE=needs("workflows:write", role="editor"))
    ]

    def get(self, request: Request, asset_id: str) -> Response:
        asset = get_object_or_404(Asset.objects.visible_to(actor_of(request)), id=asset_id)
        return Response({"data": on_the_wire(asset)})

    def delete(self, request: Request, asset_id: str) -> Response:
        asset = get_object_or_404(Asset.objects.visible_to(actor_of(request)), id=asset_id)
        actions.delete_asset(asset=asset)
        return Response({"success": True, "id": asset.id})
