"""A run as it would be accepted now: planned with everything it would reuse, and nothing stored."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actor import Actor
from accounts.models import Team
from credits.pricing import FREE, Price
from executions.actions import Start
from executions.batches import Row
from executions.board import Board, Key
from executions.inputs_given import apply_inputs
from executions.instant import computer, shelf_of
from executions.models import Execution, Reuse
from executions.planner import Compute, advance
from executions.providers import SANDBOX, Choice, expected
from executions.reusing import hashes_of, stored_results
from executions.runs import Run
from executions.states import NodeStatus
from executions.writing import dearest_price
from providers.catalog import load_catalog
from workflows.component_actions import with_components
from workflows.graph import Graph, read_graph
from workflows.models import Workflow
from workflows.nodes import Node


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A board after its first moves; ``reused`` are the remote and local node runs with a stored result."""

    team: Team
    graph: Graph
    board: Board
    reused: set[Key]

    def served_by(self, node_id: str) -> Choice:
        return expected(self.graph.nodes[node_id], self.wired(node_id), self.team)

    def price_of(self, node_id: str) -> Price:
        """What is held for the node each time it runs."""
        if self.team.sandbox_free and self.served_by(node_id).provider == SANDBOX:
            return FREE
        return dearest_price(self.graph.nodes[node_id], self.wired(node_id))

    def wired(self, node_id: str) -> set[str]:
        return {wire.target_port for wire in self.graph.wires_into(node_id)}


def graph_for(workflow: Workflow, team: Team, start: Start, row: Row) -> Graph:
    """The part of the graph that a run is for, as far as it can be read."""
    is_own = bool(start.nodes or start.edges)
    nodes, edges = (start.nodes, start.edges) if is_own else workflow.graph_json()
    nodes = with_components(nodes, team.pk) if is_own else nodes
    graph, _ = read_graph(row.apply(apply_inputs(list(nodes), start.inputs)), list(edges), load_catalog())
    wanted = graph.named(start.all_targets)
    return graph.part_for(*wanted) if wanted else graph


def rehearse(graph: Graph, workflow: Workflow, actor: Actor, start: Start) -> Rehearsal:
    """Plan a run as far as that goes without anybody doing work."""
    shelf = shelf_of(actor.team, start.trigger_data)
    board, compute = Board(graph, pinned=shelf.pinned(graph)), computer(shelf)
    advance(board, compute)
    execution = Execution(
        team=actor.team,
        workflow=workflow,
        reuse=start.reuse,
        target_node_id=start.target_node_id,
        anew=list(start.anew),
    )
    return Rehearsal(actor.team, graph, board, _reused(Run(execution, board), compute))


def _reused(run: Run, compute: Compute) -> set[Key]:
    """The node runs whose stored result would be taken; as in a start, each may lead to the next."""
    reused: set[Key] = set()
    fresh = run.made_anew
    while run.execution.reuse != Reuse.NONE:
        ready = [
            key
            for key, cell in run.board.cells.items()
            if cell.status == NodeStatus.READY
            and _may_reuse(run.graph.nodes[key[0]], run.execution)
            and key[0] not in fresh
        ]
        wanted = hashes_of(run, ready)
        stored = stored_results(run.execution.team_id, wanted.values()) if wanted else {}
        found = {key for key, digest in wanted.items() if digest in stored}
        if not found:
            break
        for key in found:
            cell = run.board.cells[key]
            cell.status, cell.outputs, cell.is_cached = NodeStatus.COMPLETED, stored[wanted[key]], True
        reused |= found
        advance(run.board, compute)
    return reused


def _may_reuse(node: Node, execution: Execution) -> bool:
    return node.kind.is_local or (node.kind.is_remote and execution.reuse == Reuse.ALL)
