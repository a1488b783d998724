"""What those see of a run who pay for it but do not own its workflow: its results, not how they were made."""

from __future__ import annotations

from typing import Any

from executions.models import Execution, NodeRun
from executions.runs import graph_of
from executions.wire import execution_summary, node_state_objects
from workflows.graph import Graph

#: Sentences of an author's nodes may quote what the author wrote, so guests read ours.
_REASONS = {
    "content_blocked": "The provider refused this content. Change what you gave and try again.",
    "timeout": "The run took too long and was stopped.",
    "rate_limited": "The provider is busy. Try again later.",
}
_FAILED = "The run failed. What failed costs nothing; try again, or tell the author of the app."


def ends_of(graph: Graph) -> list[str]:
    """The nodes that a run is made for: its output nodes, else those that nothing follows."""
    ends = [node_id for node_id in graph.order if not graph.wires_from(node_id) and node_id not in graph.off]
    named = [node_id for node_id in ends if graph.nodes[node_id].kind.name.startswith("output:")]
    return named or [node_id for node_id in ends if not graph.nodes[node_id].kind.is_source]


def outputs_of(execution: Execution, runs: list[NodeRun], base: str = "") -> list[dict[str, Any]]:
    """``{nodeId, label, status, url}`` for every file that came out; a text stands in ``text``, its url is null."""
    graph = graph_of(execution)
    ends = ends_of(graph)
    outputs: list[dict[str, Any]] = []
    for state in node_state_objects(graph, runs, base):
        if state["nodeId"] not in ends:
            continue
        entry = {name: state[name] for name in ("nodeId", "label", "status")}
        outputs += [{**entry, "url": url} for url in state["outputUrls"]] or [
            {**entry, "url": None, **({"text": state["text"]} if state["text"] else {})}
        ]
    return outputs


def guest_summary(execution: Execution) -> dict[str, Any]:
    """An item of the history of those who paid; the workflow is not theirs to see."""
    error = error_for_guests(execution)
    return {**execution_summary(execution), "workflowId": None, "error": error, "warnings": []}


def guest_object(execution: Execution, runs: list[NodeRun], base: str = "") -> dict[str, Any]:
    """The body of a poll for guests."""
    summary = execution_summary(execution)
    shown = ("executionId", "id", "status", "startTime", "endTime", "durationMs", "creditsUsed", "errorCode")
    outputs = outputs_of(execution, runs, base)
    first = next((one["url"] for one in outputs if one["url"]), None)
    return {
        **{name: summary[name] for name in shown},
        "error": error_for_guests(execution),
        "outputs": outputs,
        "nodeResults": {"nodeRuns": outputs},
        "finalOutput": {"url": first} if first and execution.is_over else None,
    }


def error_for_guests(execution: Execution) -> str | None:
    """Why it failed, in words that quote nothing of the workflow."""
    return _REASONS.get(execution.error_code, _FAILED) if execution.error else None


def runs_shown(execution: Execution, runs: list[NodeRun]) -> list[NodeRun]:
    """Of the node runs those whose values guests may see."""
    ends = ends_of(graph_of(execution))
    return [run for run in runs if run.node_id in ends]
