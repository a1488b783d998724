"""Taking up node runs: guarded, leased and fenced by the attempt number.

A claim is one short transaction: READY (or a retry that is due) becomes RUNNING, the submission that is about to be
made is written down, and everything the work needs is read. Nothing here touches the network.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.gathered import put
from accounts.models import Team
from accounts.statements import Of, Plus, insert, select, sent_along, update
from assets.digests import digests_of
from credits.prices import at_price
from credits.pricing import price_of
from credits.wallets import wallets_last
from executions import breakers, dispatch, failpoints, places
from executions.board import Key, Path
from executions.cache import content_hash
from executions.clock import in_seconds
from executions.engine import record
from executions.engine.submissions import UNDER_WAY, Sent, calls_of, submission_for
from executions.events import record_events, written_together
from executions.inputs import Gathered, arrivals, gather
from executions.models import Execution, NodeRun, Submission
from executions.providers import SANDBOX, Choice, choose, maker, opened_for
from executions.reusing import digests_in
from executions.runs import Run, have_teams, keep, load_runs
from executions.states import ExecutionStatus, NodeStatus, SubmissionState
from executions.values import as_text
from executions.wire import media_in
from executions.writing import lock_money, proceed
from providers.catalog import NodeType
from providers.errors import ProviderError
from providers.routes import with_value

LEASE_SECONDS = 30
HEARTBEAT_SECONDS = 10


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
    """Take up those of the node runs that are READY; the others are somebody else's, or over.

    Raises `Overtaken` when one of several was moved by somebody who did not hold its execution: claim each alone.
    """
    with sent_along(), transaction.atomic(durable=not settings.TESTING):
        ready = {"pk": node_run_ids, "status": NodeStatus.READY}
        found = select(Execution, {"pk": Of(NodeRun, "execution", ready)}, lock=True)
        runs = load_runs([one for one in found if not one.is_over and one.status != ExecutionStatus.PENDING])
        claims = _take_up(runs, set(node_run_ids))
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
    return _take_up([run], set(node_run_ids))


def _take_up(runs: Sequence[Run], wanted: Collection[int]) -> list[Claim]:
    """Claim what is READY of the wanted node runs, in the transaction that holds the locks of these runs."""
    keys = {
        run.execution.pk: [
            key for key, row in run.rows.items() if row.pk in wanted and row.status == NodeStatus.READY
        ]
        for run in runs
    }
    room = _Room()
    taking = Taking(run.rows[key] for run in runs for key in keys[run.execution.pk])
    have_teams([run.execution for run in runs if _calls_somebody(run, keys[run.execution.pk])])
    with wallets_last(), written_together(sum(map(len, keys.values()))):
        taken = [
            (run, _take_up_in(run, found, room, taking)) for run in runs if (found := keys[run.execution.pk])
        ]
        # Only now, for the lock of places comes before those of money, which failures change.
        errors = {run.execution.pk: _refused(run, mine, taking) for run, mine in taken}
        failed = [run for run, _ in taken if errors[run.execution.pk]]
        if failed:
            lock_money(failed)
        for run in failed:
            _fail_in(run, errors[run.execution.pk])
        for run, _ in taken:
            put(Execution, {"pk": run.execution.pk}, last_seq=run.execution.last_seq)
    return taking.claims()


def _calls_somebody(run: Run, keys: Collection[Key]) -> bool:
    return any(run.node_of(key).kind.is_remote for key in keys)


def _take_up_in(run: Run, keys: Sequence[Key], room: _Room, taking: Taking) -> dict[Key, Choice]:
    """Move what finds a place to RUNNING, and say who serves it."""
    execution = run.execution
    now = timezone.now()
    taken: dict[Key, Choice] = {}
    told: list[NodeRun] = []
    for key in keys:
        row = run.rows[key]
        choice = taking.choice(run, key)
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
    return taken


def _know_files(run: Run, keys: Collection[Key]) -> None:
    """Ask for all files that node runs are given at once, rather than for those of each by itself."""
    arrived = [one.value for key in keys for one in arrivals(run.board, run.node_of(key), key[1])]
    digests_of(run.execution.team_id, {one["assetId"] for one in media_in(arrived)})


def _refused(run: Run, taken: Mapping[Key, Choice], taking: Taking) -> dict[Key, ProviderError]:
    """Read what the work needs. Returns what fails, as its inputs do not fit or its call may not be made again."""
    _know_files(run, taken.keys())
    errors: dict[Key, ProviderError] = {}
    for key, choice in taken.items():
        try:
            taking.add(run, key, choice)
        except ProviderError as error:
            errors[key] = error
    return errors


def _fail_in(run: Run, errors: Mapping[Key, ProviderError]) -> None:
    for key, error in errors.items():
        record.fail_in(run, key, error)
    ready = [
        *proceed(run),
        *(run.rows[key].pk for key in errors if run.rows[key].status == NodeStatus.READY),
    ]
    transaction.on_commit(lambda: dispatch.ring(ready))


def _let_wait(row: NodeRun, wait: str, provider: str) -> bool:
    """Write down what a READY node run waits for. False when that is known."""
    if (row.wait_for, row.provider) == (wait, provider):
        return False
    row.wait_for, row.provider = wait, provider
    return update(NodeRun, {"pk": row.pk, "status": NodeStatus.READY}, wait_for=wait, provider=provider) == 1


def _choice(run: Run, key: Key, calls: Sequence[Submission]) -> Choice:
    """Who serves this node run now: whoever has a call of it under way, else the best route that has not failed it."""
    node, row = run.node_of(key), run.rows[key]
    team = run.execution.team if node.kind.is_remote else None
    if team is None or (row.provider in ("", SANDBOX) and not opened_for(team)):
        return Choice(SANDBOX if team else "" if node.kind.is_source else "local")
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


class Taking:
    """What one transaction takes up. The submissions to make are stored together at the end, for `claims`."""

    def __init__(self, rows: Iterable[NodeRun]) -> None:
        self._calls = calls_of([row.pk for row in rows if row.attempt])
        self._claims: list[Claim] = []
        self._new: dict[int, Submission] = {}  # by the node run

    def choice(self, run: Run, key: Key) -> Choice:
        return _choice(run, key, self._calls.get(run.rows[key].pk, ()))

    def add(self, run: Run, key: Key, choice: Choice, *, due_at: datetime | None = None) -> None:
        """Take it up. Raises `ProviderError` when the inputs do not fit, or it may not be called once more."""
        claim = replace(_claim_of(run, key, choice), due_at=due_at)
        if run.node_of(key).kind.is_remote and choice.refusal is None:
            row = run.rows[key]
            found = submission_for(row, claim.content_hash, choice, self._calls.get(row.pk, ()))
            if isinstance(found, Sent):
                claim = replace(claim, submission=found)
            else:
                self._new[row.pk] = found
        self._claims.append(claim)

    def claims(self) -> list[Claim]:
        insert(list(self._new.values()))
        return [
            replace(one, submission=Sent(new.pk, new.idempotency_key))
            if (new := self._new.get(one.node_run_id)) is not None
            else one
            for one in self._claims
        ]


def _claim_of(run: Run, key: Key, choice: Choice) -> Claim:
    """Read what the work needs, without its submission. Raises `ProviderError` when the inputs do not fit."""
    node = run.node_of(key)
    row = run.rows[key]
    gathered = gather(run.board, node, arrivals(run.board, node, key[1]))
    digest = ""
    if not node.kind.is_source:
        digests = digests_in(run.execution.team_id, [gathered])
        made_by = maker(row.provider)
        digest = content_hash(node.kind, gathered, provider=made_by, path=key[1], digests=digests)
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
        submission=None,
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


def heartbeat(owned: Mapping[int, int]) -> set[int]:
    """Prolong the leases of node runs (id → attempt). Returns the ids that are no longer ours."""
    lost: set[int] = set()
    for attempt in set(owned.values()):
        ids = [node_run_id for node_run_id, held in owned.items() if held == attempt]
        mine = NodeRun.objects.held_by(attempt).filter(pk__in=ids, status=NodeStatus.RUNNING)
        if mine.update(lease_until=in_seconds(LEASE_SECONDS)) < len(ids):
            lost |= set(ids) - set(mine.values_list("pk", flat=True))
    return lost
