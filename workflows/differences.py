"""What is different from one graph to another, in words for a page. Where cards stand does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.nodes import data_of

Json = Mapping[str, Any]

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
LONGEST = 60
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
class Change:
    """One node that came, went or was changed, with what was set before and is now; or a wire."""

    fate: str
    title: str
    details: tuple[tuple[str, str, str], ...] = ()
    is_wire: bool = False


def difference(
    before: tuple[Sequence[Json], Sequence[Json]], after: tuple[Sequence[Json], Sequence[Json]]
) -> list[Change]:
    """The changes that make ``after`` of ``before``; wires of nodes that came or went are not told again."""
    old, new = ({raw["id"]: raw for raw in nodes} for nodes, _ in (before, after))
    found = [
        Change(ADDED, _title(raw))
        if key not in old
        else Change(CHANGED, _title(raw), _details(old[key], raw))
        for key, raw in new.items()
    ]
    found += [Change(REMOVED, _title(raw)) for key, raw in old.items() if key not in new]
    changes = [one for one in found if one.fate != CHANGED or one.details]
    was, now = ({_ends(edge) for edge in edges} for _, edges in (before, after))
    for fate, wires in ((ADDED, now - was), (REMOVED, was - now)):
        for source, _, target, _ in sorted(wires):
            if {source, target} <= old.keys() & new.keys():
                ends = f"{_title(new[source])} → {_title(new[target])}"
                changes.append(Change(fate, ends, is_wire=True))
    return changes


def _title(raw: Json) -> str:
    return str(data_of(raw).get("label") or raw["id"])


def _ends(edge: Json) -> tuple[str, str, str, str]:
    return (
        str(edge.get("source")),
        str(edge.get("sourceHandle")),
        str(edge.get("target")),
        str(edge.get("targetHandle")),
    )


def _details(old: Json, new: Json) -> tuple[tuple[str, str, str], ...]:
    was, now = _set(old), _set(new)
    return tuple(
        (key, _short(was.get(key)), _short(now.get(key)))
        for key in dict.fromkeys([*was, *now])
        if was.get(key) != now.get(key)
    )


def _set(raw: Json) -> dict[str, Any]:
    data = data_of(raw)
    own = {key: value for key, value in data.items() if key not in _NOT_SET}
    return {**own, **(data.get("config") or {}), **(data.get("params") or {})}


def _short(value: Any) -> str:
    text = "–" if value in (None, "") else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
