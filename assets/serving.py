"""``/media/<name>``: stored bytes for anybody who knows the name, and for nobody's session."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from os import SEEK_END
from typing import Protocol

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import HttpResponseNotAllowed
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from assets import store
from assets.models import LARGE_SIDE, SMALL_SIDE, Asset

PIECE = 256 * 1024

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Browsers show a lone picture, clip or sound in a page of their own, whose style is inline and which loads the
    # file from us. Nothing in it may run, send a form or reach another host.
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"
    ),
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, Content-Length, Content-Range, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # Private: a shared cache in between would go on serving what we have deleted.
    "Cache-Control": "private, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
}

log = logging.getLogger("wireflow.assets")


def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET and HEAD with one byte range; ``?download=1`` makes it a download under its own filename."""
    if request.method == "OPTIONS":
        headers = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Range"}
        return HttpResponse(status=204, headers=HEADERS | headers)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD", "OPTIONS"])
    asset = Asset.objects.served_as(name).first()
    response = answer(request, asset, name) if asset else None
    if response is None:
        # No page: it would ask for the session, and a broken picture needs none.
        headers = {"Cache-Control": "no-store"}
        response = HttpResponse("Not found", status=404, content_type="text/plain", headers=headers)
    for header, value in HEADERS.items():
        response.headers.setdefault(header, value)
    return response


def answer(
    request: HttpRequest, asset: Asset, name: str, *, as_download: bool = False
) -> HttpResponseBase | None:
    """The stored bytes as asked for; None when they are missing. ``?side=256`` gives the smaller thumbnail."""
    is_original = name == asset.name
    side = None if is_original else SMALL_SIDE if request.GET.get("side") == str(SMALL_SIDE) else LARGE_SIDE
    etag = f'"{name}-{side}"' if side == SMALL_SIDE else f'"{name}"'  # a name is never used for other bytes
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    try:
        file = store.open_stored(asset, side)
    except FileNotFoundError:
        log.error("The file %s of asset %s is missing in the store", name, asset.id)
        return None
    size = file.seek(0, SEEK_END)
    start, length, status = 0, size, 200
    wanted = _range(request, etag, size)
    if wanted is not None:
        start, length = wanted
        status = 206 if length else 416
    if length and request.method == "GET":
        file.seek(start)
        response = stream(request, file, length, status)
    else:
        file.close()
        response = HttpResponse(status=status)
    content_type = asset.content_type if is_original else "image/webp"
    response["Content-Type"] = f"{content_type}; charset=utf-8" if "text/" in content_type else content_type
    response["Content-Length"] = str(length)
    response["ETag"] = etag
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    if status == 416:
        response["Content-Range"] = f"bytes */{size}"
    if as_download or "download" in request.GET or asset.kind == "data":
        response["Content-Disposition"] = attachment(
            asset.filename if is_original else f"{asset.filename}.webp"
        )
    return response


def attachment(filename: str) -> str:
    """The header that makes an answer a download of this name."""
    return content_disposition_header(True, filename) or "attachment"


def _range(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """(start, length) of the part asked for; length 0 when there is no such part; None for all of it.

    What cannot be read, asks for several parts, or is meant for other bytes (If-Range) gets the whole file,
    as RFC 9110 has it.
    """
    header = request.headers.get("Range", "")
    asked = re.fullmatch(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", header, re.ASCII | re.IGNORECASE)
    if asked is None or asked.group() == "" or request.method != "GET":
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last or size), size - 1)
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(0, size - int(last)), size - 1
    else:
        return None
    return start, max(0, end - start + 1)


class Bytes(Protocol):
    """What is read from front to back and then closed."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def stream(request: HttpRequest, file: Bytes, length: int, status: int) -> HttpResponseBase:
    """``length`` bytes of an open file from where it stands, and then the file is closed."""
    if length <= PIECE:
        with closing(file):
            return HttpResponse(b"".join(Pieces(file, length)), status=status)
    # Django reads a plain iterator whole before an ASGI server gets the first byte.
    pieces = AsyncPieces(file, length) if isinstance(request, ASGIRequest) else Pieces(file, length)
    return StreamingHttpResponse(pieces, status=status)


class _Part:
    """``length`` bytes of an open file from where it stands; the response closes it."""

    def __init__(self, file: Bytes, length: int) -> None:
        self._file = file
        self._left = length

    def _next(self) -> bytes:
        piece = self._file.read(min(PIECE, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


class Pieces(_Part):
    def __iter__(self) -> Iterator[bytes]:
        return iter(self._next, b"")


class AsyncPieces(_Part):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._next):
            yield piece
