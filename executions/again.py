"""Running an execution once more: the same graph, everything made anew."""

from __future__ import annotations

from accounts.actor import Actor
from executions.actions import Start, start_execution
from executions.models import Execution, Reuse
from wireflow_ui.errors import NotFound


def start_again(*, execution: Execution, actor: Actor) -> Execution:
    """Start the very graph of an earlier run once more. Raises `NotFound` and what `start_execution` does."""
    if execution.workflow is None or execution.workflow.deleted_at:
        raise NotFound("The workflow of this run was deleted.")
    version = execution.version
    start = Start(
        nodes=version.nodes,
        edges=version.edges,
        target_node_id=execution.target_node_id,
        targets=tuple(execution.targets),
        reuse=Reuse.NONE,
        trigger="again",
        trigger_data=execution.trigger_data,
    )
    return start_execution(workflow=execution.workflow, team=actor.team, start=start, user=actor.user)
