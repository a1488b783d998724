"""Files on their way into and out of a piece of work.

Going in, references to stored files become `Media` on this machine; coming out, produced files are placed in the
store. Nothing here writes a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from accounts.models import Team
from assets.actions import fetch, place
from assets.store import find_for, media_of
from executions.callbacks import address_for
from executions.engine.claims import Claim
from executions.instant import shelf_of
from executions.sources import addresses_of, source_outputs
from executions.values import BadValue, is_address, is_medium
from providers.base import Media, Request, Value
from providers.catalog import NodeType
from providers.errors import InvalidInput
from wireflow_ui.errors import WireflowError
from workflows.graph import Node

#: Pictures that one step may hold at once, in pixels.
MAX_PIXELS = 256_000_000


_FILE_TYPES = frozenset({"IMAGE", "VIDEO", "AUDIO", "FILE"})


def touches_files(claim: Claim) -> bool:
    """Does this work read or write any file? Text in and text out does not."""
    writes = any(port.type in _FILE_TYPES or port.type == "ANY" for port in claim.kind.outputs)
    return writes or claim.kind.is_local or _holds_file(claim.gathered.inputs)


def _holds_file(value: Any) -> bool:
    if isinstance(value, Mapping):
        return is_medium(value) or any(map(_holds_file, value.values()))
    return isinstance(value, list) and any(map(_holds_file, value))


def plain_request(claim: Claim, scratch: Path) -> Request:
    """The request of a claim that touches no files."""
    return Request(
        kind=claim.kind,
        inputs=claim.gathered.inputs,
        params=claim.gathered.params,
        scratch=scratch,
        idempotency_key=claim.submission.key if claim.submission else "",
        item_path=claim.path,
        label=claim.label,
        callback=address_for(claim.provider, claim.submission.key) if claim.submission else "",
    )


def request_for(claim: Claim, scratch: Path) -> Request:
    """The request of a claim, its files at hand. Raises `InvalidInput` when one is gone or they are too many."""
    team = Team.objects.get(pk=claim.team_id)
    inputs = {
        name: _in(team, value, claim, name, _port_type(claim.kind, name), scratch)
        for name, value in claim.gathered.inputs.items()
    }
    params = {
        name: _in(team, value, claim, name, "", scratch) for name, value in claim.gathered.params.items()
    }
    pixels = sum((one.width or 0) * (one.height or 0) for one in _files(inputs))
    if pixels > MAX_PIXELS:
        raise InvalidInput(
            f"“{claim.label}” got {pixels // 1_000_000} megapixels of pictures; "
            f"a step takes {MAX_PIXELS // 1_000_000}. Use fewer or smaller ones."
        )
    return replace(plain_request(claim, scratch), inputs=inputs, params=params)


def _port_type(kind: NodeType, name: str) -> str:
    port = kind.input(name)
    return port.type if port else ""


def _files(value: Any) -> list[Media]:
    if isinstance(value, Media):
        return [value]
    values = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [found for one in values for found in _files(one)]


def _in(team: Team, value: Any, claim: Claim, name: str, port_type: str, scratch: Path) -> Any:
    if isinstance(value, list):
        return [_in(team, one, claim, name, port_type, scratch) for one in value]
    wants_file = port_type in _FILE_TYPES and is_address(value)
    if not is_medium(value) and not wants_file:
        return value
    asset = find_for(team, value)
    if asset is None and wants_file:
        asset = fetch_for(team, value)
    if asset is None:
        raise BadValue(f"“{claim.label}”: a file for {name} was deleted. Run the step that made it again.")
    if wants_file and asset.kind.upper() != port_type and port_type != "FILE":
        raise BadValue(
            f"“{claim.label}”: {name} needs {port_type}, but the address holds {asset.content_type}."
        )
    return media_of(asset, scratch)


def fetch_for(team: Team, address: str) -> Any:
    """The asset made of what a public address serves. Raises `InvalidInput` with a sentence."""
    try:
        return fetch(team=team, user=None, url=address)
    except WireflowError as refused:
        raise InvalidInput(refused.message) from refused


def read_source(node: Node, team: Team, payload: Mapping[str, Any]) -> dict[str, Value]:
    """What an input node gives whose file lies on another host: the file is fetched and kept first."""
    shelf = shelf_of(team, payload)
    fetched = {address: fetch_for(team, address).as_value() for address in addresses_of(node, shelf)}

    def find(value: Any) -> dict[str, Any] | None:
        address = value.get("url") if isinstance(value, Mapping) else value
        return fetched.get(str(address)) or shelf.find(value)

    return source_outputs(node, type(shelf)(find=find, read_text=shelf.read_text, payload=payload))


def store_outputs(value: Any) -> Any:
    """The outputs with every produced file placed in the store (bytes only)."""
    if isinstance(value, Media):
        return place(value)
    if isinstance(value, Mapping):
        return {name: store_outputs(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [store_outputs(one) for one in value]
    return value
