"""Our own style sheets, scripts and icons, found by WhiteNoise and sent as an ASGI server wants them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import StaticFile  # type: ignore[import-untyped]

from assets.serving import stream


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise carries no annotations
    """WhiteNoise hands a plain file over, which Django reads whole, with a warning, before the first byte leaves."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        found = static_file.get_response(request.method, request.META)
        headers, status = dict(found.headers), int(found.status)
        response: HttpResponseBase = HttpResponse(status=status)
        if found.file is not None:
            response = stream(request, found.file, int(headers["Content-Length"]), status)
        del response.headers["Content-Type"]  # a 304 must not change the type that a cache remembers
        for name, value in headers.items():
            response.headers[name] = value
        return response
