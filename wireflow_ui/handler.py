"""Django's ASGI handler, with one trip from the loop to a request's thread where Django makes four."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http.response import HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import set_script_prefix

from wireflow_ui.body_limit import takes_files, wants_page
from wireflow_ui.errors import WireflowError
from wireflow_ui.request_threads import RequestThreads

RETRY_AFTER = 5


class Unanswered(WireflowError):
    """A request took too long. What it began goes on: a thread cannot be stopped."""

    code = "timeout"
    status = 503
    kind = "api_error"


#: Fetches a file from elsewhere first; where files are sent they are taken apart.
_LONG_PATH = "/api/download"
_LONG_FACTOR = 4


def seconds_for(path: str) -> float:
    """How long a caller waits for the head of the answer at most, once the body is there."""
    is_long = takes_files(path) or path.startswith(_LONG_PATH)
    return float(settings.REQUEST_SECONDS * (_LONG_FACTOR if is_long else 1))


def _too_slow(seconds: float, *, is_page: bool) -> HttpResponse:
    again = "before you do it again" if is_page else "or repeat the call with its Idempotency-Key"
    error = Unanswered(
        f"The server did not get this done within {seconds:g} seconds. It may still be carried out: look "
        f"whether it was, {again}.",
        retryAfter=RETRY_AFTER,
    )
    headers = {
        "Retry-After": str(RETRY_AFTER),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if is_page:
        page = render_to_string("refused.html", {"refusal": error})
        return HttpResponse(page, status=error.status, headers=headers)
    return JsonResponse(error.as_body(), status=error.status, headers=headers)


def _close(answering: asyncio.Task[HttpResponseBase]) -> None:
    """Nobody waits for this response any more."""
    if not answering.cancelled() and answering.exception() is None and (late := answering.result()).streaming:
        late.close()


class OneTrip(ASGIHandler):
    """Signals, middleware, view and the end of the response run in one go on the thread: all of ours are synchronous.

    Django's own goes to the thread for each of them, and watches whether the client leaves while it waits. A view
    cannot be stopped anyway, so only what is streamed is stopped here, and who has waited too long is told so. An
    asynchronous view would hold its thread.
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
        answering = asyncio.create_task(self.threads.run(partial(self.answer, scope, body)))
        seconds = seconds_for(scope["path"])
        done, _ = await asyncio.wait({answering}, timeout=seconds)
        if not done:
            answering.add_done_callback(_close)
            await self.send_response(_too_slow(seconds, is_page=wants_page(scope)), send)
            return
        response = answering.result()
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
