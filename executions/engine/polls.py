"""Asking providers how their jobs are doing: freely, ever more slowly, and not for ever."""

from __future__ import annotations

import shutil

from django.utils import timezone

from executions import polling
from executions.callbacks import will_tell
from executions.engine import durations
from executions.engine.claims import Claim
from executions.engine.files import plain_request, touches_files
from executions.engine.waits import Wait
from executions.engine.work import (
    NO_SCRATCH,
    Hands,
    caller,
    calling,
    failed,
    finish,
    make_scratch,
    on,
    priced,
)
from providers.base import JobState
from providers.errors import ProviderError, RateLimited, ServerFault, Timeout
from telemetry import metrics


async def poll(claim: Claim, hands: Hands) -> None:
    """Ask once for a WAITING node run and record the answer."""
    if claim.submission is None:
        return
    provider = await caller(claim, hands)
    # A job that was begun anew, after a kill or a fault, has its whole time.
    now, sent_at = timezone.now(), claim.submission.sent_at or claim.started_at
    waited = (now - sent_at).total_seconds()
    # That a poll comes late, because we were busy or away, says nothing of the job: else lateness would be learned, the
    # next polls planned later for it, and the later they come the more of it.
    due = (min(now, claim.due_at or now) - sent_at).total_seconds()
    scratch = await on(hands.files, make_scratch) if touches_files(claim) else NO_SCRATCH
    try:
        hint, progress = None, None
        try:
            with calling(claim, "fetch"):
                job = await provider.fetch(claim.submission.ref, plain_request(claim, scratch))
            if job.state == JobState.DONE:
                metrics.polled(claim.provider, claim.polls + 1)
                if claim.submission.is_told:
                    durations.found_at_work(claim.submission.id, due)  # it is over since just then
                durations.found_done(claim.submission.id, claim.route, due, claim.polls)
                await finish(priced(claim, job), job.outputs, hands, request_id=job.ref)
                return
            hint, progress = job.poll_after, job.progress
            durations.found_at_work(claim.submission.id, waited)
        except RateLimited as error:
            hint = error.retry_after
        except ServerFault:
            pass  # the job goes on, whatever became of the question
        # Only now: a job that is done is taken, however long nobody was there to ask for it.
        if waited > claim.kind.timeout:
            with calling(claim, "cancel"):
                await provider.cancel(claim.submission.ref)
            raise Timeout(f"It took longer than {claim.kind.timeout:g} seconds and was stopped.")
        await _ask_again(claim, hands, next_poll_after(claim, waited, hint), progress)
    except ProviderError as error:
        await failed(claim, error, hands)
    finally:
        if scratch is not NO_SCRATCH:
            await on(hands.files, shutil.rmtree, scratch, ignore_errors=True)


def next_poll_after(claim: Claim, waited: float, hint: float | None) -> float:
    """Seconds until the next poll: the provider's own hint, else as jobs of the route usually end."""
    if hint is not None:
        return min(max(hint, 0.02), 300.0)
    if will_tell(claim.provider) and claim.submission is not None and not claim.submission.is_told:
        return polling.MOST_BEHIND
    usual = polling.next_poll(waited, durations.of(claim.route))
    return usual if usual is not None else polling.next_poll_unknown(claim.polls)


async def _ask_again(claim: Claim, hands: Hands, delay: float, progress: float | None) -> None:
    wait = Wait(claim.execution_id, claim.node_run_id, claim.attempt, delay, progress)
    if await hands.wait_on(wait):
        hands.later(delay, claim.node_run_id)
