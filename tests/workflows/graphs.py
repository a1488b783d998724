"""Short ways to write graphs in tests."""

from __future__ import annotations

from typing import Any

from providers.catalog import load_catalog
from workflows.graph import Graph, Problem, read_graph

CATALOG = load_catalog()
Json = dict[str, Any]


def node(node_id: str, kind: str, **params: Any) -> Json:
    return {"id": node_id, "data": {"nodeType": kind, "params": params}}


def wire(source: str, target: str, **rest: Any) -> Json:
    """``wire("a.image", "b.in_port")``."""
    (from_id, _, from_port), (to_id, _, to_port) = source.partition("."), target.partition(".")
    handles = {"sourceHandle": f"out-{from_port}", "targetHandle": f"in-{to_port}"}
    return {"source": from_id, "target": to_id, **handles, **rest}


def chain(*steps: str) -> list[Json]:
    """Edges from texts like ``"a.image b.image"``."""
    return [wire(*step.split()) for step in steps]


def read(nodes: list[Json], *steps: str) -> tuple[Graph, tuple[Problem, ...]]:
    return read_graph(nodes, chain(*steps), CATALOG)


def graph_of(nodes: list[Json], *steps: str) -> Graph:
    graph, problems = read(nodes, *steps)
    assert [problem for problem in problems if problem.severity == "error"] == []
    return graph


PICTURE_GRAPH: Json = {
    "nodes": [
        node("text", "input:text", prompt="a lighthouse"),
        node("image", "generate:nano_banana_2", resolution="1K"),
        node("out", "output:preview"),
    ],
    "edges": chain("text.prompt image.prompt", "image.images out.value"),
}
