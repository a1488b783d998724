"""One id per request: in the answer's X-Request-Id and in every log line about it."""

from __future__ import annotations

import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"

#: The id of the request being answered here; empty outside of requests.
current: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id() -> str:
    return f"req_{secrets.token_hex(12)}"
