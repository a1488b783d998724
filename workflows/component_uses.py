"""What the library knows of its components beside what is inside: their ports, and who has nodes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from workflows.component_actions import node_type_of
from workflows.components import ports_of
from workflows.models import Component, ComponentVersion, Node, Workflow

Json = dict[str, Any]


def ports_of_newest(components: Sequence[Component]) -> dict[str, Json]:
    """By component, the ports of its newest version and how many nodes are inside."""
    newest = ComponentVersion.objects.filter(component__in=components, number=F("component__version"))
    found: dict[str, Json] = {one.pk: {"nodes": 0, "inputs": [], "outputs": []} for one in components}
    rows = newest.values_list("component_id", "content__nodes", "content__inputs", "content__outputs")
    for component_id, nodes, inputs, outputs in rows.iterator(chunk_size=20):
        inputs, outputs = ports_of({"component": {"inputs": inputs, "outputs": outputs}})
        found[component_id] = {"nodes": len(nodes), "inputs": inputs, "outputs": outputs}
    return found


def workflows_with(component: Component) -> list[tuple[Workflow, list[int]]]:
    """The team's workflows with nodes of it, the last changed first, and the versions that these have."""
    versions: dict[str, set[int]] = {}
    nodes = Node.objects.filter(
        workflow__team=component.team_id, workflow__deleted_at=None, data__nodeType=node_type_of(component)
    )
    for workflow_id, number in nodes.values_list("workflow_id", "data__component__version"):
        if isinstance(number, int):
            versions.setdefault(workflow_id, set()).add(number)
    found = Workflow.objects.filter(pk__in=versions).newest_first()
    return [(one, sorted(versions[one.pk])) for one in found]
