"""Who has nodes of a component."""

from __future__ import annotations

from workflows.component_actions import node_type_of
from workflows.models import Component, Node, Workflow


def workflows_with(component: Component) -> list[tuple[Workflow, list[int]]]:
    """The team's workflows with nodes of it, the last changed first, and the versions that these have."""
    versions: dict[str, set[int]] = {}
    nodes = Node.objects.filter(
        workflow__team=component.team_id,
        workflow__deleted_at=None,
        workflow__workbench_of=None,
        data__nodeType=node_type_of(component),
    )
    for workflow_id, number in nodes.values_list("workflow_id", "data__component__version"):
        if isinstance(number, int):
            versions.setdefault(workflow_id, set()).add(number)
    found = Workflow.objects.filter(pk__in=versions).newest_first()
    return [(one, sorted(versions[one.pk])) for one in found]
