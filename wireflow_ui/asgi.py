"""The ASGI application: Django, sockets, and the life of the process around them."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wireflow_ui.settings")

import django

django.setup()

# Django must be set up before anything below imports a model.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.urls import re_path  # noqa: E402

import executions.urls  # noqa: E402
from wireflow_ui.body_limit import BodyLimit  # noqa: E402
from wireflow_ui.handler import OneTrip  # noqa: E402
from wireflow_ui.lifespan import Lifespan  # noqa: E402
from wireflow_ui.measured import CountedSockets  # noqa: E402
from wireflow_ui.rate_limits import headers_before_django  # noqa: E402
from wireflow_ui.request_threads import RequestThreads  # noqa: E402


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """A socket address that does not exist is refused like any other page."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


threads = RequestThreads()
sockets = AllowedHostsOriginValidator(
    CookieMiddleware(
        URLRouter(
            [
                *executions.urls.websocket_urlpatterns,
                re_path("", no_such_socket),  # type: ignore[arg-type]
            ]
        )
    )
)

application = Lifespan(
    BodyLimit(
        ProtocolTypeRouter({"http": OneTrip(threads), "websocket": CountedSockets(sockets)}),
        partial(headers_before_django, threads),
    )
)
