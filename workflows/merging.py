"""What changed between two graphs, and how that is put into a third one.

Several people edit one workflow. Everybody sends what they changed, setting by setting, and it is put into whatever
the graph is by then: two who change different things both keep them, of two who set the same thing the later one is
kept, and two who write in one text both keep their words. `frontend/src/graph/merge.ts` does the same in the browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.normalise import MOST_EDGES, MOST_NODES, BadGraph, check_shape
from workflows.texts import Steps, merge_text

Json = dict[str, Any]

#: So deep single settings are told apart: ``data``, ``params``, and the setting; below that they change as a whole.
DEPTH = 4
_MISSING = object()
#: So many bytes a graph may have as JSON: what one save of the whole could bring.
MOST_BYTES = 4 * 1024 * 1024
#: So many settings one edit may change: several of every node there may be.
MOST_SETS = 10_000
#: So many characters two texts may have that are merged, as any text of a body (`wireflow_ui.body.MAX_TEXT`).
MOST_TEXT = 100_000
_MOST_ITEMS = {"nodes": MOST_NODES, "edges": MOST_EDGES}


@dataclass(frozen=True, slots=True)
class Merged:
    """A graph with changes put into it."""

    nodes: list[Json]
    edges: list[Json]


def changes_between(
    before: tuple[Sequence[Json], Sequence[Json]], after: tuple[Sequence[Json], Sequence[Json]]
) -> Json | None:
    """What `merge` needs to make ``after`` of ``before``; None where it cannot, as things changed places."""
    changes: Json = {}
    for part, old, new in zip(("nodes", "edges"), before, after, strict=True):
        found = _part_between(old, new)
        if found:
            changes[part] = found
        if [raw["id"] for raw in _put(old, found, Steps(0))] != [raw["id"] for raw in new]:
            return None
    return changes


def merge(nodes: Sequence[Json], edges: Sequence[Json], changes: Mapping[str, Any]) -> Merged:
    """Put changes whose shape was checked into a graph. Wires that they left without an end go. Raises BadGraph."""
    loose = {edge["id"] for edge in _loose(nodes, edges)}
    steps = Steps()
    kept = _put(nodes, changes.get("nodes") or {}, steps)
    wires = _put(edges, changes.get("edges") or {}, steps)
    check_shape(kept, wires, unfinished=True)
    gone = {edge["id"] for edge in _loose(kept, wires)} - loose
    return Merged(kept, [edge for edge in wires if edge["id"] not in gone])


def check_changes(changes: Any) -> None:
    """Raise BadGraph (400) unless these are changes. What they make of a graph is checked once they are in it."""
    if not isinstance(changes, dict) or set(changes) - {"nodes", "edges"}:
        raise BadGraph("changes must be an object with nodes and edges.")
    sets_of_all = 0
    for part, most in _MOST_ITEMS.items():
        found = changes.get(part, {})
        if not isinstance(found, dict) or set(found) - {"dropped", "added", "changed"}:
            raise BadGraph(f"changes.{part} must be an object with dropped, added and changed.")
        if not _are(found.get("dropped", []), str):
            raise BadGraph(f"changes.{part}.dropped must be a list of ids.")
        if not isinstance(found.get("added", []), list) or not all(map(_is_added, found.get("added", []))):
            raise BadGraph(f"changes.{part}.added must hold an item with an id, and what it stands after.")
        changed = found.get("changed", {})
        if not isinstance(changed, dict) or not all(
            isinstance(sets, list) and all(map(_is_set, sets)) for sets in changed.values()
        ):
            raise BadGraph(f"changes.{part}.changed must hold lists of settings, each with its path.")
        if max(len(found.get("dropped", ())), len(found.get("added", ()))) > most:
            raise BadGraph(f"One edit may add and drop {most:,} {part} at most. Save it in several.")
        sets_of_all += sum(map(len, changed.values()))
    if sets_of_all > MOST_SETS:
        raise BadGraph(f"One edit may change {MOST_SETS:,} settings at most. Save it in several.")


def check_size(
    before: tuple[Sequence[Json], Sequence[Json]], after: tuple[Sequence[Json], Sequence[Json]]
) -> None:
    """Raise BadGraph when the graph has grown, change by change, beyond what a save of the whole may have.

    One that is larger already, as its settings were written out twice since, can be edited and made smaller.
    """
    size = _size(after)
    if size > MOST_BYTES and size > _size(before):
        raise BadGraph(
            f"A workflow may have {MOST_BYTES // 1024 // 1024} MB. Take long texts or nodes out of it."
        )


def _size(graph: tuple[Sequence[Json], Sequence[Json]]) -> int:
    return len(json.dumps(graph, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _part_between(old: Sequence[Json], new: Sequence[Json]) -> Json:
    before = {raw["id"]: raw for raw in old}
    after = {raw["id"] for raw in new}
    dropped = [item_id for item_id in before if item_id not in after]
    added: list[Json] = []
    changed: Json = {}
    last: str | None = None
    for raw in new:
        known = before.get(raw["id"])
        if known is None:
            added.append({"after": last, "item": raw})
        elif sets := list(_sets(known, raw, [])):
            changed[raw["id"]] = sets
        last = raw["id"]
    found = {"dropped": dropped, "added": added, "changed": changed}
    return {name: value for name, value in found.items() if value}


def _sets(old: Mapping[str, Any], new: Mapping[str, Any], path: list[str]) -> Iterable[Json]:
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key, _MISSING), new.get(key, _MISSING)
        here = [*path, key]
        if was is now or (was == now and json.dumps(was, sort_keys=True) == json.dumps(now, sort_keys=True)):
            continue
        if isinstance(was, dict) and isinstance(now, dict) and len(here) < DEPTH:
            yield from _sets(was, now, here)
        else:
            texts = isinstance(was, str) and isinstance(now, str)
            yield (
                {"path": here} | ({} if now is _MISSING else {"value": now}) | ({"was": was} if texts else {})
            )


def _put(items: Sequence[Json], part: Mapping[str, Any], steps: Steps) -> list[Json]:
    """The items with a part of the changes. What stood behind something that is gone goes to the end."""
    dropped = set(part.get("dropped", ()))
    changed = part.get("changed", {})
    kept = {
        raw["id"]: _with(raw, changed.get(raw["id"], ()), steps) for raw in items if raw["id"] not in dropped
    }
    # Which comes after which; None stands before the first, and for the end.
    following: dict[str | None, str | None] = dict(zip([None, *kept], [*kept, None], strict=True))
    last = next(reversed(kept), None)
    for one in part.get("added", ()):
        item, after = one["item"], one.get("after")
        if item["id"] in kept:
            continue
        place = after if after is None or after in kept else last
        kept[item["id"]] = item
        following[item["id"]], following[place] = following[place], item["id"]
        last = item["id"] if place == last else last
    found: list[Json] = []
    here = following[None]
    while here is not None:
        found.append(kept[here])
        here = following[here]
    return found


def _with(raw: Json, sets: Sequence[Json], steps: Steps) -> Json:
    """The item with its settings set. Each object on the way to one is copied once, however many there are."""
    root: Json = {"": raw}
    copies: dict[int, Json] = {}
    for one in sets:
        inner, key = root, one["path"][-1]
        for step in ("", *one["path"][:-1]):
            known = inner.get(step)
            if id(known) not in copies:
                known = dict(known) if isinstance(known, dict) else {}
                copies[id(known)] = inner[step] = known
            inner = copies[id(known)]
        if "value" in one:
            inner[key] = _value(one, inner.get(key), steps)
        else:
            inner.pop(key, None)
    found: Json = root[""]
    return found


def _value(one: Json, theirs: Any, steps: Steps) -> Any:
    """What becomes of one setting that is ``theirs`` by now."""
    value, was = one["value"], one.get("was")
    if isinstance(was, str) and isinstance(value, str) and isinstance(theirs, str):
        value = merge_text(was, value, theirs, steps)
        if len(value) > MOST_TEXT:
            raise BadGraph(f"A text may have {MOST_TEXT:,} characters. Others wrote in it too: shorten it.")
    return value


def _loose(nodes: Sequence[Json], edges: Sequence[Json]) -> list[Json]:
    ids = {raw["id"] for raw in nodes}
    return [edge for edge in edges if edge.get("source") not in ids or edge.get("target") not in ids]


def _are(items: Any, kind: type) -> bool:
    return isinstance(items, list) and all(isinstance(item, kind) for item in items)


def _is_added(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("item"), dict)
        and isinstance(one["item"].get("id"), str)
        and bool(one["item"]["id"])
        and isinstance(one.get("after"), str | None)
    )


def _is_set(one: Any) -> bool:
    if not isinstance(one, dict) or not _are(one.get("path"), str):
        return False
    path: list[str] = one["path"]
    return 0 < len(path) <= DEPTH and path[0] != "id" and isinstance(one.get("was"), str | None)
