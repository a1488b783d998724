"""Django's ASGI handler, with one trip from the loop to the request's thread where Django makes several."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponseBase


class OneTrip(ASGIHandler):
    """Middleware and views run in one go on the thread: all of ours are synchronous.

    Django's own chain is asynchronous at both ends, and so goes back to the loop before the view and for every
    middleware that looks at views. An asynchronous view would still be served, but hold its thread.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)  # not ASGIHandler's, which makes the asynchronous chain
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)
