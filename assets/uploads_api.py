"""REST doors of uploads in two steps: contract §9.2."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import needs
from assets import uploads
from assets.serializers import AnnounceInput, CompleteInput, on_the_wire
from wireflow_ui.body import validated
from wireflow_ui.errors import TooLarge

MayUpload = needs("workflows:write", role="runner")


class Announce(APIView):
    """POST ``/media/upload-url``: where to PUT a file of ``bytes``, without a key."""

    permission_classes = [MayUpload]

    def post(self, request: Request) -> Response:
        data = validated(AnnounceInput, request.data)
        pending = uploads.announce(actor=actor_of(request), size=data["bytes"], filename=data["filename"])
        content_type = data.get("contentType") or "application/octet-stream"
        answer = {
            "uploadUrl": uploads.address_of(pending),
            "method": "PUT",
            "mediaId": pending.pk,
            "headers": {"Content-Type": content_type},
            "expiresAt": pending.expires_at,
        }
        return Response({"data": answer}, status=201)


class Receive(APIView):
    """PUT of the bytes. The address is the permission: nobody is asked who they are."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    def put(self, request: Request, token: str) -> HttpResponse:
        pending = uploads.find_announced(token)
        if int(request.META.get("CONTENT_LENGTH") or 0) > pending.bytes:
            raise TooLarge(f"This address takes {pending.bytes:,} bytes.", limitBytes=pending.bytes)
        uploads.receive(pending=pending, body=request._request)
        return HttpResponse(status=204)


class Complete(APIView):
    """POST ``/media/upload-url/complete``: the asset of what was sent."""

    permission_classes = [MayUpload]

    def post(self, request: Request) -> Response:
        data = validated(CompleteInput, request.data)
        asset = uploads.complete(
            actor=actor_of(request), upload_id=data["mediaId"], filename=data["filename"]
        )
        return Response({"data": on_the_wire(asset)})
