"""Everything that can be said against a run before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings

from accounts.secret_names import named_by
from accounts.team_secrets import PAGE
from executions.letters import sends
from executions.pins import without_result
from executions.sources import MustFetch, Shelf, source_outputs
from providers.catalog import load_catalog
from providers.errors import ProviderError
from providers.fetch import FetchRefused
from providers.local import SUPPORTED
from providers.posting import check_address
from wireflow_ui.errors import WireflowError
from workflows.errors import InvalidGraph
from workflows.graph import Graph, Node, Problem
from workflows.lint import Report, lint
from workflows.models import Workflow
from workflows.modes import UNNEEDED
from workflows.normalise import check_shape

Json = Mapping[str, Any]

PIN_GONE = "pinned-result-gone"


@dataclass
class Sent:
    """A graph that is to run, with what can be said of it whoever runs it."""

    nodes: Sequence[Json]
    edges: Sequence[Json]
    version_id: int | None = None  # of a saved graph, once a run of it was accepted

    @cached_property
    def report(self) -> Report:
        """What lint says. Raises `WireflowError` (400) for what has not the shape of a graph."""
        if not self.nodes:
            raise WireflowError("At least one node must be provided", code="empty_workflow")
        check_shape(self.nodes, self.edges)
        return lint(self.nodes, self.edges, load_catalog(), executing=True, supported=SUPPORTED)


@lru_cache(maxsize=128)
def saved_graph(workflow_id: str, updated_at: datetime) -> Sent:
    """The graph of a workflow as it was saved at this moment, or later: read and linted once, and never changed."""
    nodes, edges = Workflow.objects.get(pk=workflow_id).graph_json()
    return Sent(list(nodes), list(edges))


def check_graph(sent: Sent, *, targets: Sequence[str] = (), shelf: Shelf) -> Graph:
    """The graph to run, or a refusal: 400 for its shape, 422 with the violations for what it says."""
    report = sent.report
    known = {*(node.get("id") for node in sent.nodes), *report.graph.nodes}
    for node_id in targets:
        if node_id not in known:
            raise WireflowError(
                f"The workflow has no node “{node_id}”. Save it first, or run all of it.",
                code="node_not_found",
            )
    graph, violations = wanted_part(report, targets=targets, shelf=shelf)
    if graph.nodes and len(graph.off) == len(graph.nodes) and not violations:
        raise WireflowError(
            "All of it is disabled or bypassed. Let at least one node run.", code="nothing_to_run"
        )
    if violations:
        raise InvalidGraph(violations, report.warnings)
    return graph


def wanted_part(report: Report, *, targets: Sequence[str], shelf: Shelf) -> tuple[Graph, list[Problem]]:
    """What of a graph runs for these nodes, and what is wrong with that part."""
    violations = list(report.violations)
    graph = report.graph
    wanted = graph.named(targets)
    if wanted:
        graph = graph.part_for(*wanted)
        violations = [one for one in violations if not one.node_id or graph.named([one.node_id])]
    unneeded = {node_id for node_id, why in graph.off.items() if why == UNNEEDED}
    violations = [one for one in violations if one.node_id not in unneeded]
    running = [node for node in graph.nodes.values() if node.id not in graph.off]
    violations += [problem for node in running if (problem := _source_problem(node, shelf))]
    violations += [problem for node in running if (problem := _address_problem(graph, node, shelf))]
    violations += [_no_result(node) for node in without_result(graph, shelf.pinned(graph))]
    return graph, violations


def _no_result(node: Node) -> Problem:
    """A pinned node whose results were deleted, belong to somebody else, or are of another kind of node."""
    said = f'The result pinned to "{node.label}" is not there any more.'
    return Problem(PIN_GONE, "error", said, "Unpin it to run it again.", node.id, field="pinned")


def _address_problem(graph: Graph, node: Node, shelf: Shelf) -> Problem | None:
    """What is wrong with where a node sends results, or with secrets that it names: found before anything is paid."""
    if not sends(node):
        return None
    wired = {wire.target_port for wire in graph.wires_into(node.id) if wire.into_param}
    url, headers = node.params.get("url"), node.params.get("headers")
    texts = [url] if "url" not in wired else []
    texts += headers.values() if isinstance(headers, Mapping) and "headers" not in wired else []
    names = [name for text in texts if isinstance(text, str) and (name := named_by(text.strip())) is not None]
    if missing := next((name for name in names if not shelf.has_secret(name)), None):
        said = f"Your team has no secret “{missing[:40]}”. An owner can add it under {PAGE}."
        return Problem("missing-secret", "error", said, node_id=node.id, field="url")
    if isinstance(url, str) and url and "url" not in wired and named_by(url.strip()) is None:
        try:
            check_address(url.strip(), settings.DELIVERY_HOSTS)
        except FetchRefused as error:
            return Problem("bad-param-value", "error", error.message, node_id=node.id, field="url")
    return None


def _source_problem(node: Node, shelf: Shelf) -> Problem | None:
    """What is wrong with the value of an input node, also of one that nothing hangs on: it would fail the run too."""
    if not node.kind.is_source:
        return None
    try:
        source_outputs(node, shelf)
    except MustFetch:
        return None
    except ProviderError as error:
        return Problem("bad-param-value", "error", error.message, node_id=node.id)
    return None
