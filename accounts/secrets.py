"""Texts that open doors: made from the system's randomness, kept only as a SHA-256."""

from __future__ import annotations

import hashlib
import secrets


def new_key_text() -> str:
    """The text of an API key: ``sk-`` and 48 hex digits (192 random bits, so a fast hash is enough)."""
    return f"sk-{secrets.token_hex(24)}"


def new_token() -> str:
    """The text of a sign-in link, fit for a path."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is stored and looked up instead of the text: 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
