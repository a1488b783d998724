"""Places for nodes: columns from left to right by dependency, deterministic and without overlaps."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

from workflows.nodes import DRAWN_ONLY, data_of, position_of, tidy

WIDTH = 280.0
_HEAD, _ROW, _FOOT, _PICTURE = 56.0, 28.0, 24.0, 180.0
_SWEEPS = 4
_MOST = 100_000.0


class Box(NamedTuple):
    """Where a node stands and how big it is, in canvas pixels."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def size_of(raw: Mapping[str, Any]) -> tuple[float, float, bool]:
    """Width and height of a raw node, and whether the canvas measured them (else they are estimated)."""
    for holder in (raw.get("measured"), raw):
        if isinstance(holder, Mapping):
            width, height = holder.get("width"), holder.get("height")
            if is_length(width) and is_length(height):
                return float(width), float(height), True
    data = data_of(raw)
    outputs = _list(data.get("outputs"))
    rows = max(len(_list(data.get("inputs"))), len(outputs))
    shows = any(isinstance(port, Mapping) and port.get("type") in ("IMAGE", "VIDEO") for port in outputs)
    return WIDTH, _HEAD + _ROW * rows + _FOOT + (_PICTURE if shows else 0.0), False


def layout(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    *,
    gap_x: float = 80.0,
    gap_y: float = 40.0,
    scope: Collection[str] | None = None,
) -> dict[str, Any]:
    """New positions: ``{"positions": {id: {x, y}}, "moved": [ids], "bounds": {x, y, width, height}}``.

    Notes and groups stay where they are. With ``scope`` only those nodes move, as a block that stays at its
    corner, or goes below everything else when something stands there.
    """
    movable = {
        str(raw["id"]): raw
        for raw in nodes
        if raw.get("type") not in DRAWN_ONLY and (scope is None or raw["id"] in scope)
    }
    sizes = {node_id: size_of(raw)[:2] for node_id, raw in movable.items()}
    columns = _columns(list(movable), edges)
    boxes = _place(columns, sizes, gap_x, gap_y)
    if scope is not None and boxes:
        fixed = [_box(raw) for raw in nodes if raw["id"] not in movable]
        boxes = _moved_block(boxes, [_box(raw) for raw in movable.values()], fixed, gap_y)
    positions = {node_id: {"x": tidy(boxes[node_id].x), "y": tidy(boxes[node_id].y)} for node_id in movable}
    old = {node_id: position_of(raw) for node_id, raw in movable.items()}
    return {
        "positions": positions,
        "moved": [
            node_id for node_id, place in positions.items() if old[node_id] != (place["x"], place["y"])
        ],
        "bounds": _bounds(boxes.values()),
    }


def overlaps(nodes: Sequence[Mapping[str, Any]], *, at_most: int = 50) -> list[tuple[str, str]]:
    """Pairs of nodes that cover each other, notes and groups aside; the first so many of them."""
    boxes = sorted(
        ((_box(raw), str(raw["id"])) for raw in nodes if raw.get("type") not in DRAWN_ONLY),
        key=lambda item: item[0].x,
    )
    pairs: list[tuple[str, str]] = []
    for number, (box, node_id) in enumerate(boxes):
        for other, other_id in boxes[number + 1 :]:
            if other.x >= box.x + box.width or len(pairs) >= at_most:
                break
            if box.overlaps(other):
                pairs.append((node_id, other_id))
    return pairs


def _columns(ids: Sequence[str], edges: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The ids by dependency, each column sorted so that wires cross little."""
    known = set(ids)
    after: dict[str, list[str]] = {node_id: [] for node_id in ids}
    before: dict[str, list[str]] = {node_id: [] for node_id in ids}
    for edge in edges:
        source, target = edge.get("source"), edge.get("target")
        if source in known and target in known and source != target and target not in after[source]:
            after[source].append(target)
            before[target].append(source)

    column = _depths(ids, before, after)
    for node_id in ids:  # an input stands beside the first node that uses it, not far left of it
        if not before[node_id] and after[node_id]:
            column[node_id] = max(0, min(column[target] for target in after[node_id]) - 1)
    columns: list[list[str]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for node_id in ids:
        columns[column[node_id]].append(node_id)

    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for members in columns[1:] if forwards else columns[-2::-1]:
            _sort(members, columns, column, before if forwards else after)
    return [members for members in columns if members]


def _depths(
    ids: Sequence[str], before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Length of the longest way to each node; a cycle is cut where the list of nodes begins."""
    depth = dict.fromkeys(ids, 0)
    waits_for = {node_id: len(before[node_id]) for node_id in ids}
    free = [node_id for node_id in ids if waits_for[node_id] == 0]
    done: set[str] = set()
    rest = iter(ids)
    while len(done) < len(ids):
        if not free:
            free = [next(node_id for node_id in rest if node_id not in done)]
        node_id = free.pop(0)
        if node_id in done:
            continue
        done.add(node_id)
        for target in after[node_id]:
            if target in done:
                continue
            depth[target] = max(depth[target], depth[node_id] + 1)
            waits_for[target] -= 1
            if waits_for[target] == 0:
                free.append(target)
    return depth


def _sort(
    members: list[str],
    columns: Sequence[Sequence[str]],
    column: Mapping[str, int],
    neighbours: Mapping[str, Sequence[str]],
) -> None:
    """Put a column's nodes at the middle of what they are wired to; the others keep their place."""
    rank = {node_id: place for ids in columns for place, node_id in enumerate(ids)}
    middle = {
        node_id: sum(rank[other] for other in found) / len(found)
        if (found := neighbours[node_id])
        else rank[node_id]
        for node_id in members
    }
    members.sort(key=lambda node_id: middle[node_id])


def _place(
    columns: Sequence[Sequence[str]], sizes: Mapping[str, tuple[float, float]], gap_x: float, gap_y: float
) -> dict[str, Box]:
    """Boxes: columns side by side, each centred on the tallest."""
    heights = [sum(sizes[node_id][1] + gap_y for node_id in members) - gap_y for members in columns]
    tallest = max(heights, default=0.0)
    boxes: dict[str, Box] = {}
    x = 0.0
    for members, height in zip(columns, heights, strict=True):
        y = float(round((tallest - height) / 2))
        for node_id in members:
            boxes[node_id] = Box(x, y, *sizes[node_id])
            y = math.ceil(y + sizes[node_id][1] + gap_y)
        x = math.ceil(x + max(sizes[node_id][0] for node_id in members) + gap_x)
    return boxes


def _moved_block(
    boxes: Mapping[str, Box], old: Sequence[Box], fixed: Sequence[Box], gap_y: float
) -> dict[str, Box]:
    left, top = min(box.x for box in old), min(box.y for box in old)
    moved = {node_id: box._replace(x=box.x + left, y=box.y + top) for node_id, box in boxes.items()}
    if any(box.overlaps(other) for box in moved.values() for other in fixed):
        down = math.ceil(max(box.y + box.height for box in fixed) + gap_y - top)
        moved = {node_id: box._replace(y=box.y + down) for node_id, box in moved.items()}
    return moved


def _box(raw: Mapping[str, Any]) -> Box:
    width, height, _ = size_of(raw)
    return Box(*position_of(raw), width, height)


def _bounds(boxes: Collection[Box]) -> dict[str, float]:
    if not boxes:
        return {"x": 0, "y": 0, "width": 0, "height": 0}
    x, y = min(box.x for box in boxes), min(box.y for box in boxes)
    width = max(box.x + box.width for box in boxes) - x
    height = max(box.y + box.height for box in boxes) - y
    return {"x": tidy(x), "y": tidy(y), "width": tidy(width), "height": tidy(height)}


def is_length(value: Any) -> TypeGuard[float]:
    """True for a size in pixels that can be believed."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= _MOST


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
