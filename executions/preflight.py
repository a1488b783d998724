"""Everything that can be said against a run before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from executions.sources import MustFetch, Shelf, source_outputs
from providers.catalog import load_catalog
from providers.errors import ProviderError
from providers.local import SUPPORTED
from wireflow_ui.errors import WireflowError
from workflows.errors import InvalidGraph
from workflows.graph import Graph, Node, Problem
from workflows.lint import lint
from workflows.normalise import check_shape


def check_graph(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    *,
    target_node_id: str = "",
    shelf: Shelf,
) -> Graph:
    """The graph to run, or a refusal: 400 for its shape, 422 with the violations for what it says."""
    if not nodes:
        raise WireflowError("At least one node must be provided", code="empty_workflow")
    check_shape(nodes, edges)
    if target_node_id and target_node_id not in {node.get("id") for node in nodes}:
        raise WireflowError(
            f"The workflow has no node “{target_node_id}”. Save it first, or run all of it.",
            code="node_not_found",
        )
    report = lint(nodes, edges, load_catalog(), executing=True, supported=SUPPORTED)
    violations = list(report.violations)
    graph = report.graph
    if target_node_id and target_node_id in graph.nodes:
        graph = graph.part_for(target_node_id)
        violations = [one for one in violations if not one.node_id or one.node_id in graph.nodes]
    violations += [
        problem for node in graph.nodes.values() if (problem := _source_problem(graph, node, shelf))
    ]
    if violations:
        raise InvalidGraph(violations, report.warnings)
    return graph


def _source_problem(graph: Graph, node: Node, shelf: Shelf) -> Problem | None:
    """What is wrong with the value of an input node that something depends on."""
    if not node.kind.is_source or not graph.wires_from(node.id):
        return None
    try:
        source_outputs(node, shelf)
    except MustFetch:
        return None
    except ProviderError as error:
        return Problem("bad-param-value", "error", error.message, node_id=node.id)
    return None
