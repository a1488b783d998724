"""What a run would do to each node if it were started now: the canvas shows this while somebody edits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median
from typing import Any

from django.conf import settings

from accounts.actor import Actor
from credits.context import balance_of
from executions.actions import Start
from executions.instant import shelf_of
from executions.models import RouteTime
from executions.preflight import saved_graph, wanted_part
from executions.providers import SANDBOX, would_serve
from executions.rehearsal import Rehearsal, rehearse
from executions.states import NodeStatus
from providers.catalog import NodeType, load_catalog
from providers.keys import title_of
from providers.local import SUPPORTED
from providers.sandbox.latency import read_latency
from workflows.graph import Graph
from workflows.lint import lint
from workflows.models import Workflow
from workflows.problems import Problem

#: Too few to tell the usual duration of a route from.
FEWEST = 3


def plan(workflow: Workflow, actor: Actor, start: Start) -> dict[str, Any]:
    """What each node of the saved graph would do, at what price and in what time; and all of it together.

    A node is `ready` (its value is written on it), `cached`, `run`, `skip` (its branch is not taken), `blocked` (it, or
    something that it needs, has an error), `idle` (not asked for), `pinned` (its result is kept), or, where it does not
    run, `disabled`, `bypassed`, `depends` or `unneeded` (`workflows.modes`). A graph that cannot run yet is planned as
    far as it can be read. ``openedBy`` says whose key would serve a node that goes to the sandbox for want of one.
    ``violations`` and ``warnings`` are what is wrong with the whole graph, and what a start would be refused for.
    """
    saved = saved_graph(workflow.pk, workflow.updated_at)
    report = lint(saved.nodes, saved.edges, load_catalog(), executing=True, supported=SUPPORTED)
    shelf = shelf_of(actor.team, start.trigger_data)
    graph, problems = wanted_part(report, targets=start.all_targets, shelf=shelf)
    rehearsal = rehearse(graph, workflow, actor, start)
    blocked = _blocked(graph, problems)
    usual = _usual_seconds(rehearsal)
    lines = [_line(rehearsal, node_id, blocked, usual) for node_id in graph.order]
    idle = [
        {"nodeId": node_id, "state": "idle"} for node_id in report.graph.order if node_id not in graph.nodes
    ]
    total = sum(line["credits"] for line in lines)
    available = balance_of(actor.team.pk).available
    return {
        "credits": total,
        "availableCredits": available,
        "sufficient": available >= total,
        "seconds": _seconds_in_all(graph, {line["nodeId"]: line["seconds"] for line in lines}),
        "nodes": lines + idle,
        "violations": [problem.as_wire() for problem in dict.fromkeys([*report.violations, *problems])],
        "warnings": [problem.as_wire() for problem in report.warnings],
    }


def _blocked(graph: Graph, problems: Sequence[Problem]) -> set[str]:
    """The nodes with an error and all that waits for them."""
    blocked = set(graph.named(one.node_id for one in problems))
    for node_id in graph.order:
        if any(wire.source in blocked for wire in graph.wires_into(node_id)) and not graph.nodes[node_id].pin:
            blocked.add(node_id)
    return blocked


def _line(
    rehearsal: Rehearsal, node_id: str, blocked: Collection[str], usual: dict[str, float]
) -> dict[str, Any]:
    board, node = rehearsal.board, rehearsal.graph.nodes[node_id]
    paths, signal = board.paths(board.levels(node_id))
    cells = [(path, board.cells.get((node_id, path))) for path in paths]
    waiting = [
        path for path, cell in cells if cell is None or cell.status in (NodeStatus.PENDING, NodeStatus.READY)
    ]
    is_open = signal is not None
    if node_id in rehearsal.graph.off:
        state = rehearsal.graph.off[node_id]
    elif node_id in blocked or any(cell and cell.status == NodeStatus.FAILED for _, cell in cells):
        state = "blocked"
    elif node.pin is not None:
        state = "pinned"
    elif waiting or is_open:
        state = "run"
    elif paths and all(cell and cell.status == NodeStatus.SKIPPED for _, cell in cells):
        state = "skip"
    else:
        state = "cached" if any((node_id, path) in rehearsal.reused for path in paths) else "ready"
    times = max(len(waiting), 1) if is_open else len(waiting)
    unit = rehearsal.price_of(node_id).credits if node.kind.is_remote else 0
    runs = state == "run"
    served_by = rehearsal.served_by(node_id)
    openers = would_serve(node, rehearsal.wired(node_id)) if served_by.provider == SANDBOX else []
    return {
        "nodeId": node_id,
        "state": state,
        "credits": unit * times if runs else 0,
        "unitCredits": unit,
        "times": times if runs else 0,
        "isOpen": is_open and runs,
        "provider": served_by.provider,
        "providerTitle": _title(served_by.provider),
        "ownKey": served_by.own_key,
        "openedBy": list(map(title_of, openers)),
        "seconds": round(usual[node_id], 1) if runs else 0,
    }


def _title(provider: str) -> str:
    """What people call a provider; "" for what is none of the catalog's."""
    return title_of(provider) if provider in load_catalog().providers else ""


def _usual_seconds(rehearsal: Rehearsal) -> dict[str, float]:
    """How long each node usually takes: as the last calls by its route did, else as its type says."""
    makers = {
        node_id: (rehearsal.served_by(node_id).provider, node.kind)
        for node_id, node in rehearsal.graph.nodes.items()
    }
    known: dict[tuple[str, str], list[float]] = {}
    for route, seconds in RouteTime.objects.values_list("route", "seconds"):
        provider, _, rest = route.partition(" ")
        known.setdefault((provider, rest.rpartition(" ")[2]), []).extend(seconds)
    return {
        node_id: median(found)
        if len(found := known.get((provider, kind.name), [])) >= FEWEST
        else _typical(provider, kind)
        for node_id, (provider, kind) in makers.items()
    }


def _typical(provider: str, kind: NodeType) -> float:
    if kind.is_source:
        return 0.0
    if provider == SANDBOX:
        return read_latency(settings.SANDBOX_LATENCY).seconds(kind, "usual")
    return sum(kind.typical_seconds) / 2


def _seconds_in_all(graph: Graph, seconds: dict[str, float]) -> float:
    """The longest way through the graph: what does not wait for each other runs side by side."""
    ends: dict[str, float] = {}
    for node_id in graph.order:
        before = [ends[wire.source] for wire in graph.wires_into(node_id)]
        ends[node_id] = max(before, default=0.0) + seconds[node_id]
    return round(max(ends.values(), default=0.0), 1)
