"""Executions and node runs as JSON: the shapes of the API contract, also used by events and pages.

``base`` is put before our own media addresses: the site's address for the API, "" where a relative one will do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from executions.models import Execution, NodeRun, WaitFor
from executions.questions import APPROVAL
from executions.states import ACTIVE, ExecutionStatus, NodeStatus
from executions.values import as_text, is_medium
from workflows.graph import Graph
from workflows.modes import BYPASSED, DEPENDS, DISABLED, PINNED, UNNEEDED

_SKIPPED = {
    "branch": "skipped: branch not taken",
    DISABLED: "disabled",
    BYPASSED: "bypassed",
    DEPENDS: "skipped: what it needs does not run",
    UNNEEDED: "not needed: a pinned result is used",
}
#: READY and WAITING are the engine's own words.
_NODE_WORDS = {NodeStatus.READY: NodeStatus.PENDING, NodeStatus.WAITING: NodeStatus.RUNNING}


def when(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def node_status(run: NodeRun) -> str:
    """The status of a node run as the contract names it."""
    status = NodeStatus(run.status)
    return (status if waits_for_person(run) else _NODE_WORDS.get(status, status)).value


def _duration_ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None


def status_word(run: NodeRun) -> str:
    """The word of the badge: more than the status says."""
    status = NodeStatus(run.status)
    if status == NodeStatus.COMPLETED:
        if run.skip_reason == PINNED:
            return "pinned"
        return "reused" if run.is_cached else "done by its fallback" if run.fell_back else "done"
    if status == NodeStatus.SKIPPED:
        return _SKIPPED.get(run.skip_reason, "skipped: an earlier step failed")
    if status == NodeStatus.WAITING and run.wait_for == WaitFor.PERSON:
        return "needs approval" if (run.question or {}).get("kind") == APPROVAL else "needs a choice"
    if status == NodeStatus.WAITING and run.wait_for == WaitFor.DELIVERY:
        return "being delivered"
    if status == NodeStatus.WAITING and run.wait_for == WaitFor.RETRY:
        return "waiting to try again"
    if status == NodeStatus.READY and run.wait_for == WaitFor.PLACE:
        return f"waiting for a free place at {run.provider}"
    if status == NodeStatus.READY and run.wait_for == WaitFor.SHARE:
        return "waiting for a free place: as many calls as the plan allows are under way"
    if status == NodeStatus.FAILED and run.error_code == "worker_lost":
        return "worker lost, credits released"
    if run.fell_back and status in ACTIVE:
        return "running with its fallback" if status != NodeStatus.READY else "queued for its fallback"
    return {
        NodeStatus.PENDING: "waiting",
        NodeStatus.READY: "queued",
        NodeStatus.RUNNING: "running",
        NodeStatus.WAITING: "running",
        NodeStatus.FAILED: "failed",
        NodeStatus.CANCELLED: "stopped",
    }[status]


def media_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every stored file in a value, in order."""
    if is_medium(value):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from media_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from media_in(one)


def with_addresses(value: Any, base: str) -> Any:
    """A stored value with whole addresses for its files."""
    if is_medium(value):
        thumbnail = value.get("thumbnailUrl")
        return {**value, "url": base + value["url"], "thumbnailUrl": base + thumbnail if thumbnail else None}
    if isinstance(value, Mapping):
        return {key: with_addresses(one, base) for key, one in value.items()}
    if isinstance(value, list):
        return [with_addresses(one, base) for one in value]
    return value


def output_object(output: Mapping[str, Any] | None, base: str) -> dict[str, Any] | None:
    """Port → value, and beside it ``url``: the first file, or ``text``: the first text."""
    if output is None:
        return None
    shown: dict[str, Any] = with_addresses(output, base)
    first = next(media_in(output), None)
    if first is not None:
        shown.setdefault("url", base + first["url"])
    elif (text := first_text(output)) is not None:
        shown.setdefault("text", text)
    return shown


def first_text(output: Mapping[str, Any]) -> str | None:
    """The text of an output without files: its first value, as text."""
    for value in output.values():
        if next(media_in(value), None) is None and value is not None:
            if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
                return "\n".join(value)
            return as_text(value)
    return None


def node_run_object(run: NodeRun, base: str = "") -> dict[str, Any]:
    """One entry of ``nodeRuns``; ``progress`` is in percent."""
    return {
        "nodeId": run.node_id,
        "itemPath": list(run.path),
        "label": run.label,
        "nodeType": run.node_type,
        "status": node_status(run),
        "statusWord": status_word(run),
        "output": output_object(run.output, base),
        "question": question_object(run, base),
        "error": run.error or None,
        "errorCode": run.error_code or None,
        "startTime": when(run.started_at),
        "endTime": when(run.ended_at),
        "durationMs": _duration_ms(run.started_at, run.ended_at),
        "creditsUsed": run.credits_used,
        "provider": run.provider or None,
        "attempt": run.attempt,
        "progress": None if run.progress is None else round(100 * run.progress),
        "cached": run.is_cached,
        "skipReason": run.skip_reason or ("cached" if run.is_cached else None),
        "requestId": run.request_id or None,
        "fallbackReason": run.fell_back or None,
        "notice": run.notice or None,
    }


def waits_for_person(run: NodeRun) -> bool:
    """Does it wait for somebody to decide?"""
    return run.status == NodeStatus.WAITING and run.wait_for == WaitFor.PERSON


def question_object(run: NodeRun, base: str = "") -> dict[str, Any] | None:
    """What a person was asked, and the answers there are; None where nobody is asked."""
    asked = run.question
    if asked is None:
        return None
    return {
        "kind": asked["kind"],
        "message": asked["message"],
        "approvers": asked["approvers"],
        "items": with_addresses(asked["items"], base),
        "answers": asked["answers"],
        "mayEdit": asked["mayEdit"],
        "dueAt": when(run.due_at),
    }


def joined_status(own: list[NodeRun]) -> NodeStatus:
    """One status for all items of a node."""
    statuses = {NodeStatus(run.status) for run in own}
    if any(waits_for_person(run) for run in own):
        return NodeStatus.WAITING
    if statuses & ACTIVE:
        return (
            NodeStatus.RUNNING if statuses & {NodeStatus.RUNNING, NodeStatus.WAITING} else NodeStatus.PENDING
        )
    for status in (NodeStatus.FAILED, NodeStatus.CANCELLED, NodeStatus.PENDING, NodeStatus.COMPLETED):
        if status in statuses:
            return status
    return NodeStatus.SKIPPED if statuses else NodeStatus.PENDING


def node_state_objects(graph: Graph, runs: Iterable[NodeRun], base: str) -> list[dict[str, Any]]:
    """``nodeStates``: one entry per node, its files in item order; exactly the nine keys of the contract."""
    by_node: dict[str, list[NodeRun]] = defaultdict(list)
    for run in runs:
        by_node[run.node_id].append(run)
    states = []
    for node_id in graph.order:
        own = by_node[node_id]
        urls = [base + one["url"] for run in own for one in media_in(run.output or {})]
        texts = [] if urls else [text for run in own if (text := first_text(run.output or {})) is not None]
        status = joined_status(own)
        over = sum(run.is_over for run in own)
        states.append(
            {
                "nodeId": node_id,
                "label": graph.nodes[node_id].label,
                "status": status.value,
                "error": next((run.error for run in own if run.error), None),
                "outputUrl": urls[0] if urls else None,
                "outputUrls": urls,
                "text": "\n".join(texts) if texts else None,
                "progress": _progress(own, over),
                "requestId": next((run.request_id for run in own if run.request_id), None),
            }
        )
    return states


def _progress(own: list[NodeRun], over: int) -> int:
    if not own:
        return 0
    running = sum(run.progress or 0 for run in own if not run.is_over)
    return round(100 * (over + running) / len(own))


def final_output(graph: Graph, runs: Iterable[NodeRun], base: str) -> dict[str, Any] | None:
    """What the run was made for: the value of its output nodes, else of the nodes nothing follows."""
    ends = [run for run in runs if run.output and not graph.wires_from(run.node_id)]
    named = [run for run in ends if run.node_type.startswith("output:")]
    for run in named or ends:
        shown = output_object(run.output, base) or {}
        if "url" in shown:
            return {"url": shown["url"]}
        if "text" in shown:
            return {"text": shown["text"]}
    return None


def wire_status(execution: Execution) -> str:
    """PENDING is RUNNING on the wire, and TIMEOUT is FAILED with its reason."""
    return {
        ExecutionStatus.PENDING: ExecutionStatus.RUNNING,
        ExecutionStatus.TIMEOUT: ExecutionStatus.FAILED,
    }.get(ExecutionStatus(execution.status), ExecutionStatus(execution.status)).value


def execution_summary(execution: Execution) -> dict[str, Any]:
    """The execution without its node runs: items of the history, data of its events."""
    return {
        "executionId": str(execution.id),
        "id": str(execution.id),
        "workflowId": execution.workflow_id,
        "workflowName": execution.workflow_name,
        "batchId": str(execution.batch_id),
        "status": wire_status(execution),
        "trigger": execution.trigger,
        "startTime": when(execution.created_at),
        "endTime": when(execution.ended_at),
        "durationMs": _duration_ms(execution.created_at, execution.ended_at),
        "creditsUsed": execution.credits_used,
        "error": execution.error or None,
        "errorCode": execution.error_code or None,
        "stoppedBy": execution.stopped_by or None,
        "warnings": execution.warnings,
    }


def execution_object(
    execution: Execution, graph: Graph, runs: list[NodeRun], base: str = ""
) -> dict[str, Any]:
    """The body of a poll; ``seq`` is the number of the last event it contains."""
    return {
        **execution_summary(execution),
        "nodeResults": {"nodeRuns": [node_run_object(run, base) for run in runs]},
        "nodeStates": node_state_objects(graph, runs, base),
        "finalOutput": final_output(graph, runs, base) if execution.is_over else None,
        "seq": execution.last_seq,
    }
