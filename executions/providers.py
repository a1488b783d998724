"""Who serves a node run, and the providers this process speaks to, made once on first use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from assets.children import pool
from providers.base import Job, Provider, Request
from providers.catalog import NodeType
from providers.drivers import DRIVERS, open_routes
from providers.errors import AuthFailed, ProviderError
from providers.local.provider import LocalProvider
from providers.routes import model_of, with_value
from providers.sandbox import SandboxProvider
from workflows.graph import Node

SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Choice:
    """Who serves a node run: the provider, the model of its route, and the provider to go on with when it fails.

    ``refusal`` is set when it must not be called now. ``resumes``: it has a job of this node run already.
    """

    provider: str
    model: str = ""
    next_provider: str = ""
    refusal: ProviderError | None = None
    resumes: bool = False


def choose(
    kind: NodeType,
    connected: Collection[str] = (),
    params: Mapping[str, Any] | None = None,
    *,
    passed: Collection[str] = (),
) -> Choice:
    """The first of the node type's routes that a key opens and that can serve the values; else the sandbox.

    ``connected`` are the inputs that have a value, ``passed`` the providers that failed this node run before: when
    they are all there are the last one stays, for a failure is never covered by the sandbox. Input nodes have "".
    """
    if not kind.is_remote:
        return Choice("" if kind.is_source else "local")
    if not settings.PROVIDER_ACCESS:
        return Choice(SANDBOX)
    params = params or {}
    routes = open_routes(kind, settings.PROVIDER_ACCESS, connected, params)
    left = [route for route in routes if route.provider not in passed] or routes[-1:]
    if not left:
        return Choice(SANDBOX)
    others = [route.provider for route in left if route.provider != left[0].provider]
    return Choice(left[0].provider, model_of(left[0], params), others[0] if others else "")


def expected_provider(node: Node, wired: Collection[str]) -> str:
    """Who will serve a node whose wires have brought nothing yet."""
    if node.kind.is_remote and not settings.PROVIDER_ACCESS:
        return SANDBOX
    given = with_value({port.id: node.params.get(port.id) for port in node.kind.inputs})
    ports = {port.id for port in node.kind.inputs}
    return choose(node.kind, given | set(node.given) | (ports & set(wired)), node.params).provider


def maker(provider: str) -> str:
    """The provider as it counts for reuse: whose real model made it does not matter, the sandbox does."""
    return provider if provider in ("", "local", SANDBOX) else "real"


@cache
def provider_named(name: str) -> Provider:
    """The provider of that name. Raises KeyError for one that does not exist."""
    if name in DRIVERS:
        access = settings.PROVIDER_ACCESS.get(name)
        return DRIVERS[name](access, provider_named("local")) if access else Closed(name)
    return {"local": _local, SANDBOX: _sandbox}[name]()


class Closed:
    """A provider whose key was taken away while it still had work of ours."""

    takes_keys = False

    def __init__(self, name: str) -> None:
        self.name = name

    async def submit(self, request: Request) -> Job:
        raise AuthFailed(f"This server has no key for {self.name} any more.")

    async def fetch(self, ref: str, request: Request) -> Job:
        raise AuthFailed(f"This server has no key for {self.name} any more, so the result cannot be fetched.")

    async def cancel(self, ref: str) -> None:
        raise AuthFailed(f"This server has no key for {self.name} any more, so its job cannot be stopped.")


def _local() -> Provider:
    return LocalProvider(pool())


def _sandbox() -> Provider:
    return SandboxProvider(settings.SANDBOX_JOURNAL, pool(), settings.SANDBOX_LATENCY)
