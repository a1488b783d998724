"""The current graph of a workflow in its Node and Edge rows: read whole, written by difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.models import Edge, Node, Workflow
from workflows.nodes import DRAWN_ONLY
from workflows.normalise import Normalised
from workflows.templates import DRAWN

Json = dict[str, Any]

_NODE_FIELDS = ["place", "type", "x", "y", "data", "rest"]
_EDGE_FIELDS = ["place", "source", "target", "rest"]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is stored, by id, in the order of the graph."""

    nodes: Mapping[str, Node]
    edges: Mapping[str, Edge]

    def data_by_id(self) -> dict[str, Mapping[str, Any]]:
        """The ``data`` of every node."""
        return {node_id: row.data for node_id, row in self.nodes.items()}

    def as_json(self) -> tuple[list[Json], list[Json]]:
        """The graph as the API writes it."""
        return [row.as_json() for row in self.nodes.values()], [row.as_json() for row in self.edges.values()]


NOTHING = Rows({}, {})


def read(workflow: Workflow) -> Rows:
    """The stored graph. What is written by it must compare and swap on the ``updated_at`` read before."""
    return Rows(
        {row.node_id: row for row in workflow.nodes.order_by("place")},
        {row.edge_id: row for row in workflow.edges.order_by("place")},
    )


def outlines(workflows: Sequence[Workflow]) -> dict[str, tuple[list[Json], list[Json]]]:
    """Nodes and edges by workflow, the first `DRAWN` of each and of them only what a small drawing shows."""
    drawn = {"workflow__in": workflows, "place__lt": DRAWN}
    found: dict[str, tuple[list[Json], list[Json]]] = {}
    nodes = Node.objects.filter(**drawn).exclude(type__in=DRAWN_ONLY).order_by("place")
    for owner, node_id, x, y, kind, label in nodes.values_list(
        "workflow_id", "node_id", "x", "y", "data__nodeType", "data__label"
    ):
        data = {"nodeType": kind, "label": label}
        raw = {"id": node_id, "position": {"x": x, "y": y}, "data": data}
        found.setdefault(owner, ([], []))[0].append(raw)
    edges = Edge.objects.filter(**drawn).order_by("place")
    for owner, source, target, handle in edges.values_list(
        "workflow_id", "source", "target", "rest__sourceHandle"
    ):
        found.setdefault(owner, ([], []))[1].append(
            {"source": source, "target": target, "sourceHandle": handle}
        )
    return found


def write(workflow: Workflow, graph: Normalised, before: Rows) -> None:
    """Make the rows hold this graph; rows that hold it already are left alone. Call it in a transaction."""
    nodes = [Node.from_json(workflow, place, raw) for place, raw in enumerate(graph.nodes)]
    edges = [Edge.from_json(workflow, place, raw) for place, raw in enumerate(graph.edges)]
    _write_nodes(nodes, before)
    _write_edges(edges, before)
    _delete_gone(workflow, nodes, edges, before)


def write_node(workflow: Workflow, row: Node, raw: Mapping[str, Any]) -> None:
    """Make one row hold this node."""
    Node.objects.filter(pk=row.pk).update(
        **{name: getattr(Node.from_json(workflow, row.place, raw), name) for name in _NODE_FIELDS}
    )


def _write_nodes(nodes: Sequence[Node], before: Rows) -> None:
    new = [
        row
        for row in nodes
        if (old := before.nodes.get(row.node_id)) is None or old.content() != row.content()
    ]
    if new:
        unique = ["workflow", "node_id"]
        Node.objects.bulk_create(
            new, update_conflicts=True, unique_fields=unique, update_fields=_NODE_FIELDS, batch_size=200
        )


def _write_edges(edges: Sequence[Edge], before: Rows) -> None:
    new = [
        row
        for row in edges
        if (old := before.edges.get(row.edge_id)) is None or old.content() != row.content()
    ]
    if new:
        unique = ["workflow", "edge_id"]
        Edge.objects.bulk_create(
            new, update_conflicts=True, unique_fields=unique, update_fields=_EDGE_FIELDS, batch_size=200
        )


def _delete_gone(workflow: Workflow, nodes: Sequence[Node], edges: Sequence[Edge], before: Rows) -> None:
    lost_nodes = set(before.nodes) - {row.node_id for row in nodes}
    if lost_nodes:
        workflow.nodes.filter(node_id__in=lost_nodes).delete()
    lost_edges = set(before.edges) - {row.edge_id for row in edges}
    if lost_edges:
        workflow.edges.filter(edge_id__in=lost_edges).delete()
