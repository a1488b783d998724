"""The outermost door: bodies are counted while they arrive.

Django writes any body to disk before a view runs, without a bound of its own: the bound stands before Django.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.template.loader import render_to_string

from wireflow_ui import request_ids
from wireflow_ui.error_pages import way_back
from wireflow_ui.errors import TooLarge, WireflowError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
#: More headers for a refusal with this status.
Headers = Callable[[Scope, int], Awaitable[Mapping[str, str]]]

MB = 1024 * 1024
JSON_LIMIT = int(4.5 * MB)
UPLOAD_LIMIT = 26 * MB  # a file of 25 MB and the form around it
PAGE_LIMIT = 1 * MB
DRAIN_LIMIT = 64 * MB
IMPORT_PATH = "/workflows/import"  # a file of 4 MB and the form around it
UPLOAD_PATHS = ("/api/v1/media", "/media/upload/", "/assets", "/app/", "/settings/team/import")
SCHEDULE_FORM = re.compile(r"/workflows/[^/]+/schedules/new|/schedules/[0-9a-f-]{36}")


class EncodedBody(WireflowError):
    code = "unsupported_media_type"
    status = 415


def takes_files(path: str) -> bool:
    """Whether files are sent there."""
    return path.startswith(UPLOAD_PATHS) or SCHEDULE_FORM.fullmatch(path) is not None


def limit_for(path: str, content_type: str) -> int:
    """How many bytes a body may have here."""
    if takes_files(path) and not content_type.startswith("application/json"):
        return UPLOAD_LIMIT
    if path.startswith("/api/v1/workflow/"):  # webhooks, open to the world
        return PAGE_LIMIT
    if path == IMPORT_PATH or path.startswith("/api/") or content_type.startswith("application/json"):
        return JSON_LIMIT
    return PAGE_LIMIT


class BodyLimit:
    """ASGI wrapper: chooses the request id, refuses encoded bodies (415) and too large ones (413).

    A body without Content-Length is read here, within its limit, and handed on with its length: DRF takes a
    body without one for no body at all.
    """

    def __init__(self, app: App, headers: Headers | None = None) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = {**scope, "request_id": request_ids.new_request_id()}
        headers = {name.decode("latin-1").lower(): value for name, value in scope["headers"]}
        limit = limit_for(scope["path"], headers.get("content-type", b"").decode("latin-1").lower())
        if headers.get("content-encoding", b"identity").strip().lower() not in (b"identity", b""):
            await drain(receive)
            await self.refuse(scope, send, EncodedBody("Send the body without Content-Encoding."))
        elif "content-length" in headers:
            await self.pass_counted(scope, receive, send, limit, declared=headers["content-length"])
        else:
            await self.pass_read(scope, receive, send, limit)

    async def pass_counted(
        self, scope: Scope, receive: Receive, send: Send, limit: int, *, declared: bytes
    ) -> None:
        if len(declared) > 12 or not declared.isdigit() or int(declared) > limit:
            await drain(receive)
            await self.refuse(scope, send, too_large(limit))
            return
        count, more = 0, True

        async def receive_counted() -> Message:
            nonlocal count, more
            message = await receive()
            count += len(message.get("body", b""))
            more = message.get("more_body", False)
            # The server holds a client to its own Content-Length; this is for one that does not.
            return message if count <= limit else {"type": "http.disconnect"}

        await self.app(scope, receive_counted, with_request_id(scope, send))
        if count > limit:
            if more:
                await drain(receive)
            await self.refuse(scope, send, too_large(limit))

    async def pass_read(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                if more:
                    await drain(receive)
                await self.refuse(scope, send, too_large(limit))
                return
        if body:
            length = (b"content-length", str(len(body)).encode())
            scope = {**scope, "headers": [*scope["headers"], length]}
        messages: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def receive_again() -> Message:
            return messages.pop() if messages else await receive()

        await self.app(scope, receive_again, with_request_id(scope, send))

    async def refuse(self, scope: Scope, send: Send, error: WireflowError) -> None:
        """Answer and close: programs get the contract's JSON, whoever sent a form gets a page."""
        if wants_page(scope):
            context = {
                "refusal": error,
                "back": way_back(_header(scope, b"referer"), _header(scope, b"host")),
            }
            content_type, body = (
                b"text/html; charset=utf-8",
                render_to_string("refused.html", context).encode(),
            )
        else:
            content_type, body = (
                b"application/json",
                json.dumps(error.as_body(), separators=(",", ":")).encode(),
            )
        more = await self.headers(scope, error.status) if self.headers else {}
        headers = [
            (b"content-type", content_type),
            (b"content-length", str(len(body)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"default-src 'self'"),
            (b"connection", b"close"),
            id_header(scope),
            *((name.lower().encode(), value.encode()) for name, value in more.items()),
        ]
        await send({"type": "http.response.start", "status": error.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def wants_page(scope: Scope) -> bool:
    """Whether a browser asks for something to look at."""
    return _header(scope, b"accept").startswith("text/html") and not scope["path"].startswith("/api/")


def _header(scope: Scope, wanted: bytes) -> str:
    found: bytes = next((value for name, value in scope["headers"] if name.lower() == wanted), b"")
    return found.decode("latin-1")


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is too large: this address takes up to {limit / MB:g} MB.", limitBytes=limit)


def with_request_id(scope: Scope, send: Send) -> Send:
    """Add the id to answers that Django gave before its middleware ran."""
    name = request_ids.HEADER.lower().encode()

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start" and not any(
            header.lower() == name for header, _ in message.get("headers", [])
        ):
            message = {**message, "headers": [*message.get("headers", []), id_header(scope)]}
        await send(message)

    return send_with_id


def id_header(scope: Scope) -> tuple[bytes, bytes]:
    return request_ids.HEADER.lower().encode(), scope["request_id"].encode()


async def drain(receive: Receive) -> None:
    """Drop what is left of a body, within reason: many clients send it all before they read the answer."""
    dropped, more = 0, True
    while more and dropped < DRAIN_LIMIT:
        message = await receive()
        dropped += len(message.get("body", b""))
        more = message.get("more_body", False)
