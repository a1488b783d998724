"""Django's ASGI handler, with one trip from the loop to a request's thread where Django makes four."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from wireflow_ui.request_threads import RequestThreads


class OneTrip(ASGIHandler):
    """Signals, middleware, view and the end of the response run in one go on the thread: all of ours are synchronous.

    Django's own goes to the thread for each of them, and watches whether the client leaves while it waits. A view
    cannot be stopped anyway, so only what is streamed is stopped here. An asynchronous view would hold its thread.
    """

    def __init__(self, threads: RequestThreads) -> None:
        BaseHandler.__init__(self)  # not ASGIHandler's, which makes the asynchronous chain
        self.load_middleware(is_async=False)
        self.threads = threads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self.threads.run(partial(self.answer, scope, body))
        if response.streaming:
            await self.stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def answer(self, scope: Any, body: IO[bytes]) -> HttpResponseBase:
        """The response; closed, unless it is still to be streamed."""
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=self.__class__, scope=scope)
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else self.get_response(request)
            assert response is not None  # one of the two is there
            if response.streaming:
                close_old_connections()  # a long answer keeps no connection from others
            else:
                response.close()
        return response

    async def stream(self, response: HttpResponseBase, receive: Any, send: Any) -> None:
        """Send piece by piece until all is sent or the client has left."""
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        sending = asyncio.create_task(self.send_response(response, send))
        try:
            await asyncio.wait((leaving, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, sending):
                task.cancel()
            _, sent = await asyncio.gather(leaving, sending, return_exceptions=True)
            await self.threads.run(response.close)
        if isinstance(sent, Exception):
            raise sent
