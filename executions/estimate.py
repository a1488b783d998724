"""What a run would cost, found by planning it without storing anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.actor import Actor
from credits.context import balance_of
from executions.actions import Start
from executions.batches import Row, rows_of
from executions.rehearsal import graph_for, rehearse
from workflows.models import Workflow


def estimate(workflow: Workflow, actor: Actor, start: Start) -> dict[str, Any]:
    """The body of contract §7.7, of all runs of a batch together.

    A graph that cannot run yet is priced as far as it can be read.
    """
    return estimate_of(workflow, actor, start, rows_of(start.lists))[0]


def estimate_of(
    workflow: Workflow, actor: Actor, start: Start, rows: Sequence[Row]
) -> tuple[dict[str, Any], list[int]]:
    """The body of an estimate of these rows, and the credits of each of them."""
    breakdown: dict[str, dict[str, Any]] = {}
    usd = 0.0
    each = []
    for row in rows:
        lines, cost = _price_run(workflow, actor, start, row)
        usd += cost
        each.append(sum(line["credits"] for line in lines))
        for line in lines:
            known = breakdown.setdefault(line["nodeId"], line)
            if known is not line:
                _add(known, line)
    total = sum(one["credits"] for one in breakdown.values())
    available = balance_of(actor.team.pk).available
    unknown = [one["nodeLabel"] for one in breakdown.values() if one["unknownIterations"]]
    body = {
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
    return body, each


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
    rehearsal = rehearse(graph_for(workflow, actor.team, start, row), workflow, actor, start)
    graph, board, reused = rehearsal.graph, rehearsal.board, rehearsal.reused
    lines: list[dict[str, Any]] = []
    usd = 0.0
    for node_id in graph.order:
        node = graph.nodes[node_id]
        if not node.kind.is_remote or node_id in graph.off:
            continue
        price, served_by = rehearsal.price_of(node_id), rehearsal.served_by(node_id)
        paths, signal = board.paths(board.levels(node_id))
        waiting = [path for path in paths if node.pin is None and (node_id, path) not in reused]
        unknown = signal is not None and node.pin is None
        times = max(len(waiting), 1) if unknown else len(waiting)
        usd += float(price.usd) * times
        lines.append(
            {
                "nodeId": node_id,
                "nodeLabel": node.label,
                "model": node.kind.name,
                "provider": served_by.provider,
                "ownKey": served_by.own_key,
                "credits": price.credits * times,
                "unitCredits": price.credits,
                "iterations": times,
                "unknownIterations": unknown,
                "fanOutUncertainty": "unknown" if unknown else "none",
                "reused": (bool(paths) or node.pin is not None) and not waiting,
            }
        )
    return lines, usd
