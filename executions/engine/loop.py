"""The engine of one process: a thread with its own event loop that carries claimed node runs.

It claims in batches, keeps leases alive, polls when polls are due and hands on what became ready. Everything it
holds can be lost at any moment: the rows tell the next one what to do.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Any, TypeVar

from django.conf import settings

from assets.actions import clean_media
from executions import dispatch
from executions.chores import do_chores
from executions.engine import claims, due, durations, orphans, record, waits
from executions.engine.batch_queue import BatchQueue
from executions.engine.claims import Claim
from executions.engine.finishing import Finisher, Writer
from executions.engine.polls import poll
from executions.engine.sweeper import CLEAN_FIRST_SECONDS, CLEAN_SECONDS, SWEEP_SECONDS, sweep
from executions.engine.threads import OneThread, Threads
from executions.engine.work import DATABASE_AWAY, on, work
from executions.providers import provider_for
from executions.rush import MOMENT, rush
from providers.errors import ProviderError
from telemetry import about, processes

#: A call's note waits for no more than the claim of so many.
MOST_PER_CLAIM = 16
#: With the server's own wait for open requests and the worker's, a stop takes less than 25 seconds.
STOP_SECONDS = 12

log = logging.getLogger("wireflow.engine")

T = TypeVar("T")


def about_claim(claim: Claim) -> Context:
    """Where log lines say which node run they are about."""
    return about.context_of(
        execution_id=str(claim.execution_id), node_run_id=claim.node_run_id, attempt=claim.attempt
    )


async def _while_in_a_rush(since: float) -> None:
    """Who asks for runs is answered first."""
    while rush.holds(since):
        await asyncio.sleep(MOMENT)


class BrokeOff(ProviderError):
    """A fault of this program, not of the provider or the values."""

    code = "internal_error"


class Engine:
    """Answers the bell (`executions.dispatch.Line`, `Carrier`) and lends its hands to each piece of work.

    One thread asks the database, so that writes of this process never wait for each other; others handle files.
    """

    def __init__(self, *, sweeps: bool) -> None:
        self.database = OneThread("engine-db")
        self.notes = self.database.first
        self.complete = Finisher(self.notes, start=self._spawn, ready=self.ready).put
        self.wait = Writer(self.notes, waits.wait_for_results, start=self._spawn).put
        self.wait_on = Writer(self.notes, waits.still_waiting, start=self._spawn).put
        self.files = Threads(settings.LOCAL_CHILDREN + 2, thread_name_prefix="engine-files")
        self._sweeps = sweeps
        self._took_over = False
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._ready = BatchQueue(MOST_PER_CLAIM, self._claim_round, pause=_while_in_a_rush)
        self._due = BatchQueue(MOST_PER_CLAIM, self._poll_round)
        self._stopping = asyncio.Event()
        self._owned: dict[int, tuple[Claim, asyncio.Task[None]]] = {}
        #: Of node runs whose provider is being asked: did their next poll come due meanwhile?
        self._polling: dict[int, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.last_beat = 0.0

    def start(self) -> None:
        """Begin; what a dead predecessor left is taken up at once when this engine sweeps."""
        self._thread.start()
        dispatch.connect(self, self)

    def stop(self) -> None:
        """Claim nothing new, give back what was not begun, let the rest finish for a while."""
        dispatch.connect(None)
        with suppress(RuntimeError):  # it was stopped before
            self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS + 5)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    # The bell: called from any thread.

    def ready(self, node_run_ids: Collection[int]) -> None:
        self._tell(self._ready.add, node_run_ids)

    def due(self, node_run_ids: Collection[int]) -> None:
        self._tell(self._due.add, node_run_ids)

    def cancelled(self, node_run_ids: Collection[int]) -> None:
        self._tell(self._drop, node_run_ids)

    def carry(self, claimed: Sequence[Claim]) -> None:
        with suppress(RuntimeError):  # the loop has ended: the next engine takes them up
            self.loop.call_soon_threadsafe(self._take_over, claimed)

    def clean(self) -> None:
        """Remove stored files that nothing names, when there is time for it."""
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(lambda: self._spawn(self._clean()))

    def _tell(self, do: Callable[[list[int]], None], node_run_ids: Collection[int]) -> None:
        if node_run_ids:
            with suppress(RuntimeError):  # the loop has ended: the next engine finds the work
                self.loop.call_soon_threadsafe(do, list(node_run_ids))

    # On the loop.

    def later(self, seconds: float, node_run_id: int) -> None:
        """Look again at a WAITING node run; if this process dies the sweeper does."""
        self.loop.call_later(seconds, self._due.add, [node_run_id])

    def _take_over(self, claimed: Sequence[Claim]) -> None:
        if self._stopping.is_set():
            self._spawn(self._give_back(claimed))
        else:
            self._begin_all(claimed)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._main())
        finally:
            self.database.shutdown(wait=True)
            self.files.shutdown(wait=False, cancel_futures=True)
            self.loop.close()

    async def _main(self) -> None:
        for_ever = [self._ready.serve(), self._due.serve(), self._beat_for_ever()]
        keepers = [asyncio.create_task(one) for one in for_ever]
        if self._sweeps:
            await on(self.files, shutil.rmtree, settings.SCRATCH_DIR, ignore_errors=True)
            keepers.append(asyncio.create_task(self._sweep_for_ever()))
            keepers.append(asyncio.create_task(self._clean_for_ever()))
            keepers.append(asyncio.create_task(self._do_chores_for_ever()))
        await self._round(on(self.database, durations.load))
        await self._stopping.wait()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        end = self.loop.time() + STOP_SECONDS
        while self._tasks and (left := end - self.loop.time()) > 0:
            await asyncio.wait(
                self._tasks, timeout=left
            )  # what ended may have begun more: polls begin one by one
        unfinished = list(self._tasks)
        owned = [claim for claim, task in self._owned.values() if task in unfinished]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await self._give_back(owned)
        await self._round(on(self.database, processes.end))

    async def _give_back(self, owned: Collection[Claim]) -> None:
        """A process that stops takes nothing with it."""
        for claim in owned:
            await on(
                self.database,
                record.put_back,
                execution_id=claim.execution_id,
                node_run_id=claim.node_run_id,
                attempt=claim.attempt,
            )

    async def _claim_round(self, node_run_ids: list[int]) -> None:
        await self._round(self._claim(node_run_ids))

    async def _claim(self, node_run_ids: list[int]) -> None:
        async for claimed in self._taken_up(claims.claim, node_run_ids):
            if self._stopping.is_set():
                await self._give_back(claimed)
            else:
                self._begin_all(claimed)

    async def _taken_up(
        self, take: Callable[[Collection[int]], list[T]], node_run_ids: list[int]
    ) -> AsyncIterator[list[T]]:
        """What ``take`` takes up; where that fails each alone, so that one bad run does not hold up the others."""
        [claimed] = await asyncio.gather(on(self.database, take, node_run_ids), return_exceptions=True)
        if not isinstance(claimed, BaseException):
            yield claimed
        elif isinstance(claimed, DATABASE_AWAY):
            raise claimed  # the rows stay as they are, and the sweeper rings again
        elif len(node_run_ids) == 1:
            log.error("Node run %d cannot be taken up.", node_run_ids[0], exc_info=claimed)
            self._spawn(self._break_off(node_run_ids[0], None))  # asks the provider, for which nobody waits
        else:
            for one in node_run_ids:
                async for alone in self._taken_up(take, [one]):
                    yield alone

    def _begin_all(self, claimed: Sequence[Claim]) -> None:
        for claim in claimed:
            self._begin(claim)

    def _begin(self, claim: Claim) -> None:
        task = self._spawn(work(claim, self), claim)
        self._owned[claim.node_run_id] = (claim, task)
        task.add_done_callback(lambda _: self._let_go(claim))

    def _let_go(self, claim: Claim) -> None:
        held = self._owned.get(claim.node_run_id)
        if held is not None and held[0] is claim:
            del self._owned[claim.node_run_id]

    def _spawn(self, coroutine: Coroutine[Any, Any, None], claim: Claim | None = None) -> asyncio.Task[None]:
        """Start a task; when it breaks off, the node run of ``claim`` fails."""
        context = about_claim(claim) if claim is not None else None
        task = self.loop.create_task(coroutine, context=context)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._done(task, claim), context=context)
        return task

    def _done(self, task: asyncio.Task[None], claim: Claim | None) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        about = f"Node run {claim.node_run_id} of execution {claim.execution_id}" if claim else "The engine"
        log.error("%s: a piece of work broke off.", about, exc_info=error)
        # While the database is away nothing is lost: rows keep their leases and times for the sweeper.
        if claim is not None and not isinstance(error, DATABASE_AWAY):
            self._spawn(self._break_off(claim.node_run_id, claim.attempt))

    async def _break_off(self, node_run_id: int, attempt: int | None) -> None:
        """Fail what met a fault of ours, rather than keep people waiting until its lease runs out three times."""
        error = BrokeOff(
            "A fault in this server broke the step off; its credits went back. Run it again, and if it breaks "
            "off again give the run's id to whoever looks after the server."
        )
        self.ready(
            await on(self.database, record.fail, node_run_id=node_run_id, attempt=attempt, error=error)
        )
        await self._cancel_at_providers([node_run_id])

    async def _round(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """One round of something that goes on for ever: what breaks it off is logged and ends this round alone."""
        await asyncio.wait({self._spawn(coroutine)})

    async def _poll_round(self, node_run_ids: list[int]) -> None:
        if not self._stopping.is_set():
            await self._round(self._poll(node_run_ids))

    async def _poll(self, node_run_ids: list[int]) -> None:
        async for woken in self._taken_up(due.wake_retries, node_run_ids):
            self.ready(woken)
        # A poll that copies a long clip lasts beyond the time after which it is due again.
        self._polling |= {pk: True for pk in node_run_ids if pk in self._polling}
        idle = [pk for pk in node_run_ids if pk not in self._polling]
        async for claimed in self._taken_up(due.claim_polls, idle):
            for claim in claimed:
                self._polling[claim.node_run_id] = False
                task = self._spawn(poll(claim, self), claim)
                task.add_done_callback(partial(self._polled, claim.node_run_id))

    def _polled(self, node_run_id: int, _: asyncio.Task[None]) -> None:
        if self._polling.pop(node_run_id, False):
            self._due.add([node_run_id])

    def _drop(self, node_run_ids: list[int]) -> None:
        """Stop our own work on these. A call on its way to a provider is let through, and its result dropped:
        only its answer names the job that has to be stopped there."""
        for node_run_id in node_run_ids:
            held = self._owned.get(node_run_id)
            if held is not None and held[0].submission is None:
                held[1].cancel()
        self._spawn(self._cancel_at_providers(node_run_ids))

    async def _cancel_at_providers(self, node_run_ids: list[int]) -> None:
        """Stop the jobs of those that are over; a provider that cannot be reached is asked again by the sweeper."""
        for job in await on(self.database, orphans.of_node_runs, node_run_ids):
            try:
                provider = await on(
                    self.database, provider_for, job.provider, job.team_id, own_key=job.own_key
                )
                await provider.cancel(job.ref)
            except ProviderError as error:
                log.warning("%s did not stop job %s: %s", job.provider, job.ref, error)
            else:
                await on(self.database, orphans.close, job.submission_id)

    async def _beat_for_ever(self) -> None:
        await self._round(self._tell_of_us())
        while True:
            self.last_beat = self.loop.time()
            await asyncio.sleep(claims.HEARTBEAT_SECONDS)
            await self._round(self._beat())

    async def _beat(self) -> None:
        """Prolong our leases, and drop what is no longer ours."""
        owned = {pk: claim.attempt for pk, (claim, _) in self._owned.items()}
        lost = await on(self.database, claims.heartbeat, owned)
        if lost:
            self._drop([pk for pk in lost if pk in self._owned and self._owned[pk][0].attempt == owned[pk]])
        await self._tell_of_us()
        if durations.has_news():
            await on(self.database, durations.exchange)

    async def _tell_of_us(self) -> None:
        await on(self.database, processes.beat, list(self._owned))

    async def _sweep_for_ever(self) -> None:
        while True:
            await self._round(self._sweep())
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        await on(self.database, sweep, at_start=not self._took_over)
        self._took_over = True

    async def _do_chores_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self._round(on(self.files, do_chores))

    async def _clean_for_ever(self) -> None:
        await asyncio.sleep(CLEAN_FIRST_SECONDS)
        while True:
            await self._round(self._clean())
            await asyncio.sleep(CLEAN_SECONDS)

    async def _clean(self) -> None:
        await on(self.files, clean_media)
