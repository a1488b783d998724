"""What became of each node run over time, told from its events: stretches of the time line, sentences for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from executions.models import Event, Execution, NodeRun, Submission
from executions.states import SubmissionState
from executions.wire import status_word

#: What a stretch that begins with an event of this kind is.
STRETCHES = {
    "node_run.created": "waiting",
    "node_run.ready": "queued",
    "node_run.running": "working",
    "node_run.waiting": "provider",
}
OVER = {"node_run.completed", "node_run.failed", "node_run.skipped", "node_run.cancelled"}
WAITS_TO_RETRY = "waiting to try again"
SUBMISSION_WORDS = {
    SubmissionState.INTENT: "about to be sent",
    SubmissionState.SENT: "sent, no answer yet",
    SubmissionState.UNKNOWN: "sent, outcome unknown",
    SubmissionState.DONE: "answered",
    SubmissionState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time line in percent, as numbers for SVG; ``kind`` says what was waited for or done."""

    kind: str
    start: str
    width: str


@dataclass(slots=True)
class Told:
    """What is known of one node run beside its row."""

    stretches: list[Stretch] = field(default_factory=list)
    lines: list[tuple[datetime, str]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)


def told_of(execution: Execution, runs: Sequence[NodeRun]) -> Mapping[int, Told]:
    """Node run id → its stretches, its story and its calls."""
    told: defaultdict[int, Told] = defaultdict(Told)
    by_run: defaultdict[int, list[Event]] = defaultdict(list)
    for event in execution.events.exclude(node_run=None).order_by("seq"):
        by_run[event.node_run_id or 0].append(event)
    calls: defaultdict[int, list[Submission]] = defaultdict(list)
    for one in Submission.objects.filter(node_run__in=[run.pk for run in runs]).order_by("number"):
        calls[one.node_run_id].append(one)
    for run in runs:
        found = told[run.pk]
        found.stretches = _stretches(execution, run, by_run[run.pk])
        found.lines = _lines(run, by_run[run.pk], calls[run.pk])
        found.calls = [_call(one) for one in calls[run.pk]]
    return told


def _stretches(execution: Execution, run: NodeRun, events: Sequence[Event]) -> list[Stretch]:
    end = execution.ended_at or timezone.now()
    whole = max((end - execution.created_at).total_seconds(), 0.001)
    marks: list[tuple[datetime, str]] = []
    if run.ready_at is not None and not events:
        marks.append((run.ready_at, "queued"))
    for event in events:
        kind = STRETCHES.get(event.kind, "")
        if kind == "provider" and event.data.get("statusWord") == WAITS_TO_RETRY:
            kind = "retry"
        if not marks or marks[-1][1] != kind:
            marks.append((event.created_at, kind))
    if not run.is_cached and run.started_at and not any(kind in ("working", "provider") for _, kind in marks):
        # Claimed in the transaction that accepted it, or computed on the spot: no event of its own.
        marks = [(at, kind) for at, kind in marks if at < run.started_at and kind]
        marks.append((run.started_at, "working"))
        if run.ended_at:
            marks.append((run.ended_at, ""))
    stretches = []
    ends = [at for at, _ in marks[1:]] + [run.ended_at or end]
    for (at, kind), until in zip(marks, ends, strict=False):
        if kind:
            start = min(max((at - execution.created_at).total_seconds() / whole * 100, 0), 99.5)
            width = max((until - at).total_seconds() / whole * 100, 0.5)
            stretches.append(Stretch(kind, f"{start:.2f}", f"{min(width, 100 - start):.2f}"))
    return stretches


def _lines(run: NodeRun, events: Sequence[Event], calls: Sequence[Submission]) -> list[tuple[datetime, str]]:
    """The story in the order of time; recovery is told as what it was."""
    lines: list[tuple[datetime, str]] = []
    before = ""
    for event in events:
        data = event.data
        kind = event.kind.removeprefix("node_run.")
        if kind == "ready" and before == "running":
            lines.append(
                (event.created_at, "Put back in the queue: the process that worked on it stopped or died.")
            )
        elif kind == "ready" and data.get("fallbackReason"):
            lines.append(
                (event.created_at, _("Its own model was given up: {why}").format(why=data["fallbackReason"]))
            )
        elif kind == "ready":
            lines.append((event.created_at, "All its inputs were there; it stood in the queue."))
        elif kind == "running" and before == "waiting":
            lines.append((event.created_at, "Taken up for the next try."))
        elif kind == "running":
            lines.append((event.created_at, "A worker took it up."))
        elif kind == "waiting" and data.get("statusWord") == WAITS_TO_RETRY:
            lines.append(
                (
                    event.created_at,
                    _("The try failed and is made again: {why}").format(
                        why=data.get("error") or _("no reason given")
                    ),
                )
            )
        elif kind == "waiting" and before != "waiting":
            lines.append(
                (event.created_at, "The provider took the job; its result is asked for from time to time.")
            )
        before = kind
    for one in calls:
        if one.sent_at and one.provider_ref:
            lines.append(
                (
                    one.sent_at,
                    _("{provider} answered with job {job}.").format(
                        provider=one.provider, job=one.provider_ref
                    ),
                )
            )
        if one.told_at:
            lines.append(
                (
                    one.told_at,
                    _("{provider} told by its webhook that the job was over.").format(provider=one.provider),
                )
            )
        if one.passed_on:
            at = one.ended_at or one.created_at
            lines.append(
                (
                    at,
                    _("{provider} was out of order, so the next provider was asked.").format(
                        provider=one.provider
                    ),
                )
            )
        if one.duplicate_possible:
            lines.append((one.created_at, "An earlier call may have been carried out as well; you pay once."))
    if run.ended_at:
        lines.append((run.ended_at, _end(run)))
    return sorted(lines, key=lambda line: line[0])


def _end(run: NodeRun) -> str:
    if run.is_cached:
        return "A stored result of the same content was taken; nothing was called."
    word = status_word(run)
    end = _("It ended: {word}.").format(word=_(word))
    if not run.polls:
        return end
    asked = ngettext("It was asked for {count} time.", "It was asked for {count} times.", run.polls)
    return f"{end} {asked.format(count=run.polls)}"


def _call(one: Submission) -> dict[str, Any]:
    return {
        "number": one.number,
        "provider": one.provider,
        "model": one.model,
        "state": SUBMISSION_WORDS[SubmissionState(one.state)],
        "ref": one.provider_ref or "",
        "calls": one.calls,
        "at": one.created_at,
    }


def charged_because(run: NodeRun) -> str:
    """Why a node run cost what it cost, in a sentence."""
    held = ngettext("{count} credit", "{count} credits", run.price).format(count=run.price)
    if run.is_cached:
        return _("A stored result was used: nothing is charged for that.")
    match run.status:
        case "COMPLETED" if run.credits_used and run.credits_used < run.price:
            return _(
                "It was completed and its result is kept, so its price was charged once, and {less} of the {held} set "
                "aside went back."
            ).format(less=run.price - run.credits_used, held=held)
        case "COMPLETED" if run.credits_used:
            return _("It was completed and its result is kept, so its price was charged once.")
        case "COMPLETED" if run.price:
            return _("It cost nothing in the end; the {held} set aside went back.").format(held=held)
        case "COMPLETED":
            return _("It runs on this server or is an input: free.")
        case "FAILED" if run.price:
            return _("It failed: nothing is charged, the {held} set aside went back.").format(held=held)
        case "FAILED":
            return _("It failed: nothing is charged.")
        case "SKIPPED" | "CANCELLED" if run.price:
            return _("It was not carried out: the {held} set aside went back.").format(held=held)
        case "SKIPPED" | "CANCELLED":
            return _("It was not carried out.")
        case _other if run.price:
            return _("{held} are set aside until it ends; charged only if it completes.").format(held=held)
    return _("Nothing is charged so far.")
