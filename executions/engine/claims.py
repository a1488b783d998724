"""Taking up node runs: guarded, leased and fenced by the attempt number.

A claim is one short transaction: READY (or a retry that is due) becomes RUNNING, the submission that is about to be
made is written down, and everything the work needs is read. Nothing here touches the network.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Team
from accounts.statements import Of, Plus, insert, select, update
from credits.prices import at_price
from credits.pricing import price_of
from executions import breakers, dispatch, failpoints, places
from executions.board import Key, Path
from executions.cache import content_hash
from executions.clock import in_seconds
from executions.engine import record
from executions.events import record_events
from executions.inputs import Gathered, arrivals, gather
from executions.models import Execution, NodeRun, Submission, WaitFor
from executions.providers import SANDBOX, Choice, choose, maker, opened_for, takes_keys
from executions.runs import Run, keep, load_run, lock_execution
from executions.states import ExecutionStatus, NodeStatus, SubmissionState
from executions.values import as_text
from executions.wire import media_in
from executions.writing import proceed
from providers.catalog import NodeType
from providers.errors import ProviderError
from providers.routes import with_value

LEASE_SECONDS = 30
HEARTBEAT_SECONDS = 10
#: A call in one of these states may have been made, or its job goes on.
UNDER_WAY = (SubmissionState.INTENT, SubmissionState.SENT, SubmissionState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sent:
    """The submission behind a call: its number, its key, and once the provider took it its reference and when."""

    id: int
    key: str
    ref: str = ""
    sent_at: datetime | None = None
    is_told: bool = False  # the provider told that its job is over


@dataclass(frozen=True, slots=True)
class Claim:
    """A node run in our hands until its lease ends. ``price`` is what it really costs, in credits."""

    node_run_id: int
    attempt: int
    tries: int
    execution_id: uuid.UUID
    team_id: int
    kind: NodeType
    label: str
    path: Path
    gathered: Gathered
    provider: str
    price: int
    content_hash: str
    submission: Sent | None
    started_at: datetime
    polls: int
    is_sandbox: bool  # made by the sandbox, or from something that was
    next_provider: str = ""  # who may go on when this one is out of order
    refusal: ProviderError | None = None  # why the provider is not called now
    route: str = ""  # for which its usual duration is known
    own_key: bool = False  # the provider is called with the team's key
    breaker: str = ""  # under which it is known how calls with this key have been going
    due_at: datetime | None = None  # of a poll: when it was to be made


def claim(node_run_ids: Collection[int]) -> list[Claim]:
    """Take up those of the node runs that are READY; the others are somebody else's, or over."""
    claims: list[Claim] = []
    room = _Room()
    with transaction.atomic(durable=not settings.TESTING):
        ready = {"pk": node_run_ids, "status": NodeStatus.READY}
        for execution in select(Execution, {"pk": Of(NodeRun, "execution", ready)}, lock=True):
            claims += _claim_in(execution, set(node_run_ids), room)
    failpoints.hit("after_claim")
    return claims


class _Room:
    """Who finds a place at its provider; the places are looked at only where they run out."""

    @cached_property
    def _places(self) -> places.Places:
        return places.Places()

    def wait_of(self, run: Run, key: Key, choice: Choice) -> str:
        """What a node run has to wait for, or "" when it may go."""
        is_called = run.node_of(key).kind.is_remote and choice.refusal is None and not choice.resumes
        if not is_called or not places.is_limited(choice.provider, run.execution.team):
            return ""
        return self._places.take(run.rows[key], choice.provider, run.execution.team)


def claim_at_once(run: Run, node_run_ids: Collection[int]) -> list[Claim]:
    """Take up node runs of a run that is just being accepted, for the engine of this process.

    That saves a transaction and a way there and back. They are to be handed over at the commit.
    """
    keep(run)
    return _claim_of_run(run, set(node_run_ids), _Room())


def _claim_in(execution: Execution, wanted: set[int], room: _Room) -> list[Claim]:
    if execution.is_over or execution.status == ExecutionStatus.PENDING:
        return []
    return _claim_of_run(load_run(execution), wanted, room)


def _claim_of_run(run: Run, wanted: set[int], room: _Room) -> list[Claim]:
    execution = run.execution
    keys = [key for key, row in run.rows.items() if row.pk in wanted and row.status == NodeStatus.READY]
    now = timezone.now()
    taken: dict[Key, Choice] = {}
    told: list[NodeRun] = []
    for key in keys:
        row = run.rows[key]
        choice = _choice(run, key)
        if wait := room.wait_of(run, key, choice):
            if _let_wait(row, wait, choice.provider):
                told.append(row)
            continue
        started = row.started_at or now
        won = NodeRun.move(
            row.pk,
            to=NodeStatus.RUNNING,
            attempt=Plus(1),
            lease_until=in_seconds(LEASE_SECONDS),
            started_at=started,
            due_at=None,
            wait_for="",
            provider=choice.provider,
        )
        if won:
            row.status, row.attempt, row.started_at = NodeStatus.RUNNING, row.attempt + 1, started
            row.provider, row.wait_for = choice.provider, ""
            run.board.cells[key].status = NodeStatus.RUNNING
            taken[key] = choice
    if told:
        transaction.on_commit(places.call_next)  # one of these may be the next
    record_events(execution, runs=[*told, *(run.rows[key] for key in taken)])
    claims = []
    for key, choice in taken.items():
        try:
            claims.append(_claim_of(run, key, choice))
        except ProviderError as error:
            record.fail_in(run, key, error)
    if len(claims) < len(taken):
        ready = [
            *proceed(run),
            *(run.rows[key].pk for key in taken if run.rows[key].status == NodeStatus.READY),
        ]
        transaction.on_commit(lambda: dispatch.ring(ready))
    update(Execution, {"pk": execution.pk}, last_seq=execution.last_seq)
    return claims


def _let_wait(row: NodeRun, wait: str, provider: str) -> bool:
    """Write down what a READY node run waits for. False when that is known."""
    if (row.wait_for, row.provider) == (wait, provider):
        return False
    row.wait_for, row.provider = wait, provider
    return update(NodeRun, {"pk": row.pk, "status": NodeStatus.READY}, wait_for=wait, provider=provider) == 1


def _choice(run: Run, key: Key) -> Choice:
    """Who serves this node run now: whoever has a call of it under way, else the best route that has not failed it."""
    node, row = run.node_of(key), run.rows[key]
    team = run.execution.team if node.kind.is_remote else None
    if team is None or (row.provider in ("", SANDBOX) and not opened_for(team)):
        return Choice(SANDBOX if team else "" if node.kind.is_source else "local")
    calls = list(row.submissions.order_by("number")) if row.attempt else []
    under_way = calls[-1].provider if calls and calls[-1].state in UNDER_WAY else ""
    passed = {call.provider for call in calls if call.passed_on}
    try:
        gathered = gather(run.board, node, arrivals(run.board, node, key[1]))
    except ProviderError:
        # It fails for this, whoever would have served it, so no place is asked for.
        return Choice(under_way or SANDBOX, resumes=True)
    connected = with_value(gathered.inputs)
    if not under_way:
        return _first_that_works(node.kind, team, connected, gathered.params, passed)
    other = choose(node.kind, team, connected, gathered.params, passed={*passed, under_way}).provider
    return Choice(
        under_way,
        calls[-1].model,
        other if other not in (under_way, SANDBOX, *passed) else "",
        resumes=calls[-1].state == SubmissionState.SENT,
        own_key=calls[-1].own_key,
    )


def _first_that_works(
    kind: NodeType,
    team: Team,
    connected: Collection[str],
    params: Mapping[str, Any],
    passed: Collection[str],
) -> Choice:
    """The first route whose provider is not left alone just now; when all of them are, why the last one is."""
    refusals: dict[str, ProviderError] = {}
    while True:
        choice = choose(kind, team, connected, params, passed={*passed, *refusals})
        if choice.provider == SANDBOX:
            return choice
        if choice.provider in refusals:
            return replace(choice, next_provider="", refusal=refusals[choice.provider])
        refused = breakers.shut([breakers.name_of(choice.provider, team)])
        if not refused:
            return choice
        refusals[choice.provider] = next(iter(refused.values()))


def _claim_of(run: Run, key: Key, choice: Choice) -> Claim:
    """Read what the work needs and write the submission. Raises `ProviderError` when the inputs do not fit."""
    node = run.node_of(key)
    row = run.rows[key]
    gathered = gather(run.board, node, arrivals(run.board, node, key[1]))
    digest = ""
    if not node.kind.is_source:
        digest = content_hash(node.kind, gathered, provider=maker(row.provider), path=key[1])
    is_called = node.kind.is_remote and choice.refusal is None
    kind = at_price(node.kind, run.execution.prices)
    return Claim(
        node_run_id=row.pk,
        attempt=row.attempt,
        tries=row.tries,
        execution_id=run.execution.pk,
        team_id=run.execution.team_id,
        kind=kind,
        label=node.label,
        path=key[1],
        gathered=gathered,
        provider=row.provider,
        price=min(row.price, price_for(kind, gathered)),
        content_hash=digest,
        submission=_submission_for(row, digest, choice) if is_called else None,
        started_at=row.started_at or timezone.now(),
        polls=row.polls,
        is_sandbox=row.provider == SANDBOX
        or any(one.get("sandbox") for one in media_in(dict(gathered.inputs))),
        next_provider=choice.next_provider,
        refusal=choice.refusal,
        route=f"{row.provider} {choice.model} {node.kind.name}"[:400],
        own_key=choice.own_key,
        breaker=breakers.name_of(row.provider, run.execution.team) if choice.own_key else row.provider,
    )


def price_for(kind: NodeType, gathered: Gathered, **instead: Any) -> int:
    """Credits for these values; ``instead`` are parameters as they turned out to be."""
    texts = {name: as_text(value) for name, value in gathered.inputs.items() if isinstance(value, str)}
    return price_of(kind, {**gathered.params, **instead}, texts=texts).credits


def _submission_for(row: NodeRun, request_hash: str, choice: Choice) -> Sent:
    """The submission to make now, or to go on with.

    An earlier one in INTENT or UNKNOWN was made, or not, by a process that died: with a provider that takes keys the
    same one is sent again; with another one once more, marked as a possible duplicate; a second time it fails. None of
    the providers can be asked for a job by a reference of ours.
    """
    # The first claim of a node run comes before any submission, so none is looked for.
    is_first = row.attempt == 1 and row.status == NodeStatus.RUNNING
    last = None if is_first else row.submissions.order_by("-number").first()
    if last is not None and last.state == SubmissionState.SENT:
        is_told = last.told_at is not None
        return Sent(last.pk, last.idempotency_key, last.provider_ref or "", last.sent_at, is_told)
    if last is not None and last.state in (SubmissionState.INTENT, SubmissionState.UNKNOWN):
        if takes_keys(row.provider):
            Submission.objects.filter(pk=last.pk).update(calls=F("calls") + 1, state=SubmissionState.INTENT)
            return Sent(last.pk, last.idempotency_key)
        if last.duplicate_possible:
            raise _TwiceUnknown(
                "The provider was called twice without an answer reaching us. The credits were given back; "
                "check there before running it again."
            )
        Submission.objects.filter(pk=last.pk).update(state=SubmissionState.UNKNOWN)
    number = last.number + 1 if last is not None else 1
    submission = Submission(
        node_run_id=row.pk,
        number=number,
        provider=row.provider,
        model=choice.model[:200],
        own_key=choice.own_key,
        idempotency_key=hashlib.sha256(f"node-run:{row.pk}:{number}:{row.execution_id}".encode()).hexdigest(),
        request_hash=request_hash,
        duplicate_possible=last is not None and last.state != SubmissionState.FAILED,
    )
    insert([submission])
    return Sent(submission.pk, submission.idempotency_key)


class _TwiceUnknown(ProviderError):
    code = "unknown_outcome"


def heartbeat(owned: Mapping[int, int]) -> set[int]:
    """Prolong the leases of node runs (id → attempt). Returns the ids that are no longer ours."""
    lost: set[int] = set()
    for attempt in set(owned.values()):
        ids = [node_run_id for node_run_id, held in owned.items() if held == attempt]
        mine = NodeRun.objects.held_by(attempt).filter(pk__in=ids, status=NodeStatus.RUNNING)
        if mine.update(lease_until=in_seconds(LEASE_SECONDS)) < len(ids):
            lost |= set(ids) - set(mine.values_list("pk", flat=True))
    return lost


def wake_retries(node_run_ids: Collection[int]) -> list[int]:
    """Make retries that are due READY again. Returns those that this call moved."""
    due = NodeRun.objects.filter(
        pk__in=node_run_ids, wait_for=WaitFor.RETRY, status=NodeStatus.WAITING, due_at__lte=in_seconds(0.05)
    )
    woken: list[int] = []
    for execution_id in sorted(set(due.values_list("execution_id", flat=True))):
        with transaction.atomic(durable=not settings.TESTING):
            execution = lock_execution(execution_id)
            if execution is None:
                continue
            rows = list(due.filter(execution=execution))
            news = {"ready_at": timezone.now(), "due_at": None, "wait_for": "", "error": "", "error_code": ""}
            due.filter(execution=execution).move_many(to=NodeStatus.READY, **news)
            for row in rows:
                row.execution, row.status, row.error, row.error_code = execution, NodeStatus.READY, "", ""
            record_events(execution, runs=rows)
            Execution.objects.filter(pk=execution.pk).update(last_seq=execution.last_seq)
            woken += [row.pk for row in rows]
    return woken


def claim_polls(node_run_ids: Collection[int]) -> list[Claim]:
    """The polls that are due and ours to make; the same poll is due again only after a lease's time.

    Rows are not skipped where they are locked: two who want the same poll meet at the lock of its execution, which both
    hold for milliseconds, and the second one finds it put off.
    """
    due = NodeRun.objects.filter(
        pk__in=node_run_ids, status=NodeStatus.WAITING, wait_for=WaitFor.RESULT, due_at__lte=in_seconds(0.05)
    )
    claims: list[Claim] = []
    for execution_id in sorted(set(due.values_list("execution_id", flat=True))):
        with transaction.atomic(durable=not settings.TESTING):
            execution = lock_execution(execution_id)
            rows = list(due.filter(execution=execution_id))
            if execution is None or not rows:
                continue
            ids = [row.pk for row in rows]
            NodeRun.objects.filter(pk__in=ids).update(due_at=in_seconds(LEASE_SECONDS), polls=F("polls") + 1)
            run = load_run(execution)
            for row in rows:
                row.execution = execution
                run.rows[row.node_id, row.path] = row  # its count of polls is told by no event
                key = (row.node_id, row.path)
                claims.append(replace(_claim_of(run, key, _choice(run, key)), due_at=row.due_at))
    return claims
