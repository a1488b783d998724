"""Asking providers how their jobs are doing: freely, ever more slowly, and not for ever."""

from __future__ import annotations

import shutil

from django.utils import timezone

from executions.engine import record
from executions.engine.claims import Claim
from executions.engine.files import plain_request
from executions.engine.work import POLL_LEAST, Hands, calling, failed, finish, make_scratch, note, on, priced
from executions.providers import provider_named
from providers.base import JobState
from providers.errors import ProviderError, RateLimited, ServerFault, Timeout
from telemetry import metrics

POLL_FACTOR = 1.5
POLL_MOST = 10.0


async def poll(claim: Claim, hands: Hands) -> None:
    """Ask once for a WAITING node run and record the answer."""
    if claim.submission is None:
        return
    provider = provider_named(claim.provider)
    # A job that was begun anew, after a kill or a fault, has its whole time.
    waited = (timezone.now() - (claim.submission.sent_at or claim.started_at)).total_seconds()
    scratch = await on(hands.files, make_scratch)
    try:
        hint, progress = None, None
        try:
            with calling(claim, "fetch"):
                job = await provider.fetch(claim.submission.ref, plain_request(claim, scratch))
            if job.state == JobState.DONE:
                metrics.polled(claim.provider, claim.polls + 1)
                await finish(priced(claim, job), job.outputs, hands, request_id=job.ref)
                return
            hint, progress = job.poll_after, job.progress
        except RateLimited as error:
            hint = error.retry_after
        except ServerFault:
            pass  # the job goes on, whatever became of the question
        # Only now: a job that is done is taken, however long nobody was there to ask for it.
        if waited > claim.kind.timeout:
            with calling(claim, "cancel"):
                await provider.cancel(claim.submission.ref)
            raise Timeout(f"It took longer than {claim.kind.timeout:g} seconds and was stopped.")
        await _ask_again(claim, hands, hint, progress)
    except ProviderError as error:
        await failed(claim, error, hands)
    finally:
        await on(hands.files, shutil.rmtree, scratch, ignore_errors=True)


def next_poll_after(polls: int, hint: float | None) -> float:
    """Seconds until the next poll: the provider's own hint, else growing to ten seconds."""
    if hint is not None:
        return min(max(hint, 0.02), 300.0)
    return min(POLL_LEAST * POLL_FACTOR**polls, POLL_MOST)


async def _ask_again(claim: Claim, hands: Hands, hint: float | None, progress: float | None) -> None:
    delay = next_poll_after(claim.polls, hint)
    waiting = await note(
        hands.database,
        record.still_waiting,
        execution_id=claim.execution_id,
        node_run_id=claim.node_run_id,
        attempt=claim.attempt,
        delay=delay,
        progress=progress,
    )
    if waiting:
        hands.later(delay, claim.node_run_id)
