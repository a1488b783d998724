"""What the pages of the history show of an execution: plain values for the templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from credits.models import PriceVersion
from credits.prices import versions_named
from executions.guests import error_for_guests, runs_shown
from executions.models import GUEST, Execution, NodeRun, WaitFor
from executions.next_steps import ADVICE, CHANGES, step_for
from executions.runs import graph_of
from executions.states import ExecutionStatus, NodeStatus
from executions.values import as_text, is_medium
from executions.waiting import place_of, places_in_line
from executions.waterfall import Told, charged_because, told_of
from executions.wire import media_in, status_word, waits_for_person
from providers.catalog import load_catalog

MOST_THUMBS = 12
TRIGGERS = {
    "canvas": "canvas",
    "api": "API",
    "webhook": "webhook",
    "schedule": "schedule",
    "table": "table",
    "again": "run again",
    "resume": "resumed",
    GUEST: "app",
}

EXECUTION_WORDS = {
    ExecutionStatus.PENDING: "waiting",
    ExecutionStatus.RUNNING: "running",
    ExecutionStatus.COMPLETED: "done",
    ExecutionStatus.FAILED: "failed",
    ExecutionStatus.CANCELLED: "stopped",
    ExecutionStatus.TIMEOUT: "ran out of time",
}


def duration_text(start: datetime | None, end: datetime | None) -> str:
    """From milliseconds to hours, as people say it; "" while there is no beginning."""
    return "" if start is None else span_text((end or timezone.now()) - start)


def span_text(span: timedelta) -> str:
    """A span of time as people of the language say it."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{number_format(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@dataclass
class ExecutionRow:
    """One execution as the history lists it."""

    id: str
    short_id: str
    status: str
    status_word: str
    workflow_name: str
    workflow_id: str | None
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    stopped_by: str
    duration_text: str
    credits_used: int
    trigger: str
    thumbs: list[Mapping[str, Any]]
    error: str
    error_code: str
    warnings: list[str]
    is_over: bool
    is_sandbox: bool
    is_guest: bool
    node_runs: list[dict[str, Any]]
    caption: str = ""
    place: int | None = None
    labels: list[str] = field(default_factory=list)


def row_of(
    execution: Execution, runs: list[NodeRun], *, caption: str = "", with_nodes: bool = False
) -> ExecutionRow:
    """The row of an execution; its node runs are those given. Of another team's app only what came out is shown."""
    is_guest = execution.is_guest
    shown = runs_shown(execution, runs) if is_guest else runs
    row = listed_row(
        execution,
        thumbs=thumbs_of(execution, shown),
        is_sandbox=any(run.provider == "sandbox" for run in runs),
        caption=caption,
    )
    if with_nodes:
        row.started_by = execution.started_by.email if execution.started_by else ""
        prices = {} if is_guest else versions_named(execution.prices)
        told = {} if is_guest else told_of(execution, runs)
        row.place = place_of(execution)
        line = {} if is_guest else places_in_line(runs)
        row.node_runs = (
            []
            if is_guest
            else [
                {
                    **_node_run(execution, run, prices.get(run.node_type), told[run.pk]),
                    "place": line.get(run.pk),
                    "waits_until": run.due_at if run.wait_for == WaitFor.RETRY and not run.is_over else None,
                }
                for run in runs
            ]
        )
    return row


def listed_row(
    execution: Execution, *, thumbs: list[Mapping[str, Any]], is_sandbox: bool, caption: str
) -> ExecutionRow:
    """The row of an execution of which thumbs, provider and caption are known."""
    is_guest = execution.is_guest
    status, word = _state(execution)
    return ExecutionRow(
        id=str(execution.pk),
        short_id=str(execution.pk)[:8],
        status=status,
        status_word=word,
        workflow_name=execution.workflow_name,
        workflow_id=None if is_guest else execution.workflow_id,
        started_at=execution.created_at,
        ended_at=execution.ended_at,
        started_by="",
        stopped_by=execution.stopped_by,
        duration_text=duration_text(execution.created_at, execution.ended_at),
        credits_used=execution.credits_used,
        trigger=TRIGGERS.get(execution.trigger, execution.trigger),
        thumbs=thumbs,
        error=error_for_guests(execution) or "" if is_guest else execution.error,
        error_code=execution.error_code,
        warnings=[] if is_guest else execution.warnings,
        is_over=execution.is_over,
        is_sandbox=is_sandbox,
        is_guest=is_guest,
        node_runs=[],
        caption=caption,
    )


def _state(execution: Execution) -> tuple[str, str]:
    """The status whose look the badge of the run has, and its word."""
    if execution.is_paused and not execution.is_over:
        asking = NodeRun.objects.filter(
            execution=execution, status=NodeStatus.WAITING, wait_for=WaitFor.PERSON
        )
        if not asking.exists():
            return NodeStatus.RUNNING, "delivering"
        return NodeStatus.WAITING, "needs a decision"
    return execution.status, EXECUTION_WORDS[ExecutionStatus(execution.status)]


def thumbs_of(execution: Execution, runs: list[NodeRun]) -> list[Mapping[str, Any]]:
    """The files of the run's ends, each once, the most at hand."""
    graph = graph_of(execution)
    found: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        if run.output and run.node_id in graph.nodes and not graph.wires_from(run.node_id):
            for one in media_in(run.output):
                found.setdefault(one["assetId"], one)
    return list(found.values())[:MOST_THUMBS]


def why_charged(run: NodeRun, price: PriceVersion | None) -> str:
    """What was set aside and spent for a node run, and by which price; "" where nothing was asked for."""
    if not run.price:
        return ""
    spent = _("nothing was spent yet")
    if run.ended_at:
        spent = _("{count} were spent").format(count=run.credits_used)
    if price is None:
        return _("{count} credits were set aside, {spent}.").format(count=run.price, spent=spent)
    return _(
        "By price version {number} of this node type, in force since {since} ({credits} with the settings it begins "
        "with), {held} were set aside; {spent}."
    ).format(
        number=price.number,
        since=date_format(price.loaded_at, "j M Y"),
        credits=price.terms["credits"],
        held=run.price,
        spent=spent,
    )


def _node_run(execution: Execution, run: NodeRun, price: PriceVersion | None, told: Told) -> dict[str, Any]:
    kind = load_catalog().find(run.node_type)
    return {
        "node_id": run.node_id,
        "label": run.label,
        "node_type": run.node_type,
        "title": kind.title if kind else run.node_type,
        **_badge(execution, run),
        "provider": run.provider,
        "attempt": run.tries + 1,
        "item_path_text": " · ".join(str(index + 1) for index in run.path),
        "duration_text": duration_text(run.started_at, run.ended_at) if run.started_at else "",
        "credits_used": run.credits_used,
        "why_charged": why_charged(run, price),
        "cached": run.is_cached,
        "skip_reason": run.skip_reason,
        "fell_back": run.fell_back,
        "notice": run.notice,
        "error": run.error,
        "step": step_for(run.error_code) if run.status == NodeStatus.FAILED else "",
        "advice": ADVICE[step_for(run.error_code)]
        if run.status == NodeStatus.FAILED and run.error_code
        else "",
        "resumes": step_for(run.error_code) not in CHANGES,
        "outputs": shown_values(run.output or {}),
        "request_id": run.request_id,
        "stretches": told.stretches,
        "story": [(duration_text(execution.created_at, at), line) for at, line in told.lines],
        "calls": told.calls,
    }


def _badge(execution: Execution, run: NodeRun) -> dict[str, str]:
    """The status whose look the badge has, and its word.

    The hand of WAITING is for what waits for a person. What an ended execution left PENDING waits for nothing.
    """
    status, word = run.status, status_word(run)
    if execution.is_over and status in (NodeStatus.PENDING, NodeStatus.READY):
        status, word = NodeStatus.SKIPPED, "not run"
    elif status == NodeStatus.WAITING and not waits_for_person(run):
        status = NodeStatus.PENDING if run.wait_for == WaitFor.RETRY else NodeStatus.RUNNING
    return {"status": status, "status_word": word}


def shown_values(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The values of an output, one entry per file or text."""
    shown: list[dict[str, Any]] = []
    for port, value in output.items():
        files = list(media_in(value))
        if files:
            shown += [{"port": port, "kind": _kind(one), "ref": one} for one in files]
            continue
        texts = value if isinstance(value, list) and all(isinstance(v, str) for v in value) else [value]
        shown += [_text(port, one) for one in texts if one is not None]
    return shown


def _kind(medium: Mapping[str, Any]) -> str:
    kind = str(medium["contentType"]).partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "file"


def _text(port: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict | list) and not is_medium(value):
        return {"port": port, "kind": "json", "text": json.dumps(value, indent=2, ensure_ascii=False)}
    return {"port": port, "kind": "text", "text": as_text(value)}


def results_of(execution: Execution, runs: list[NodeRun]) -> list[dict[str, Any]]:
    """What the run was made for: the values of its output nodes, else of the nodes nothing follows."""
    graph = graph_of(execution)
    ends = [
        run for run in runs if run.output and run.node_id in graph.nodes and not graph.wires_from(run.node_id)
    ]
    named = [run for run in ends if run.node_type.startswith("output:")]
    return [
        {"label": run.label, "items": items}
        for run in named or ends
        if (items := shown_values(run.output or {}))
    ]


def charges_of(runs: list[NodeRun]) -> list[dict[str, Any]]:
    """What was set aside and charged for each node run that has a price, and why."""
    return [
        {
            "label": run.label,
            "item": " · ".join(str(index + 1) for index in run.path),
            "held": run.price,
            "credits": run.credits_used,
            "provider": run.provider,
            "why": charged_because(run),
        }
        for run in runs
        if run.price or run.credits_used or (run.is_cached and _is_remote(run))
    ]


def _is_remote(run: NodeRun) -> bool:
    kind = load_catalog().find(run.node_type)
    return kind is not None and kind.is_remote
