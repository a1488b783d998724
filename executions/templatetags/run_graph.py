"""``{% run_graph execution %}``: the graph of a run as it was, with states and pictures on its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template

from executions.models import Execution, NodeRun
from executions.runs import graph_of
from executions.states import NodeStatus
from executions.wire import joined_status, media_in, node_status, status_word
from workflows.graph import Graph

register = template.Library()

WIDTH, HEIGHT, MARGIN = 240, 150, 20


@dataclass(frozen=True, slots=True)
class Card:
    """A node: its corner, what stands on it, and its picture if it has one."""

    id: str
    x: int
    y: int
    label: str
    state: str
    word: str
    category: str
    picture: str


def draw(graph: Graph, runs: list[NodeRun], *, is_over: bool) -> dict[str, Any]:
    """Cards and curves where the nodes stood on the canvas, and the view that holds them all."""
    by_node: dict[str, list[NodeRun]] = {}
    for run in runs:
        by_node.setdefault(run.node_id, []).append(run)
    cards = {}
    places = {node.id: (round(node.position[0]), round(node.position[1])) for node in graph.nodes.values()}
    if len(set(places.values())) < len(places):  # a graph that came by the API and was never laid out
        places = {node_id: (place * (WIDTH + 80), 0) for place, node_id in enumerate(graph.order)}
    for node in graph.nodes.values():
        own = by_node.get(node.id, [])
        pictures = [
            one["thumbnailUrl"] or one["url"]
            for run in own
            for one in media_in(run.output or {})
            if one.get("thumbnailUrl") or str(one["contentType"]).startswith("image/")
        ]
        status = joined_status(own)
        word = next((status_word(run) for run in own if node_status(run) == status), "waiting")
        if is_over and status == NodeStatus.PENDING:  # as the rows say it
            status, word = NodeStatus.SKIPPED, "not run"
        cards[node.id] = Card(
            node.id, *places[node.id], node.label, status.lower(), word,
            node.kind.category, pictures[0] if pictures else "",
        )  # fmt: skip
    curves = []
    for wire in graph.wires:
        start, end = cards[wire.source], cards[wire.target]
        x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
        bend = max(40, abs(x2 - x1) // 2)
        curves.append(f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}")
    left = min((card.x for card in cards.values()), default=0) - MARGIN
    top = min((card.y for card in cards.values()), default=0) - MARGIN
    width = max((card.x for card in cards.values()), default=0) + WIDTH + MARGIN - left
    height = max((card.y for card in cards.values()), default=0) + HEIGHT + MARGIN - top
    return {
        "cards": list(cards.values()),
        "curves": curves,
        "view": f"{left} {top} {width} {height}",
        "width": width,
        "height": height,
        "card_width": WIDTH,
        "card_height": HEIGHT,
    }


@register.inclusion_tag("executions/_graph.html")
def run_graph(execution: Execution, runs: list[NodeRun]) -> dict[str, Any]:
    return draw(graph_of(execution), runs, is_over=execution.is_over)
