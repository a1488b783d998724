"""What lets pages of other sites call webhooks. Nothing there reads a session, so nothing is given away by it."""

from __future__ import annotations

PATH = "/api/v1/workflow/"

ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, Retry-After, Idempotent-Replayed, X-Request-Id, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
}

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}


def headers_for(path: str) -> dict[str, str]:
    """The headers of every answer at this path, also of errors; none where pages of other sites have no business."""
    return ORIGIN if path.startswith(PATH) else {}
