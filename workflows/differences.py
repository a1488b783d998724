"""What is different from one graph to another, piece by piece, and the graph with some of the pieces.

Where cards stand does not count, and notes and groups, which nothing runs, do not either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.catalog import load_catalog
from workflows.nodes import DRAWN_ONLY, data_of, type_name

Json = Mapping[str, Any]
Graph = tuple[Sequence[Json], Sequence[Json]]
Ends = tuple[str, str, str, str]

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
#: What people call settings that are no parameters of a node.
NAMES = {
    "label": "Name",
    "pinned": "Pinned result",
    "runMode": "Mode",
    "onError": "When it fails",
    "timeLimit": "Time limit",
    "selectedIndex": "Chosen result",
    "nodeType": "Type",
}
#: So many characters of a value are shown at all.
LONGEST = 5_000
_NOT_SET = frozenset(
    [
        "output",
        "result",
        "selectedOutput",
        "isExecuting",
        "inputs",
        "outputs",
        "category",
        "dims",
        "config",
        "params",
    ]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One node or wire that came or went, or one setting that was changed.

    ``key`` names the place and ``token`` also what was there and is now; ``needs`` are keys of pieces without which
    this one makes no sense. ``parts`` are the keys under which those who made it are noted.
    """

    key: str
    token: str
    fate: str
    title: str
    is_wire: bool = False
    node_id: str = ""
    setting: str = ""
    name: str = ""
    was: str = ""
    now: str = ""
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def pieces(before: Graph, after: Graph) -> list[Piece]:
    """The pieces that make ``after`` of ``before``. The wires of a node that went are not told beside it."""
    old, new = (_nodes(graph) for graph in (before, after))
    found: list[Piece] = []
    for node_id, raw in new.items():
        if node_id not in old:
            parts = tuple(_key("set", node_id, name) for name in sorted(_set(raw)))
            found.append(
                _piece(("node", node_id), ADDED, _title(raw), None, _set(raw), node_id=node_id, parts=parts)
            )
        else:
            found += _settings(node_id, old[node_id], raw)
    found += [
        _piece(("node", node_id), REMOVED, _title(raw), _set(raw), None, node_id=node_id)
        for node_id, raw in old.items()
        if node_id not in new
    ]
    return found + list(_wires(before, after, old, new))


def with_pieces(before: Graph, after: Graph, chosen: Collection[str]) -> tuple[list[Json], list[Json]]:
    """``before`` with those pieces of ``after`` whose keys are chosen; with all of them, just ``after``."""
    wanted = [piece for piece in pieces(before, after) if piece.key in chosen]
    if len(wanted) == len(pieces(before, after)):
        return list(after[0]), list(after[1])
    nodes_taken = {piece.node_id for piece in wanted if not piece.setting and not piece.is_wire}
    settings = [(piece.node_id, piece.setting) for piece in wanted if piece.setting]
    old, new = (_nodes(graph) for graph in (before, after))
    nodes: list[Json] = []
    for raw in after[0]:
        node_id = str(raw["id"])
        if node_id not in new:  # a note or a group
            nodes.append(raw)
        elif node_id in old:
            nodes.append(_merged(old[node_id], raw, [name for owner, name in settings if owner == node_id]))
        elif node_id in nodes_taken:
            nodes.append(raw)
    nodes += [raw for key, raw in old.items() if key not in new and key not in nodes_taken]
    ids = {str(raw["id"]) for raw in nodes}
    was, now = ({_ends(edge) for edge in edges} for _, edges in (before, after))
    keys = {piece.key for piece in wanted}
    edges = [edge for edge in after[1] if _ends(edge) in was or _wire_key(_ends(edge)) in keys]
    edges += [edge for edge in before[1] if _ends(edge) not in now and _wire_key(_ends(edge)) not in keys]
    return [_in_its_group(raw, ids) for raw in nodes], [
        edge for edge in edges if {str(edge.get("source")), str(edge.get("target"))} <= ids
    ]


def _merged(old: Json, new: Json, names: Sequence[str]) -> Json:
    """The node as it is drawn now, with what was set before but for these settings."""
    if "nodeType" in names:
        return new
    was, now = data_of(old), data_of(new)
    data = dict(was)
    for part in ("config", "params"):
        held = dict(_held(was, part))
        _take(held, _held(now, part), names)
        if held or part in was:
            data[part] = held
    _take(data, {key: value for key, value in now.items() if key not in _NOT_SET}, names)
    return {**new, "data": data}


def _take(held: dict[str, Any], now: Json, names: Sequence[str]) -> None:
    for name in names:
        if name in now:
            held[name] = now[name]
        else:
            held.pop(name, None)


def _in_its_group(raw: Json, ids: Collection[str]) -> Json:
    return (
        raw
        if raw.get("parentId") is None or raw["parentId"] in ids
        else {key: value for key, value in raw.items() if key not in ("parentId", "extent")}
    )


def _settings(node_id: str, old: Json, new: Json) -> Iterator[Piece]:
    was, now = _set(old), _set(new)
    told: dict[str, Any]
    if type_name(old) != type_name(new):
        told = {"was": _title(old), "now": _title(new), "setting": "nodeType", "name": NAMES["nodeType"]}
        names = tuple(_key("set", node_id, name) for name in sorted({*was, *now}))
        yield _piece(
            ("set", node_id, "nodeType"), CHANGED, _title(new), was, now, node_id=node_id, parts=names, **told
        )
        return
    for name in dict.fromkeys([*was, *now]):
        if _text(was.get(name)) != _text(now.get(name)):
            told = {"was": _shown(was.get(name)), "now": _shown(now.get(name)), "name": _name(name)}
            yield _piece(
                ("set", node_id, name),
                CHANGED,
                _title(new),
                was.get(name),
                now.get(name),
                node_id=node_id,
                setting=name,
                **told,
            )


def _wires(before: Graph, after: Graph, old: Json, new: Json) -> Iterator[Piece]:
    was, now = ({_ends(edge): edge for edge in edges} for _, edges in (before, after))
    staying = old.keys() & new.keys()
    for ends in now:
        if ends in was or not {ends[0], ends[2]} <= new.keys():
            continue
        needs = [_key("node", end) for end in (ends[0], ends[2]) if end not in old]
        needs += [  # whose place it takes
            _wire_key(gone) if gone[0] in staying else _key("node", gone[0])
            for gone in was
            if gone[2:] == ends[2:] and gone not in now
        ]
        title = f"{_title(new[ends[0]])} → {_title(new[ends[2]])}"
        yield _piece(("wire", *ends), ADDED, title, None, list(ends), is_wire=True, needs=tuple(needs))
    for ends in was:
        if ends not in now and {ends[0], ends[2]} <= staying:
            title = f"{_title(new[ends[0]])} → {_title(new[ends[2]])}"
            yield _piece(("wire", *ends), REMOVED, title, list(ends), None, is_wire=True)


def _piece(
    place: Sequence[str],
    fate: str,
    title: str,
    before: Any,
    after: Any,
    *,
    parts: tuple[str, ...] = (),
    **more: Any,
) -> Piece:
    key = _key(*place)
    token = hashlib.sha256(
        f"{key}\n{_text(before)}\n{_text(after)}".encode("utf-8", "surrogatepass")
    ).hexdigest()[:32]
    return Piece(key, token, fate, title, parts=(key, *parts), **more)


def _key(*place: str) -> str:
    text = json.dumps(place)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _wire_key(ends: Ends) -> str:
    return _key("wire", *ends)


def _nodes(graph: Graph) -> dict[str, Json]:
    return {str(raw["id"]): raw for raw in graph[0] if raw.get("type") not in DRAWN_ONLY}


def _title(raw: Json) -> str:
    kind = load_catalog().find(type_name(raw))
    return str(data_of(raw).get("label") or (kind.title if kind else raw["id"]))


def _ends(edge: Json) -> Ends:
    return (
        str(edge.get("source")),
        str(edge.get("sourceHandle")),
        str(edge.get("target")),
        str(edge.get("targetHandle")),
    )


def _set(raw: Json) -> dict[str, Any]:
    data = data_of(raw)
    own = {key: value for key, value in data.items() if key not in _NOT_SET}
    return {**own, **_held(data, "config"), **_held(data, "params")}


def _held(data: Json, part: str) -> Json:
    held = data.get(part)
    return held if isinstance(held, Mapping) else {}


def _name(key: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ")
    return NAMES.get(key) or words[:1].upper() + words[1:].lower()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    match value:
        case bool():
            return "✓" if value else "✗"
        case {"filename": str(name)} if name:
            return name
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
