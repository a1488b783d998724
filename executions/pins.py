"""The results that pinned nodes give: those of an earlier execution of the same team, as long as all of it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from accounts.models import Team
from assets.models import Asset
from executions.board import Key
from executions.models import GUEST, NodeRun
from executions.states import NodeStatus
from executions.wire import media_in
from workflows.graph import Graph, Node
from workflows.modes import Pin

Results = Mapping[Key, Mapping[str, Any]]


def pinned_results(team_id: int, graph: Graph) -> Results:
    """What the pinned nodes of a graph give, item by item. A node whose results are not all there has none."""
    pinned = [node for node in graph.nodes.values() if node.pin is not None and node.id not in graph.off]
    if not pinned:
        return {}
    pins = {node.pin for node in pinned if node.pin is not None}
    rows = NodeRun.objects.filter(
        execution__in={pin.execution_id for pin in pins},
        execution__team=team_id,
        node_id__in={pin.node_id for pin in pins},
        status=NodeStatus.COMPLETED,
    ).exclude(execution__trigger=GUEST)  # whose values are their author's to see
    made: defaultdict[Pin, list[NodeRun]] = defaultdict(list)
    for row in rows.order_by("id"):
        made[Pin(row.execution_id, row.node_id)].append(row)
    files = {one["assetId"] for own in made.values() for row in own for one in media_in(row.output)}
    there = set(Asset.objects.live().filter(team=team_id, id__in=files).values_list("id", flat=True))
    return {
        (node.id, row.path): row.output or {}
        for node in pinned
        if node.pin is not None and all(_fits(node, row, there) for row in made[node.pin])
        for row in made[node.pin]
    }


def _fits(node: Node, row: NodeRun, there: set[str]) -> bool:
    ports = {port.id for port in node.kind.outputs}
    is_known = not row.output or bool(ports & set(row.output)) or "dynamic_ports" in node.kind.spec
    return is_known and all(one["assetId"] in there for one in media_in(row.output))


def results_once(team: Team) -> Callable[[Graph], Results]:
    """`pinned_results`, read once for all graphs with the same pins, as in a batch. The team may be a lazy one."""
    kept: dict[frozenset[tuple[str, str, Pin]], Results] = {}

    def results(graph: Graph) -> Results:
        pins = frozenset(
            (node.id, node.kind.name, node.pin)
            for node in graph.nodes.values()
            if node.pin is not None and node.id not in graph.off
        )
        if pins not in kept:
            kept[pins] = pinned_results(team.pk, graph)
        return kept[pins]

    return results


def without_result(graph: Graph, results: Results) -> list[Node]:
    """The pinned nodes of which no result is there any more."""
    found = {node_id for node_id, _ in results}
    return [
        node
        for node in graph.nodes.values()
        if node.pin is not None and node.id not in graph.off and node.id not in found
    ]
