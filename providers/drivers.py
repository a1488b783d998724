"""The drivers there are, and which of a node type's routes the operator's keys open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol, runtime_checkable

from providers.a1111 import A1111
from providers.apiframe import Apiframe
from providers.atlas import Atlas
from providers.base import Provider
from providers.catalog import NodeType
from providers.comfyui import ComfyUI
from providers.fal import Fal
from providers.gemini import Gemini
from providers.http import Access
from providers.openai import OpenAI
from providers.replicate import Replicate
from providers.routes import Route, fitted, routes_of, why_not
from providers.vertex import Vertex
from providers.wireflow import RemoteWireflow


class Driver(Provider, Protocol):
    """A provider that is reached over the network with the operator's key."""

    def __init__(self, access: Access, local: Provider) -> None:
        """``local`` does the work of local nodes, for media that a provider wants in another form."""
        ...

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        """Whether the driver knows the way that this route, its variant applied, takes."""
        ...


@runtime_checkable
class Checked(Protocol):
    """What a driver can do beside its verbs when there is a call that tries the key and costs nothing."""

    async def check(self) -> None:
        """Raises a `ProviderError` when the provider does not take the key, or cannot be asked."""
        ...


DRIVERS: Mapping[str, type[Driver]] = {
    driver.name: driver
    for driver in (Gemini, Vertex, Fal, Replicate, OpenAI, Apiframe, Atlas, ComfyUI, A1111, RemoteWireflow)
}


def open_routes(
    kind: NodeType, opened: Mapping[str, Access], connected: Collection[str], params: Mapping[str, Any]
) -> list[Route]:
    """The routes that serve these values with a key we have, best first, their variants applied."""
    found = []
    for route in routes_of(kind):
        access, driver = opened.get(route.provider), DRIVERS.get(route.provider)
        if access and driver and not why_not(kind, route, connected, params):
            suited = fitted(route, connected, params)
            if driver.speaks(suited, access):
                found.append(suited)
    return found
