"""A request as JSON: what is stored in the journal and what is handed to a child process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.base import Media, Request, Value
from providers.catalog import NodeType, load_catalog
from providers.errors import InvalidInput, ProviderLost
from providers.local.wire import decode, encode

#: Where a node keeps the words that say what to make, by preference.
PROMPT_PORTS = ("prompt", "text", "criteria")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: a request without what differs between two calls for the same thing.

    ``seed`` is the hash of node type, params, inputs (media by their bytes) and item path.
    """

    kind: NodeType
    seed: str
    params: Mapping[str, Any]
    inputs: Mapping[str, Value]

    def text(self, *names: str) -> str:
        """The first of these inputs or params that holds words."""
        for name in names:
            for value in (self.inputs.get(name), self.params.get(name)):
                words = "\n".join(map(str, value)) if isinstance(value, list | tuple) else value
                if isinstance(words, str) and words.strip():
                    return words
        return ""

    @property
    def prompt(self) -> str:
        return self.text(*PROMPT_PORTS)

    def media(self, kind: str, *, role: str = "") -> list[Media]:
        """The media of one kind (image, video, audio) and role, in the order of the node's inputs."""
        found: list[Media] = []
        for port in self.kind.inputs:
            value = self.inputs.get(port.id)
            items = value if isinstance(value, list | tuple) else [value]
            if port.role == role:
                found += [item for item in items if isinstance(item, Media) and item.kind == kind]
        return found


def order_of(request: Request) -> Order:
    """Read a request; hashes the files it brings. Raises InvalidInput when one of them is gone."""
    said = [request.kind.name, _hashed(request.params), _hashed(request.inputs), list(request.item_path)]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Order(request.kind, seed, request.params, request.inputs)


def pack(order: Order) -> dict[str, Any]:
    """``order`` as JSON values, written as `providers.local.wire` writes them."""
    return {
        "node": order.kind.name,
        "seed": order.seed,
        "params": encode(order.params),
        "inputs": encode(order.inputs),
    }


def unpack(stored: Mapping[str, Any]) -> Order:
    """The inverse of `pack`. Raises ProviderLost when the node type is no longer in the catalog."""
    kind = load_catalog().find(stored["node"])
    if kind is None:
        raise ProviderLost("The sandbox no longer has this node type; run the node again.")
    return Order(kind, stored["seed"], decode(stored["params"]), decode(stored["inputs"]))


def _hashed(value: Value) -> Any:
    """``value`` with the hash of their bytes in place of media."""
    if isinstance(value, Media):
        try:
            with value.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise InvalidInput(
                "A picture, clip or sound wired in is no longer stored; run the node before it again."
            ) from error
        return ["media", value.content_type, value.role, digest]
    if isinstance(value, Mapping):
        return {str(key): _hashed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hashed(item) for item in value]
    return value
