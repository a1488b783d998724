"""Every refusal of the API, as the document tells it: contract §3."""

from __future__ import annotations

from typing import Any

#: Headers of every answer below /api.
COMMON_HEADERS = ("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _header(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "schema": schema}


_NUMBER = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": _header("The name of this call in the server's log. Quote it when you ask for help.", _TEXT),
    "X-RateLimit-Limit": _header("Calls per minute that the plan allows.", _NUMBER),
    "X-RateLimit-Remaining": _header("Calls left in this minute.", _NUMBER),
    "X-RateLimit-Reset": _header("When the minute ends, in Unix seconds.", _NUMBER),
    "Retry-After": _header("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}),
    "Location": _header("Where to poll what was started.", {"type": "string", "format": "uri-reference"}),
    "Idempotent-Replayed": _header("`true` when this is the stored answer of an earlier call.", _TEXT),
    "X-Total-Count": _header("How many there are on all pages. Sent when `limit` or `offset` is given.", _NUMBER),
    "Link": _header('The pages beside this one: `rel="next"`, `rel="prev"`.', _TEXT),
    "ETag": _header("Send it as If-None-Match to be answered 304 while nothing changed.", _TEXT),
    "Content-Disposition": _header("Always an attachment.", _TEXT),
    "Access-Control-Allow-Origin": _header("`*`: any page may call this address.", _TEXT),
    "Allow": _header("The methods that this address takes.", _TEXT),
}  # fmt: skip


def _problem(name: str, text: str, error: str, code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "text": text,
        "example": {"error": error, "code": code, "type": kind, **more.pop("context", {})},
        "shape": more.pop("shape", "Problem"),
        "headers": more.pop("headers", ()),
    }


_REQUEST, _CONFLICT = "invalid_request_error", "conflict_error"
_BREAKDOWN = [{"nodeId": "node-1", "nodeLabel": "Text to Image", "credits": 10}]
_VIOLATION = {
    "rule": "bad-target-handle",
    "severity": "error",
    "message": "Nano Banana Pro has no input “promt”.",
    "fix": 'Did you mean "in-prompt"?',
    "nodeId": "gen-1",
    "edgeId": "e1",
}

#: Status → the response of that status in the document.
PROBLEMS: dict[int, dict[str, Any]] = {
    400: _problem(
        "BadRequest", "The call cannot be read, or something in it is missing or wrong. The sentence says what.",
        "Missing required fields: name, nodes, edges", "missing_fields", _REQUEST,
    ),
    401: _problem(
        "Unauthenticated", "No key, or not a good one.",
        "Missing Authorization header", "unauthenticated", "authentication_error", headers=("WWW-Authenticate",),
    ),
    402: _problem(
        "InsufficientCredits", "The run costs more than the team has. Nothing was started and nothing is held.",
        "Insufficient credits. Required: 10, Available: 3", "insufficient_credits", "insufficient_credits_error",
        shape="InsufficientCredits",
        context={
            "insufficientCredits": True, "requiredCredits": 10, "availableCredits": 3, "breakdown": _BREAKDOWN,
        },
    ),
    403: _problem(
        "Forbidden", "The key lacks the scope, or its owner the role. The body names it.",
        "Forbidden", "insufficient_scope", _REQUEST, context={"requiredScope": "workflows:execute"},
    ),
    404: _problem(
        "NotFound", "There is no such thing, or it belongs to another team.",
        "Workflow not found", "not_found", _REQUEST,
    ),
    409: _problem(
        "Conflict", "Somebody else was first. Read again and decide anew, or wait as Retry-After says.",
        "Workflow changed since you loaded it", "stale_write", _CONFLICT,
        context={
            "currentUpdatedAt": "2026-11-21T09:00:04.120Z", "yourBaseUpdatedAt": "2026-11-21T09:00:00.000Z",
        },
    ),
    410: _problem(
        "Gone", "It was there and is over.", "This address has expired.", "gone", _REQUEST,
    ),
    413: _problem(
        "TooLarge", "The body has more bytes than this address takes.",
        "The body is too large.", "too_large", _REQUEST,
    ),
    415: _problem(
        "UnsupportedMediaType", "The body is of a Content-Type that this address does not take.",
        "This address does not take this Content-Type. Send application/json.", "unsupported_media_type", _REQUEST,
    ),
    422: _problem(
        "InvalidGraph", "The graph has errors. Each violation names its node or edge, and often the remedy.",
        "Workflow graph failed validation (1 error).", "invalid_graph", _REQUEST, shape="InvalidGraph",
        context={"violations": [_VIOLATION], "warnings": [], "migrations": [],
                 "diagnostics": {"version": 1, "counts": {"error": 1, "warning": 0, "info": 0}, "diagnostics": []}},
    ),
    429: _problem(
        "RateLimited", "A limit of the plan is used up. Wait `retryAfter` seconds; nothing was started.",
        "Too many workflow executions. Please try again later.", "rate_limited", "rate_limit_error",
        shape="RateLimited", context={"retryAfter": 42}, headers=("Retry-After",),
    ),
    500: _problem(
        "ServerError", "Our fault. Try once more; quote X-Request-Id when it stays.",
        "Internal server error", "internal_error", "api_error",
    ),
    503: _problem(
        "Unavailable", "The server cannot answer right now. Wait as Retry-After says.",
        "The database does not answer right now. Try again in a moment.", "unavailable", "api_error",
        shape="RateLimited", context={"retryAfter": 2}, headers=("Retry-After",),
    ),
}  # fmt: skip
HEADERS["WWW-Authenticate"] = _header("`Bearer`.", _TEXT)


def responses() -> dict[str, Any]:
    """``components.responses``."""
    return {
        one["name"]: {
            "description": one["text"],
            "headers": headers_of(one["headers"]),
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{one['shape']}"},
                    "example": one["example"],
                }
            },
        }
        for one in PROBLEMS.values()
    }


def headers_of(more: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*COMMON_HEADERS, *more)}
