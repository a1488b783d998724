"""The base of every refusal. The one module of the wiring that the apps may import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class WireflowError(Exception):
    """Something the caller can act on.

    ``message`` is a sentence for a person, ``code`` a word for a program, ``status`` the HTTP status, and
    ``context`` goes into the answer beside them, ``headers`` before it. Subclasses live in the app that raises them.
    """

    code = "invalid_request"
    status = 400
    kind = "invalid_request_error"
    headers: Mapping[str, str] = {}

    def __init__(self, message: str, *, code: str | None = None, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.context = context

    def as_body(self) -> dict[str, Any]:
        """The answer of the API contract: ``{"error", "code", "type", …context}``."""
        return {"error": self.message, "code": self.code, "type": self.kind, **self.context}


class NotFound(WireflowError):
    """It does not exist, or it is not yours: the two must look the same."""

    code = "not_found"
    status = 404


class Forbidden(WireflowError):
    """You may see it, but your role or key does not allow this."""

    code = "forbidden"
    status = 403


class Conflict(WireflowError):
    """It changed, or is being changed, by somebody else."""

    code = "conflict"
    status = 409
    kind = "conflict_error"


class TooLarge(WireflowError):
    """More bytes than this door takes."""

    code = "too_large"
    status = 413


def one_of(words: Iterable[str]) -> str:
    """The sentence for a word that is none of these: ``Choose view, edit or private.``"""
    *most, last = words
    return f"Choose {', '.join(most)} or {last}."
