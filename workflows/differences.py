"""What is different from one graph to another, piece by piece, and the graph with some of the pieces.

Where cards stand does not count, and notes and groups, which nothing runs, do not either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.change_words import (
    NAMES,
    Word,
    held,
    input_word,
    landing_of,
    node_word,
    output_word,
    setting_word,
    settings_of,
    takes_many,
    value_word,
)
from workflows.nodes import DRAWN_ONLY, data_of, type_name

Json = Mapping[str, Any]
Graph = tuple[Sequence[Json], Sequence[Json]]
#: Source, its handle, target, its handle; and a number from 2 where the same wire is drawn again.
Ends = tuple[str, ...]
#: An input as far as wires come in order there: its node and port, and the number where it has several handles.
Place = tuple[str, ...]

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
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


NOTHING = Word("")


@dataclass(frozen=True, slots=True)
class Piece:
    """One node or wire that came or went, one setting that was changed, or the order of the wires into an input.

    ``key`` names the place and ``token`` also what was there and is now; ``needs`` are keys of pieces without which
    this one makes no sense. ``parts`` are the keys under which those who made it are noted. ``words`` are what the
    node is called; of a wire its nodes each with the port, and of an order the node with the input, with its
    sources ``earlier`` and ``later``.
    """

    key: str
    token: str
    fate: str
    words: tuple[Word, ...]
    is_wire: bool = False
    is_order: bool = False
    node_id: str = ""
    setting: str = ""
    name: Word = NOTHING
    was: Word = NOTHING
    now: Word = NOTHING
    earlier: tuple[tuple[Word, ...], ...] = ()
    later: tuple[tuple[Word, ...], ...] = ()
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is about, in a sentence; a page says `words` in its own language."""
        return " → ".join(" · ".join(self.words[at : at + 2]) for at in range(0, len(self.words), 2))


def pieces(before: Graph, after: Graph) -> list[Piece]:
    """The pieces that make ``after`` of ``before``. The wires of a node that went are not told beside it."""
    old, new = (_nodes(graph) for graph in (before, after))
    found: list[Piece] = []
    for node_id, raw in new.items():
        if node_id not in old:
            parts = tuple(_key("set", node_id, name) for name in sorted(_set(raw)))
            found.append(
                _piece(
                    ("node", node_id), ADDED, (node_word(raw),), None, _set(raw), node_id=node_id, parts=parts
                )
            )
        else:
            found += _settings(node_id, old[node_id], raw)
    found += [
        _piece(("node", node_id), REMOVED, (node_word(raw),), _set(raw), None, node_id=node_id)
        for node_id, raw in old.items()
        if node_id not in new
    ]
    return found + list(_wires(before, after, old, new))


def with_pieces(
    before: Graph, after: Graph, found: Sequence[Piece], chosen: Collection[str]
) -> tuple[list[Json], list[Json]]:
    """``before`` with those of the pieces ``found`` whose keys are chosen; with all of them, just ``after``."""
    wanted = [piece for piece in found if piece.key in chosen]
    if len(wanted) == len(found):
        return list(after[0]), list(after[1])
    nodes_taken = {one.node_id for one in wanted if not (one.setting or one.is_wire or one.is_order)}
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
    edges = _edges(before, after, {**old, **new}, {piece.key for piece in wanted})
    return [_in_its_group(raw, ids) for raw in nodes], [
        edge for edge in edges if {str(edge.get("source")), str(edge.get("target"))} <= ids
    ]


def _edges(before: Graph, after: Graph, nodes: Mapping[str, Json], chosen: Collection[str]) -> list[Json]:
    """The wires with what is chosen. Each input that takes several has them in the order of later, if that was not
    changed or is chosen, else of before; who is not there stands behind whom it stood behind."""
    was, now = (_by_ends(graph) for graph in (before, after))
    kept = [ends for ends in now if ends in was or _wire_key(ends) in chosen]
    kept += [ends for ends in was if ends not in now and _wire_key(ends) not in chosen]
    old, new = (_in_places(ends, nodes) for ends in (was, now))
    at_place = {
        place: iter(
            _joined(new.get(place, []), old.get(place, []), all_of_it)
            if _key("order", *place) in chosen or not _is_reordered(old, new, place)
            else _joined(old[place], new[place], all_of_it)
        )
        for place, all_of_it in _in_places(kept, nodes).items()
    }
    edges = {**was, **now}
    return [edges[next(at_place[_place(ends, nodes)])] for ends in kept]


def _joined(lead: Sequence[Ends], other: Sequence[Ends], kept: Collection[Ends]) -> list[Ends]:
    """Those that are kept in the order of ``lead``, the rest behind whoever stands before them in ``other``."""
    leading, keeping = set(lead), set(kept)
    behind: dict[Ends, list[Ends]] = {(): []}
    anchor: Ends = ()
    for ends in other:
        if ends in leading:
            anchor = ends if ends in keeping else anchor
        elif ends in keeping:
            behind.setdefault(anchor, []).append(ends)
    found = behind[()]
    for ends in lead:
        if ends in keeping:
            found += [ends, *behind.get(ends, ())]
    return found


def _merged(old: Json, new: Json, names: Sequence[str]) -> Json:
    """The node as it is drawn now, with what was set before but for these settings."""
    if "nodeType" in names:
        return new
    was, now = data_of(old), data_of(new)
    data = dict(was)
    for part in ("config", "params"):
        values = dict(held(was, part))
        _take(values, held(now, part), names)
        if values or part in was:
            data[part] = values
    _take(data, {key: value for key, value in now.items() if key not in _NOT_SET}, names)
    return {**new, "data": data}


def _take(values: dict[str, Any], now: Json, names: Sequence[str]) -> None:
    for name in names:
        if name in now:
            values[name] = now[name]
        else:
            values.pop(name, None)


def _in_its_group(raw: Json, ids: Collection[str]) -> Json:
    return (
        raw
        if raw.get("parentId") is None or raw["parentId"] in ids
        else {key: value for key, value in raw.items() if key not in ("parentId", "extent")}
    )


def _settings(node_id: str, old: Json, new: Json) -> Iterator[Piece]:
    was, now, words = _set(old), _set(new), (node_word(new),)
    if type_name(old) != type_name(new):
        names = tuple(_key("set", node_id, name) for name in sorted({*was, *now}))
        yield _piece(
            ("set", node_id, "nodeType"), CHANGED, words, was, now, node_id=node_id, setting="nodeType", parts=names,
            name=Word(NAMES["nodeType"]), was=node_word(old), now=node_word(new),
        )  # fmt: skip
        return
    for name in dict.fromkeys([*was, *now]):
        if _text(was.get(name)) != _text(now.get(name)):
            yield _piece(
                ("set", node_id, name), CHANGED, words, was.get(name), now.get(name), node_id=node_id, setting=name,
                name=setting_word(new, name), was=value_word(old, name, was.get(name)),
                now=value_word(new, name, now.get(name)),
            )  # fmt: skip


def _wires(before: Graph, after: Graph, old: Json, new: Json) -> Iterator[Piece]:
    was, now = (_by_ends(graph) for graph in (before, after))
    staying, nodes = old.keys() & new.keys(), {**old, **new}
    earlier, later = (_in_places(ends, nodes) for ends in (was, now))
    ahead = {ends: one for there in later.values() for one, ends in zip([(), *there], there, strict=False)}
    for ends in now:
        if ends in was or not {ends[0], ends[2]} <= new.keys():
            continue
        needs = [_key("node", end) for end in (ends[0], ends[2]) if end not in old]
        is_one_of_many = takes_many(new[ends[2]], ends[3])
        if not is_one_of_many:
            needs += [  # whose place it takes
                _wire_key(gone) if gone[0] in staying else _key("node", gone[0])
                for gone in earlier.get(_place(ends, nodes), ())
                if gone not in now
            ]
        content = [ends, ahead[ends] if is_one_of_many else None]
        words = _wire_words(ends, nodes)
        yield _piece(("wire", *ends), ADDED, words, None, content, is_wire=True, needs=tuple(needs))
    for ends in was:
        if ends not in now and {ends[0], ends[2]} <= staying:
            yield _piece(("wire", *ends), REMOVED, _wire_words(ends, nodes), list(ends), None, is_wire=True)
    for place in later:
        if place[0] in staying and _is_reordered(earlier, later, place):
            words = (node_word(new[place[0]]), input_word(new[place[0]], later[place][0][3]))
            yield _piece(
                ("order", *place), CHANGED, words, earlier[place], later[place], node_id=place[0], is_order=True,
                earlier=_sources(earlier[place], nodes), later=_sources(later[place], nodes),
            )  # fmt: skip


def _wire_words(ends: Ends, nodes: Mapping[str, Json]) -> tuple[Word, ...]:
    source, target = nodes[ends[0]], nodes[ends[2]]
    return node_word(source), output_word(source, ends[1]), node_word(target), input_word(target, ends[3])


def _sources(wires: Sequence[Ends], nodes: Mapping[str, Json]) -> tuple[tuple[Word, ...], ...]:
    """Where wires come from."""
    return tuple(_wire_words(ends, nodes)[:2] for ends in wires if ends[0] in nodes)


def _by_ends(graph: Graph) -> dict[Ends, Json]:
    found: dict[Ends, Json] = {}
    for edge in graph[1]:
        ends = _ends(edge)
        again = 1
        while ends in found:
            again += 1
            ends = (*_ends(edge), str(again))
        found[ends] = edge
    return found


def _in_places(wires: Collection[Ends], nodes: Mapping[str, Json]) -> dict[Place, list[Ends]]:
    found: dict[Place, list[Ends]] = {}
    for ends in wires:
        found.setdefault(_place(ends, nodes), []).append(ends)
    return found


def _place(ends: Ends, nodes: Mapping[str, Json]) -> Place:
    raw = nodes.get(ends[2])
    landing = landing_of(raw, ends[3]) if raw else None
    if landing is None:
        return ends[2], ends[3].removeprefix("in-")
    return ends[2], landing.port.id, str(landing.slot)


def _is_reordered(old: Mapping[Place, list[Ends]], new: Mapping[Place, list[Ends]], place: Place) -> bool:
    """Do those that were there and still are come in another order?"""
    was, now = old.get(place, []), new.get(place, [])
    both = set(was) & set(now)
    return [ends for ends in was if ends in both] != [ends for ends in now if ends in both]


def _piece(
    place: Sequence[str],
    fate: str,
    words: tuple[Word, ...],
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
    return Piece(key, token, fate, words, parts=(key, *parts), **more)


def _key(*place: str) -> str:
    text = json.dumps(place)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _wire_key(ends: Ends) -> str:
    return _key("wire", *ends)


def _nodes(graph: Graph) -> dict[str, Json]:
    return {str(raw["id"]): raw for raw in graph[0] if raw.get("type") not in DRAWN_ONLY}


def _ends(edge: Json) -> Ends:
    return (
        str(edge.get("source")),
        str(edge.get("sourceHandle")),
        str(edge.get("target")),
        str(edge.get("targetHandle")),
    )


def _set(raw: Json) -> dict[str, Any]:
    own = {key: value for key, value in data_of(raw).items() if key not in _NOT_SET}
    return {**own, **settings_of(raw)}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
