"""What input nodes give: the values written on them, read and checked.

Pure but for two questions handed in: which stored file a value means, and the text of a stored table.
"""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from executions.payloads import check_payload, check_rules
from executions.values import BadValue, as_text, is_address
from providers.base import Value
from workflows.graph import Graph, Node
from workflows.tables import read_rows

MAX_SEED = 2**31
MAX_ROWS = 500
#: How ids and addresses of stored files begin.
_OURS = ("as_", "/media/")


@dataclass(frozen=True, slots=True)
class Shelf:
    """How source nodes reach stored files.

    ``find`` gives the stored form of a file that a value names (an id, one of our addresses, a reference), or
    None; ``read_text`` the text of such a file. ``payload`` is the body that an outside call brought. ``has_secret``
    says whether the team that wrote the graph has stored a secret of this name, ``pinned`` what pinned nodes of a graph
    give: node and item → outputs.
    """

    find: Callable[[Any], dict[str, Any] | None]
    read_text: Callable[[Mapping[str, Any]], str]
    payload: Mapping[str, Any] = field(default_factory=dict)
    has_secret: Callable[[str], bool] = lambda _: False
    pinned: Callable[[Graph], Mapping[tuple[str, tuple[int, ...]], Mapping[str, Any]]] = lambda _: {}


class MustFetch(Exception):
    """The value is an address on another host; a worker has to load it first."""


def source_outputs(node: Node, shelf: Shelf) -> dict[str, Value]:
    """Port → value of an input node. Raises `BadValue`, or `MustFetch`."""
    reader = _READERS.get(node.kind.name)
    if reader is not None:
        return reader(node, shelf)
    port = node.kind.outputs[0]
    value = node.params.get(node.kind.spec["run_input"]["param"])
    return {} if value is None else {port.id: value}


def addresses_of(node: Node, shelf: Shelf) -> list[str]:
    """The foreign addresses that an input node names, to be fetched before it can give anything."""
    values = node.params.get(node.kind.spec["run_input"]["param"])
    listed = values if isinstance(values, list) else [values]
    return [address for value in listed if (address := _foreign(value, shelf))]


def _foreign(value: Any, shelf: Shelf) -> str:
    address = str(value.get("url", "") if isinstance(value, Mapping) else value)
    return address if is_address(address) and shelf.find(value) is None else ""


def _file(node: Node, value: Any, shelf: Shelf) -> dict[str, Any] | None:
    if value in (None, "", {}):
        return None
    found = shelf.find(value)
    if found is None:
        if _foreign(value, shelf):
            raise MustFetch
        raise BadValue(_why_no_file(node.label, value))
    accepted = accepted_types(node)
    if accepted and found["contentType"] not in accepted:
        kinds = ", ".join(one.partition("/")[2] for one in accepted)
        raise BadValue(f"“{node.label}” takes {kinds}, but the file is {found['contentType']}.")
    return found


def _why_no_file(label: str, value: Any) -> str:
    """What is wrong with a value that names no file: the file is gone, or it could never have named one."""
    if isinstance(value, Mapping):
        value = value.get("assetId") or value.get("url")
    said = as_text(value).strip()
    if said.startswith(_OURS):
        return f"“{label}”: the file is not there any more. Choose it again."
    if said[:5].lower() == "data:":
        return (
            f"“{label}” takes no data URI. Upload the file (POST /api/v1/media/upload) and send its address."
        )
    shown = f"{said[:40]}…" if len(said) > 40 else said
    return (
        f"“{label}” takes a file: its address (https://…), or the address or id of one that was uploaded. "
        f"“{shown}” is none of these."
    )


def accepted_types(node: Node) -> tuple[str, ...]:
    """The content types that the file of an input node may have."""
    param = node.kind.param(node.kind.spec["run_input"]["param"])
    if param is None:
        return ()
    for name, by_value in param.spec.get("accept_by", {}).items():
        chosen = by_value.get(node.params.get(name))
        if chosen:
            return tuple(chosen)
    return tuple(param.spec.get("accept", ()))


def _media(node: Node, shelf: Shelf) -> dict[str, Value]:
    param = node.kind.spec["run_input"]["param"]
    found = _file(node, node.params.get(param), shelf)
    return {} if found is None else {node.kind.outputs[0].id: found}


def _media_list(node: Node, shelf: Shelf) -> dict[str, Value]:
    values = node.params.get("images") or []
    found = [_file(node, value, shelf) for value in values]
    pictures = [one for one in found if one is not None]
    return {"images": pictures} if pictures else {}


def _select(node: Node, shelf: Shelf) -> dict[str, Value]:
    options = [
        one.get("value") if isinstance(one, Mapping) else one for one in (node.params.get("options") or [])
    ]
    value = node.params.get("value")
    if not value:
        if not options:
            raise BadValue(f"“{node.label}” has no options. Add some to its settings.")
        return {"value": str(options[0])}
    if options and value not in options:
        choices = ", ".join(map(str, options))
        raise BadValue(f"“{node.label}” must be one of {choices}, not “{value}”.")
    return {"value": str(value)}


def _seed(node: Node, shelf: Shelf) -> dict[str, Value]:
    value = node.params.get("value")
    return {"value": secrets.randbelow(MAX_SEED) if value is None else value}


def _webhook(node: Node, shelf: Shelf) -> dict[str, Value]:
    check_rules(node)
    if shelf.payload:
        check_payload(node, shelf.payload)
    return {"payload": dict(shelf.payload) or node.params.get("sample") or {}}


def _table(node: Node, shelf: Shelf) -> dict[str, Value]:
    params = dict(node.params)
    if not str(params.get("csv") or "").strip() and not params.get("rows"):
        params |= _stored_table(node, shelf)
    try:
        rows = read_rows(params)
    except csv.Error as error:
        raise BadValue(f"“{node.label}”: the table cannot be read ({error}).") from None
    if not all(isinstance(row, dict) for row in rows):
        raise BadValue(f"“{node.label}” needs a list of objects, one per row.")
    if len(rows) > MAX_ROWS:
        raise BadValue(f"“{node.label}” has {len(rows)} rows; {MAX_ROWS} is the most for one run.")
    return {"rows": rows}


def _stored_table(node: Node, shelf: Shelf) -> dict[str, Any]:
    """The parameters that the node's file stands for; empty without one."""
    found = _file(node, node.params.get("file"), shelf)
    if found is None:
        return {}
    text = shelf.read_text(found)
    if found["contentType"] != "application/json":
        return {"csv": text}
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise BadValue(f"“{node.label}”: the file is not valid JSON.") from None
    if not isinstance(rows, list):
        raise BadValue(f"“{node.label}” needs a list of objects, one per row.")
    return {"rows": rows}


_READERS: Mapping[str, Callable[[Node, Shelf], dict[str, Value]]] = {
    "input:image": _media,
    "input:video": _media,
    "input:audio": _media,
    "input:image_list": _media_list,
    "input:select": _select,
    "input:seed": _seed,
    "input:table": _table,
    "input:webhook": _webhook,
}
