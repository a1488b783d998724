"""What a run of one node finds changed before it: contract §7.1, ``staleDependencies``."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from executions.models import Execution, NodeRun
from executions.runs import graph_of
from executions.states import NodeStatus


def stale_dependencies(execution: Execution) -> list[dict[str, Any]]:
    """The nodes before the target that have a result made with other settings, and which settings.

    They are not taken from that result but made anew. A node without a result, or with the same settings, is not
    among them.
    """
    if not execution.target_node_id or execution.workflow_id is None:
        return []
    graph = graph_of(execution)
    targets = graph.named([execution.target_node_id])
    earlier = NodeRun.objects.filter(
        execution__workflow=execution.workflow_id, node_id__in=graph.order, status=NodeStatus.COMPLETED
    ).exclude(execution=execution)
    newest = earlier.order_by().values("node_id").annotate(newest=Max("pk")).values("newest")
    made_in = {
        row.node_id: row.execution
        for row in NodeRun.objects.filter(pk__in=newest).select_related("execution")
    }
    found = []
    for node_id in graph.order:
        if node_id in targets or node_id not in made_in:
            continue
        before = graph_of(made_in[node_id]).nodes[node_id]
        now = graph.nodes[node_id]
        changed = [name for name, value in now.params.items() if before.params.get(name) != value]
        if before.kind.name != now.kind.name:
            changed.insert(0, "nodeType")
        if changed:
            found.append({"nodeId": node_id, "changedKeys": changed})
    return found
