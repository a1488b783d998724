"""A small picture of a graph, drawn on the server: coloured boxes for nodes, curves for wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from providers.catalog import NodeType, load_catalog

register = template.Library()

Json = Mapping[str, Any]

COLUMN, WIDTH = 44, 30  # from one box to the next, and one box, in units of the drawing
LEAST_ROW, MOST_ROW = 30, 64
GAP = 11  # between two boxes in a column
MARGIN = 6
#: The drawing is about this many times as wide as high: long graphs get taller boxes instead of a thin line.
SHAPE = 2
LEAST_WIDTH = 4 * COLUMN  # short graphs are not blown up
#: Nodes closer together than this on the canvas share a column or a row here.
NEAR_X, NEAR_Y = 160.0, 100.0
NOTES = frozenset({"utility:sticky_note"})


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its upper left corner and height, the category that colours it, and what a pointer is told."""

    x: int
    y: int
    height: int
    category: str
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A wire: an SVG path and the type of what it carries, in lower case."""

    path: str
    type: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the SVG needs, in whole units; ``left`` and ``top`` are where its view begins."""

    left: int
    top: int
    width: int
    height: int
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def _steps(values: Iterable[float], near: float) -> dict[float, int]:
    """The place of each value in a row of groups; a group spans less than ``near``."""
    places: dict[float, int] = {}
    start, place = float("-inf"), -1
    for value in sorted(set(values)):
        if value - start >= near:
            start, place = value, place + 1
        places[value] = place
    return places


def _kind(node: Json) -> NodeType | None:
    return load_catalog().find(str(node.get("data", {}).get("nodeType") or node.get("type", "")))


def _carried(kind: NodeType | None, handle: str) -> str:
    """The type of the output that ``handle`` names, ``any`` when it cannot be told."""
    port_id = handle.removeprefix("out-")
    for port in kind.outputs if kind else ():
        if port_id == port.id or port_id in port.aliases:
            return port.type.lower()
    return "any"


def _curve(start: Box, end: Box, carried: str) -> Curve:
    x1, y1 = start.x + WIDTH, start.y + start.height // 2
    x2, y2 = end.x, end.y + end.height // 2
    bend = max(10, abs(x2 - x1) // 2)
    return Curve(f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}", carried)


def draw(nodes: Sequence[Json], edges: Sequence[Json]) -> Drawing:
    """Lay wire-format ``nodes`` and ``edges`` out on a tight grid that keeps their order on the canvas.

    Sticky notes are left out, as are wires whose ends are unknown.
    """
    shown = [node for node in nodes if str(node.get("data", {}).get("nodeType")) not in NOTES]
    columns = _steps((float(node["position"]["x"]) for node in shown), NEAR_X)
    rows = _steps((float(node["position"]["y"]) for node in shown), NEAR_Y)
    last_column, last_row = max(columns.values(), default=0), max(rows.values(), default=0)
    drawn_width = WIDTH + COLUMN * last_column
    width = max(LEAST_WIDTH, drawn_width) + 2 * MARGIN
    row = min(MOST_ROW, max(LEAST_ROW, width // SHAPE // (last_row + 1)))
    box_height = min(row - GAP, WIDTH)
    drawn_height = box_height + row * last_row
    height = max(width // SHAPE, drawn_height + 2 * MARGIN)

    boxes: dict[str, Box] = {}
    kinds: dict[str, NodeType | None] = {}
    for node in shown:
        kind = kinds[node["id"]] = _kind(node)
        boxes[node["id"]] = Box(
            x=COLUMN * columns[float(node["position"]["x"])],
            y=row * rows[float(node["position"]["y"])],
            height=box_height,
            category=kind.category if kind else "utility",
            label=str(node.get("data", {}).get("label") or (kind.title if kind else node["id"])),
        )
    curves = []
    for edge in edges:
        start, end = boxes.get(edge["source"]), boxes.get(edge["target"])
        if start and end:
            curves.append(_curve(start, end, _carried(kinds[edge["source"]], edge.get("sourceHandle") or "")))
    return Drawing(
        left=(drawn_width - width) // 2,
        top=(drawn_height - height) // 2,
        width=width,
        height=height,
        boxes=tuple(boxes.values()),
        curves=tuple(curves),
    )


@register.inclusion_tag("workflows/_diagram.html")
def diagram(nodes: Sequence[Json], edges: Sequence[Json]) -> dict[str, Any]:
    """``{% diagram nodes edges %}``: the drawing as inline SVG, coloured by classes of the style sheet."""
    return {"drawing": draw(nodes, edges), "box_width": WIDTH}
