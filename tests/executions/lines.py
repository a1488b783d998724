"""Sockets as the browsers of people open them."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import User
from tests.processes import PATIENCE
from wireflow_ui.asgi import application

Frame = dict[str, Any]


class Line(ApplicationCommunicator):
    """A socket as the browser of a person opens it."""

    def __init__(self, path: str, user: User | None, *, origin: str = "http://127.0.0.1:8000") -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"127.0.0.1:8000")]
        if user is not None:
            client = Client()
            client.force_login(user)
            name = django_settings.SESSION_COOKIE_NAME
            headers.append((b"cookie", f"{name}={client.cookies[name].value}".encode()))
        path, _, query = path.partition("?")
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        super().__init__(application, {**scope, "subprotocols": []})

    async def connect(self) -> bool:
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(PATIENCE)
        return bool(answer["type"] == "websocket.accept")

    async def frame(self) -> Frame:
        answer = await self.receive_output(PATIENCE)
        assert answer["type"] == "websocket.send", answer
        frame: Frame = json.loads(answer["text"])
        return frame

    async def close(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE)


async def opened(path: str, user: User | None) -> Line:
    socket = await sync_to_async(Line)(path, user)
    assert await socket.connect()
    return socket
