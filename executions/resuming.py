"""Running an execution again from where it broke off."""

from __future__ import annotations

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Role, is_at_least
from assets.models import Asset
from executions.actions import Accepted, Start, accept_executions
from executions.board import BRANCH, Cell, Key
from executions.models import Execution, NodeRun, Reuse
from executions.runs import graph_of
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import media_in
from wireflow_ui.errors import Conflict, Forbidden, NotFound
from workflows.modes import OFF


class NotResumable(Conflict):
    """There is nothing to resume: it goes on still, or it is complete."""

    code = "not_resumable"


def resume_execution(*, execution: Execution, actor: Actor) -> list[Accepted]:
    """Start a new run of the same graph in which what succeeded is taken over at no cost.

    Raises `Forbidden` for who neither started it nor owns the team, `NotResumable`, and what `accept_executions` does.
    """
    if execution.started_by_id != actor.user.pk and not is_at_least(actor.role, Role.OWNER):
        raise Forbidden("Forbidden: Cannot resume execution you do not own")
    if not execution.is_over:
        raise NotResumable("This run goes on still. Cancel it first, or wait for its end.")
    if execution.status == ExecutionStatus.COMPLETED:
        raise NotResumable("This run is complete. Start a new one instead.")
    workflow = execution.workflow
    if workflow is None or workflow.deleted_at is not None:
        raise NotFound("Workflow not found")
    version = execution.version
    start = Start(
        nodes=version.nodes,
        edges=version.edges,
        target_node_id=execution.target_node_id,
        targets=tuple(execution.targets),
        anew=tuple(execution.anew),
        reuse=Reuse(execution.reuse),
        trigger="resume",
        trigger_data=execution.trigger_data,
        carried=_done(execution),
    )
    with transaction.atomic():
        [accepted] = accept_executions(
            workflow=workflow, team=actor.team, start=start, user=actor.user, key=actor.key
        )
        # For the record alone: the graph has them in it.
        Execution.objects.filter(pk=accepted.execution.pk).update(inputs=execution.inputs)
    return [accepted]


def _done(execution: Execution) -> dict[Key, Cell]:
    """The node runs that succeeded and whose files are still there, as cells of the new run.

    What was collected from a list with items missing is collected anew, and so is all that was made of it.
    """
    graph = graph_of(execution)
    every = list(execution.node_runs.order_by("position", "id"))
    unfinished = {row.node_id for row in every if not _is_settled(row)}
    partial = {
        node_id
        for node_id, node in graph.nodes.items()
        if node.kind.fan == "in" and graph.ancestors(node_id) & unfinished
    }
    rows = [
        row
        for row in every
        if row.status == NodeStatus.COMPLETED
        and row.node_id not in partial
        and not graph.ancestors(row.node_id) & partial
    ]
    files = {one["assetId"] for row in rows for one in media_in(row.output)}
    there = set(
        Asset.objects.live().filter(team=execution.team_id, id__in=files).values_list("id", flat=True)
    )
    return {
        (row.node_id, row.path): Cell(
            status=NodeStatus.COMPLETED,
            outputs=row.output or {},
            is_cached=True,
            was_ready=row.ready_at is not None,
            skip_reason=row.skip_reason,
        )
        for row in rows
        if all(one["assetId"] in there for one in media_in(row.output))
    }


def _is_settled(row: NodeRun) -> bool:
    """Done, or rightly not done: its branch was not taken, or it was not to run."""
    return row.status == NodeStatus.COMPLETED or (
        row.status == NodeStatus.SKIPPED and row.skip_reason in (BRANCH, *OFF)
    )
