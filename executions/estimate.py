"""What a run would cost, found by planning it without storing anything."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from credits.context import balance_of
from credits.pricing import FREE
from executions.actions import Start
from executions.batches import Row, rows_of
from executions.board import Board, Key
from executions.inputs_given import apply_inputs
from executions.instant import computer, shelf_of
from executions.models import Execution, Reuse
from executions.planner import Compute, advance
from executions.providers import SANDBOX, expected_provider
from executions.runs import Run
from executions.states import NodeStatus
from executions.writing import dearest_price, hash_of, stored_results
from providers.catalog import load_catalog
from workflows.graph import Graph, read_graph
from workflows.models import Workflow
from workflows.nodes import Node


def estimate(workflow: Workflow, actor: Actor, start: Start) -> dict[str, Any]:
    """The body of contract §7.7, of all runs of a batch together.

    A graph that cannot run yet is priced as far as it can be read.
    """
    breakdown: dict[str, dict[str, Any]] = {}
    usd = 0.0
    for row in rows_of(start.lists):
        lines, cost = _price_run(workflow, actor, start, row)
        usd += cost
        for line in lines:
            known = breakdown.setdefault(line["nodeId"], line)
            if known is not line:
                _add(known, line)
    total = sum(one["credits"] for one in breakdown.values())
    available = balance_of(actor.team.pk).available
    unknown = [one["nodeLabel"] for one in breakdown.values() if one["unknownIterations"]]
    return {
        "workflowId": workflow.pk,
        "estimatedCredits": total,
        "estimatedProviderCostUsd": round(usd, 4),
        "availableCredits": available,
        "creditSource": f"user:{actor.user.pk}",
        "sufficient": available >= total,
        "estimateComplete": not unknown,
        "breakdown": list(breakdown.values()),
        "warnings": [f"How often “{label}” runs shows only during the run." for label in unknown],
    }


def _add(known: dict[str, Any], line: dict[str, Any]) -> None:
    """Count a node of another run of the batch to what is known of it; the unit price is the dearest."""
    known["credits"] += line["credits"]
    known["iterations"] += line["iterations"]
    known["unitCredits"] = max(known["unitCredits"], line["unitCredits"])
    known["reused"] = known["reused"] and line["reused"]


def _price_run(
    workflow: Workflow, actor: Actor, start: Start, row: Row
) -> tuple[list[dict[str, Any]], float]:
    """A line for every node of one run that calls a provider, and what the providers are thought to ask in USD."""
    graph = _graph(workflow, start, row)
    board = Board(graph)
    compute = computer(shelf_of(actor.team, start.trigger_data))
    advance(board, compute)
    execution = Execution(
        team=actor.team, workflow=workflow, reuse=start.reuse, target_node_id=start.target_node_id
    )
    reused = _reused(Run(execution, board), start, compute)
    lines: list[dict[str, Any]] = []
    usd = 0.0
    for node_id in graph.order:
        node = graph.nodes[node_id]
        if not node.kind.is_remote:
            continue
        wired = {wire.target_port for wire in graph.wires_into(node_id)}
        free = actor.team.sandbox_free and expected_provider(node, wired) == SANDBOX
        price = FREE if free else dearest_price(node, wired)
        paths, signal = board.paths(board.levels(node_id))
        waiting = [path for path in paths if (node_id, path) not in reused]
        unknown = signal is not None
        times = max(len(waiting), 1) if unknown else len(waiting)
        usd += float(price.usd) * times
        lines.append(
            {
                "nodeId": node_id,
                "nodeLabel": node.label,
                "model": node.kind.name,
                "credits": price.credits * times,
                "unitCredits": price.credits,
                "iterations": times,
                "unknownIterations": unknown,
                "fanOutUncertainty": "unknown" if unknown else "none",
                "reused": bool(paths) and not waiting,
            }
        )
    return lines, usd


def _graph(workflow: Workflow, start: Start, row: Row) -> Graph:
    nodes, edges = (
        (list(start.nodes), list(start.edges)) if start.nodes or start.edges else workflow.graph_json()
    )
    graph, _ = read_graph(row.apply(apply_inputs(nodes, start.inputs)), edges, load_catalog())
    return graph.part_for(start.target_node_id) if start.target_node_id in graph.nodes else graph


def _reused(run: Run, start: Start, compute: Compute) -> set[Key]:
    """The remote node runs whose stored result would be taken; as in a start, each may lead to the next."""
    reused: set[Key] = set()
    while start.reuse != Reuse.NONE:
        wanted = {
            key: hash_of(run, key)
            for key, cell in run.board.cells.items()
            if cell.status == NodeStatus.READY
            and _may_reuse(run.graph.nodes[key[0]], start)
            and key[0] != start.target_node_id
        }
        stored = stored_results(run.execution.team_id, wanted.values()) if wanted else {}
        found = {key for key, digest in wanted.items() if digest in stored}
        if not found:
            break
        for key in found:
            cell = run.board.cells[key]
            cell.status, cell.outputs = NodeStatus.COMPLETED, stored[wanted[key]]
        reused |= found
        advance(run.board, compute)
    return reused


def _may_reuse(node: Node, start: Start) -> bool:
    return node.kind.is_local or (node.kind.is_remote and start.reuse == Reuse.ALL)
