"""One piece of work from claim to record, as coroutines on the engine's loop.

The database is asked on one thread, files are handled on others; the loop itself only waits.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from accounts.provider_keys import PAGE
from executions import breakers, failpoints, polling
from executions.callbacks import will_tell
from executions.engine import durations, record
from executions.engine.claims import Claim, price_for
from executions.engine.drawings import has_drawing, with_pictures
from executions.engine.files import plain_request, read_source, request_for, store_outputs, touches_files
from executions.engine.fitting import fitted
from executions.engine.results import Result
from executions.engine.waits import Wait
from executions.models import Execution, NodeRun
from executions.providers import provider_for, provider_named, takes_keys
from executions.runs import graph_of
from executions.states import SubmissionState
from providers.base import Job, JobState, Media, Provider, Request, Value
from providers.drivers import DRIVERS
from providers.errors import (
    AuthFailed,
    InsufficientFunds,
    NoOutput,
    ProviderError,
    RateLimited,
    ServerFault,
    Timeout,
    UnknownOutcome,
)
from telemetry.calls import Call

P = ParamSpec("P")
T = TypeVar("T")

RETRY_SECONDS = (1.0, 4.0)
RETRY_LEAST = 0.1
MAX_RETRY_AFTER = 300.0
DATABASE_AWAY = (OperationalError, InterfaceError)
#: A result is noted again and again while the database is away: the lease on it holds at least about so long.
NOTED_SECONDS = 25.0
NOTED_EVERY = (0.1, 2.0)
#: For work that touches no files.
NO_SCRATCH = Path(tempfile.gettempdir())


def is_database_away() -> bool:
    """After one of these, outside of a transaction: is it away, or did a statement only take too long or meet a lock?

    On SQLite only one writes: whoever waited for that in vain need not begin with the next thing.
    """
    return not (connection.features.has_select_for_update and connection.is_usable())


class Hands(Protocol):
    """What a piece of work needs of the engine."""

    @property
    def database(self) -> Executor: ...

    @property
    def notes(self) -> Executor:
        """The same, before all that waits there."""

    @property
    def files(self) -> Executor: ...

    async def complete(self, result: Result) -> object:
        """Write down a result, and tell of what became ready by it."""

    async def wait(self, wait: Wait) -> bool:
        """Write down that a provider has taken a job. False: it is no longer ours."""

    async def wait_on(self, wait: Wait) -> bool:
        """Write down that a job goes on. False: it is over, or tried anew."""

    def ready(self, node_run_ids: list[int]) -> None: ...

    def later(self, seconds: float, node_run_id: int) -> None: ...

    def cancelled(self, node_run_ids: list[int]) -> None: ...


async def on(executor: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function on a thread of ``executor``."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        except DATABASE_AWAY:
            close_old_connections()  # a connection that was lost is opened anew by the next call
            raise

    context = copy_context()  # so that lines logged there say what they are about
    return await asyncio.get_running_loop().run_in_executor(executor, context.run, call)


async def note(executor: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Write down what became of a call, however often the database has to be asked: a call that was paid for and
    not noted would be made again. Where a commit went unheard the second one finds its guard shut."""
    clock = asyncio.get_running_loop().time
    end, (pause, longest) = clock() + NOTED_SECONDS, NOTED_EVERY
    while True:
        try:
            return await on(executor, function, *args, **kwargs)
        except DATABASE_AWAY:
            if clock() > end:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)


async def work(claim: Claim, hands: Hands) -> None:
    """Carry out a claimed node run and record what became of it."""
    if claim.refusal is not None:
        await failed(claim, claim.refusal, hands)
        return
    try:
        # On this machine the time counts from when a child takes the work up, and the children's pool counts it.
        async with asyncio.timeout(None if claim.kind.is_local else claim.kind.timeout):
            if claim.kind.is_source:
                outputs = await on(hands.files, _read_source, claim)
                await finish(claim, outputs, hands)
            elif touches_files(claim):
                await _with_scratch(claim, hands)
            else:
                request = plain_request(claim, NO_SCRATCH)
                await _take(claim, await _call(claim, request, hands), hands)
    except ProviderError as error:
        await failed(claim, error, hands)
    except TimeoutError:
        limit = f"{claim.kind.timeout:g} seconds"
        await failed(claim, Timeout(f"It took longer than {limit}."), hands)


async def _with_scratch(claim: Claim, hands: Hands) -> None:
    scratch = await on(hands.files, make_scratch)
    try:
        request = await on(hands.files, request_for, claim, scratch)
        if claim.provider in DRIVERS and not (claim.submission and claim.submission.ref):
            request, said = await on(hands.files, fitted, request, claim.provider)
            if said:
                await note(hands.notes, record.tell_notice, claim.node_run_id, claim.attempt, said)
        await _take(claim, await _call(claim, request, hands), hands)
    finally:
        await on(hands.files, shutil.rmtree, scratch, ignore_errors=True)


def make_scratch() -> Path:
    """A folder for the files of one piece of work; left-overs of a killed process are swept at start."""
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="work-", dir=settings.SCRATCH_DIR))


async def _call(claim: Claim, request: Request, hands: Hands) -> Job:
    provider = await caller(claim, hands)
    failpoints.hit("before_submit")
    if claim.submission is not None and claim.submission.ref:
        with calling(claim, "fetch"):
            job = await provider.fetch(claim.submission.ref, request)
    else:
        with calling(claim, "submit"):
            job = await provider.submit(request)
    failpoints.hit("after_submit")
    return job


async def caller(claim: Claim, hands: Hands) -> Provider:
    """The provider, with the key with which it is called for this claim."""
    if not claim.own_key:
        return provider_named(claim.provider)
    return await on(hands.database, provider_for, claim.provider, claim.team_id, own_key=True)


def calling(claim: Claim, call: str) -> Call:
    """Watches the one call to a provider that is made inside."""
    return Call(claim.provider, call, claim.execution_id, claim.node_run_id, claim.attempt)


def _read_source(claim: Claim) -> dict[str, Value]:
    execution = Execution.objects.select_related("team").get(pk=claim.execution_id)
    node_id = NodeRun.objects.values_list("node_id", flat=True).get(pk=claim.node_run_id)
    return read_source(graph_of(execution).nodes[node_id], execution.team, execution.trigger_data)


async def _take(claim: Claim, job: Job, hands: Hands) -> None:
    """The provider's first answer is written down before anything else: what is not would be called for again."""
    await _note_answer(claim, job, hands)
    if claim.provider in DRIVERS:
        await note(hands.notes, breakers.note_success, claim.breaker)


async def _note_answer(claim: Claim, job: Job, hands: Hands) -> None:
    """A result, or a promise."""
    if job.state == JobState.DONE:
        await finish(priced(claim, job), job.outputs, hands, request_id=job.ref)
        return
    if claim.submission is None:
        raise ServerFault(f"{claim.provider} gave no result.")
    delay = first_poll_after(claim, job)
    wait = Wait(
        execution_id=claim.execution_id,
        node_run_id=claim.node_run_id,
        attempt=claim.attempt,
        delay=delay,
        progress=job.progress,
        submission_id=claim.submission.id,
        ref=job.ref,
    )
    if await hands.wait(wait):
        hands.later(delay, claim.node_run_id)
    else:
        hands.cancelled([claim.node_run_id])  # it may have been cancelled meanwhile: then the job has to stop


def priced(claim: Claim, job: Job) -> Claim:
    """The claim at its price: where less was made than was asked for, only that is paid."""
    fewer = job.notes.get("price_as")
    if not fewer:
        return claim
    return replace(claim, price=min(claim.price, price_for(claim.kind, claim.gathered, **fewer)))


def first_poll_after(claim: Claim, job: Job) -> float:
    """When to ask first: as the provider says, else when jobs of the route usually end, else near the quicker end of
    what is usual for the node type."""
    if job.poll_after is not None:
        return max(job.poll_after, 0.0)
    if will_tell(claim.provider):
        return max(claim.kind.typical_seconds[1], polling.LEAST_BEHIND)
    usual = polling.next_poll(0.0, durations.of(claim.route))
    return usual if usual is not None else max(claim.kind.typical_seconds[0], polling.LEAST_UNKNOWN)


async def finish(claim: Claim, outputs: Mapping[str, Value], hands: Hands, *, request_id: str = "") -> None:
    """Place the files and record the result."""
    if not outputs and claim.kind.is_remote:
        raise NoOutput(f"{claim.provider} answered without a result.")
    if has_drawing(outputs):
        outputs = await on(hands.files, with_pictures, outputs)
    placed = await on(hands.files, store_outputs, outputs) if _has_media(outputs) else outputs
    await hands.complete(
        Result(
            execution_id=claim.execution_id,
            team_id=claim.team_id,
            node_run_id=claim.node_run_id,
            attempt=claim.attempt,
            outputs=placed,
            price=claim.price,
            content_hash=claim.content_hash,
            is_sandbox=claim.is_sandbox,
            submission_id=claim.submission.id if claim.submission else None,
            request_id=request_id,
        )
    )


def _has_media(value: Any) -> bool:
    if isinstance(value, Media):
        return True
    values = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    )
    return any(map(_has_media, values))


async def failed(claim: Claim, error: ProviderError, hands: Hands) -> None:
    """A retry where one may help, else the end of this node run."""
    if claim.provider in DRIVERS and claim.refusal is None:
        await note(hands.notes, breakers.note_failure, claim.breaker, error)
    if claim.own_key and isinstance(error, AuthFailed | InsufficientFunds) and PAGE not in error.message:
        error.message += f" An owner of the team can change it under {PAGE}."
    tries = claim.tries + 1
    unlimited = isinstance(error, RateLimited)
    most = min(error.most_tries, record.MAX_TRIES)
    may_retry = (error.retry or isinstance(error, UnknownOutcome)) and (unlimited or tries < most)
    passes_on = not may_retry and error.next_route and bool(claim.next_provider)
    if may_retry or passes_on:
        delay = RETRY_LEAST if passes_on else retry_delay(error, tries)
        waiting = await note(
            hands.notes,
            record.retry_later,
            execution_id=claim.execution_id,
            node_run_id=claim.node_run_id,
            attempt=claim.attempt,
            delay=delay,
            uses_try=not unlimited,
            error=error,
            submission_id=claim.submission.id if claim.submission else None,
            outcome=SubmissionState.FAILED if passes_on else _outcome(claim, error),
            passes_on=passes_on,
        )
        if waiting:
            hands.later(delay, claim.node_run_id)
        return
    ready = await note(
        hands.notes,
        record.fail,
        node_run_id=claim.node_run_id,
        attempt=claim.attempt,
        error=error,
        submission_id=claim.submission.id if claim.submission else None,
    )
    hands.ready(ready)


def _outcome(claim: Claim, error: ProviderError) -> SubmissionState:
    """What an error that may pass leaves behind: a call that was refused is made again with its key where one is
    taken, a job that failed is over."""
    if isinstance(error, UnknownOutcome):
        return SubmissionState.UNKNOWN
    was_refused = claim.submission is not None and not claim.submission.ref
    if was_refused and takes_keys(claim.provider):
        return SubmissionState.INTENT
    return SubmissionState.FAILED


def retry_delay(error: ProviderError, tries: int) -> float:
    """Seconds until the next try: what the provider asks for (5 minutes at most), else growing, with jitter."""
    if isinstance(error, RateLimited) and error.retry_after:
        return min(max(error.retry_after, RETRY_LEAST), MAX_RETRY_AFTER)
    longest = RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1]
    return random.uniform(longest / 2, longest)  # noqa: S311  # jitter, not a secret
