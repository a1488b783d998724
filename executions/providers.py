"""The providers this process speaks to, made once on first use."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from assets.children import pool
from providers.base import Provider
from providers.catalog import NodeType
from providers.local.provider import LocalProvider
from providers.sandbox import SandboxProvider

#: Who serves the remote nodes until a driver of their own exists.
REMOTE_PROVIDER = "sandbox"


def provider_name_for(kind: NodeType) -> str:
    """Who serves a node type: "" for input nodes, which are read and fetched by the engine itself."""
    if kind.is_source:
        return ""
    return REMOTE_PROVIDER if kind.is_remote else "local"


@cache
def provider_named(name: str) -> Provider:
    """The provider of that name. Raises KeyError for one that does not exist."""
    return {"local": _local, "sandbox": _sandbox}[name]()


def _local() -> Provider:
    return LocalProvider(pool())


def _sandbox() -> Provider:
    return SandboxProvider(settings.SANDBOX_JOURNAL, pool(), settings.SANDBOX_LATENCY)
