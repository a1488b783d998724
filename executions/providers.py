"""Who serves a node run, and the providers this process speaks to, made once on first use."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cachetools import TTLCache
from django.conf import settings

from accounts.models import ProviderKey, Team
from accounts.provider_keys import PAGE, note_use, open_key
from assets.children import pool
from providers.base import Job, Provider, Request
from providers.catalog import NodeType
from providers.drivers import DRIVERS, open_routes
from providers.errors import AuthFailed, ProviderError
from providers.http import Access
from providers.local.provider import LocalProvider
from providers.routes import model_of, with_value
from providers.sandbox import SandboxProvider
from workflows.graph import Node

SANDBOX = "sandbox"
#: A driver with a team's key is kept so long, for what it learns (tokens, fields of models).
KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """Who serves a node run: the provider, the model of its route, and the provider to go on with when it fails.

    ``refusal`` is set when it must not be called now. ``resumes``: it has a job of this node run already.
    ``own_key``: it is called with the key of the team, see `ProviderKey`, and not with that of this server.
    """

    provider: str
    model: str = ""
    next_provider: str = ""
    refusal: ProviderError | None = None
    resumes: bool = False
    own_key: bool = False


def opened_for(team: Team) -> Mapping[str, Access]:
    """Provider → where a team's calls go, for every provider that a key of its own or of this server opens. Its own
    comes first, and stays sealed: the access to plan with has none."""
    own = {name: place for name, place in settings.PROVIDER_ADDRESSES.items() if name in team.provider_keys}
    return {**settings.PROVIDER_ACCESS, **{name: Access(place, "") for name, place in own.items()}}


def has_own_key(provider: str, team: Team) -> bool:
    """Is this provider called with the team's own key?"""
    return provider in team.provider_keys and provider in settings.PROVIDER_ADDRESSES


def choose(
    kind: NodeType,
    team: Team,
    connected: Collection[str] = (),
    params: Mapping[str, Any] | None = None,
    *,
    passed: Collection[str] = (),
) -> Choice:
    """The first route that a key opens for this team and that can serve the values; else the sandbox.

    ``connected`` are the inputs that have a value, ``passed`` the providers that failed this node run before: when
    they are all there are the last one stays, for a failure is never covered by the sandbox. Input nodes have "".
    """
    if not kind.is_remote:
        return Choice("" if kind.is_source else "local")
    opened = opened_for(team)
    if not opened:
        return Choice(SANDBOX)
    params = params or {}
    routes = open_routes(kind, opened, connected, params)
    left = [route for route in routes if route.provider not in passed] or routes[-1:]
    if not left:
        return Choice(SANDBOX)
    others = [route.provider for route in left if route.provider != left[0].provider]
    first = left[0].provider
    return Choice(
        first, model_of(left[0], params), others[0] if others else "", own_key=has_own_key(first, team)
    )


def expected(node: Node, wired: Collection[str], team: Team) -> Choice:
    """Who will serve a node whose wires have brought nothing yet."""
    if node.kind.is_remote and not opened_for(team):
        return Choice(SANDBOX)
    return choose(node.kind, team, _connected(node, wired), node.params)


def would_serve(node: Node, wired: Collection[str]) -> list[str]:
    """The providers that would serve such a node with a key that a team can bring, best first."""
    places = {name: Access(place, "") for name, place in settings.PROVIDER_ADDRESSES.items()}
    routes = open_routes(node.kind, places, _connected(node, wired), node.params)
    return list(dict.fromkeys(route.provider for route in routes))


def _connected(node: Node, wired: Collection[str]) -> set[str]:
    """The inputs that have a value, or will have one by their wire."""
    given = with_value({port.id: node.params.get(port.id) for port in node.kind.inputs})
    ports = {port.id for port in node.kind.inputs}
    return {*given, *node.given, *(ports & set(wired))}


def maker(provider: str) -> str:
    """The provider as it counts for reuse: whose real model made it does not matter, the sandbox does."""
    return provider if provider in ("", "local", SANDBOX) else "real"


@cache
def provider_named(name: str) -> Provider:
    """The provider of that name, with the key of this server. Raises KeyError for one that does not exist."""
    if name in DRIVERS:
        access = settings.PROVIDER_ACCESS.get(name)
        return DRIVERS[name](access, provider_named("local")) if access else Closed(name)
    return {"local": _local, SANDBOX: _sandbox}[name]()


_opened: TTLCache[str, Provider] = TTLCache(maxsize=256, ttl=KEPT_SECONDS)
_opened_lock = threading.Lock()


def provider_for(name: str, team_id: int, *, own_key: bool) -> Provider:
    """The provider as it is called for a team. With its own key this asks the database, and opens the key: only for
    whoever makes the call now."""
    if not own_key:
        return provider_named(name)
    key = ProviderKey.objects.filter(team=team_id, provider=name).first()
    if key is None:
        return Closed(name, "Your team")
    note_use(key)
    with _opened_lock:
        kept = _opened.get(key.sealed)
        if kept is None:
            try:
                kept = _opened[key.sealed] = DRIVERS[name](open_key(key), provider_named("local"))
            except AuthFailed as error:
                return Closed(name, "Your team", error.message)
    return kept


def takes_keys(name: str) -> bool:
    """Does the provider take idempotency keys?"""
    return DRIVERS[name].takes_keys if name in DRIVERS else provider_named(name).takes_keys


class Closed:
    """A provider whose key was taken away, or cannot be opened, while it still had work of ours."""

    takes_keys = False

    def __init__(self, name: str, owner: str = "This server", why: str = "") -> None:
        self.name = name
        self._why = why or f"{owner} has no key for {name} any more"

    async def submit(self, request: Request) -> Job:
        raise AuthFailed(self._said(""))

    async def fetch(self, ref: str, request: Request) -> Job:
        raise AuthFailed(self._said("the result cannot be fetched"))

    async def cancel(self, ref: str) -> None:
        raise AuthFailed(self._said("its job cannot be stopped"))

    def _said(self, so: str) -> str:
        if self._why.endswith("."):
            return self._why
        return f"{self._why}{f', so {so}' if so else ''}. Add one under {PAGE}."


def _local() -> Provider:
    return LocalProvider(pool())


def _sandbox() -> Provider:
    return SandboxProvider(settings.SANDBOX_JOURNAL, pool(), settings.SANDBOX_LATENCY)
