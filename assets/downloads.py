"""``/api/download?url=``: media as a download, for pages that may not save from another host."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api import IfGood
from accounts.throttles import DownloadThrottle
from assets import serving, store
from assets.actions import MAX_BYTES
from assets.models import Asset
from providers.errors import InvalidInput
from providers.fetch import fetch_public
from providers.local import sniff
from wireflow_ui.errors import NotFound, WireflowError

HEAD_BYTES = 4096


class NotOffered(WireflowError):
    """Not on a host that is allowed, or not a picture, video or sound."""

    code = "url_not_allowed"


class Download(APIView):
    """Our own media and those of ``WIREFLOW_DOWNLOAD_HOSTS``; no login, always an attachment."""

    authentication_classes = [IfGood]
    permission_classes = []
    throttle_classes = [DownloadThrottle]

    def get(self, request: Request) -> HttpResponseBase:
        url = request.query_params.get("url", "")
        if not url:
            raise WireflowError(
                "Send the address of a picture, video or sound as ?url=.", code="missing_fields"
            )
        name = store.own_name(url)
        if name is not None:
            return _own(request._request, name)
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            host = ""
        if host not in settings.DOWNLOAD_HOSTS:
            raise NotOffered(
                "This server only downloads its own media and those of hosts its operator named."
            )
        return _foreign(request._request, url)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        for header, value in serving.HEADERS.items():
            response.headers.setdefault(header, value)
        response.headers["Accept-Ranges"] = "none"
        response.headers["Cache-Control"] = "no-store"
        return response


def _own(request: HttpRequest, name: str) -> HttpResponseBase:
    asset = Asset.objects.served_as(name).first()
    if asset is not None and asset.kind == "data":
        raise NotOffered("Only pictures, videos and sounds are downloaded here.")
    response = serving.answer(request, asset, name, as_download=True) if asset is not None else None
    if response is None:
        raise NotFound("Media not found")
    return response


def _foreign(request: HttpRequest, url: str) -> HttpResponseBase:
    with store.scratch() as folder:
        path = folder / "fetched"
        try:
            fetch = fetch_public(url, path, max_bytes=MAX_BYTES, hosts=settings.DOWNLOAD_HOSTS)
            fetched = asyncio.run(fetch)
            kind = sniff.media_type(_head(path))
        except InvalidInput as refused:
            raise NotOffered(refused.message) from refused
        if kind is None or not kind.content_type.startswith(("image/", "video/", "audio/")):
            raise NotOffered("Only pictures, videos and sounds are downloaded here.")
        # The folder goes; the open file stays until it was sent.
        file = path.open("rb")
    response = serving.stream(request, file, fetched.bytes, 200)
    stem = PurePosixPath(unquote(urlsplit(url).path)).stem[:100]
    shown = "".join(letter for letter in stem if letter.isprintable()) or "download"
    response["Content-Type"] = kind.content_type
    response["Content-Length"] = str(fetched.bytes)
    response["Content-Disposition"] = content_disposition_header(True, shown + kind.suffix) or "attachment"
    return response


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
