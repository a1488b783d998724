"""The engine of one process: a thread with its own event loop that carries claimed node runs.

It claims in batches, keeps leases alive, polls when polls are due and hands on what became ready. Everything it
holds can be lost at any moment: the rows tell the next one what to do.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections

from executions import dispatch
from executions.engine import claims
from executions.engine.claims import Claim
from executions.engine.polls import poll
from executions.engine.sweeper import SWEEP_SECONDS, sweep
from executions.engine.work import on, work
from executions.models import NodeRun, Submission
from executions.providers import provider_named
from executions.states import SubmissionState

MOST_PER_CLAIM = 50
#: With the server's own wait for open requests and the worker's, a stop takes less than 25 seconds.
STOP_SECONDS = 12

log = logging.getLogger("wireflow.engine")


class Engine:
    """Answers the bell (`executions.dispatch.Line`) and lends its hands to each piece of work.

    One thread asks the database, so that writes of this process never wait for each other; others handle files.
    """

    def __init__(self, *, sweeps: bool) -> None:
        self.database = ThreadPoolExecutor(1, thread_name_prefix="engine-db")
        self.files = ThreadPoolExecutor(settings.LOCAL_CHILDREN + 2, thread_name_prefix="engine-files")
        self._sweeps = sweeps
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._waiting: set[int] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._owned: dict[int, tuple[int, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.last_beat = 0.0

    def start(self) -> None:
        """Begin; what a dead predecessor left is taken up at once when this engine sweeps."""
        self._thread.start()
        dispatch.connect(self)

    def stop(self) -> None:
        """Claim nothing new, give back what was not begun, let the rest finish for a while."""
        dispatch.connect(None)
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS + 5)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    # The bell: called from any thread.

    def ready(self, node_run_ids: Collection[int]) -> None:
        if node_run_ids and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, list(node_run_ids))

    def due(self, node_run_ids: Collection[int]) -> None:
        if node_run_ids and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._start_polls, list(node_run_ids))

    def cancelled(self, node_run_ids: Collection[int]) -> None:
        if node_run_ids and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._drop, list(node_run_ids))

    # On the loop.

    def later(self, seconds: float, node_run_id: int) -> None:
        """Look again at a WAITING node run; if this process dies the sweeper does."""
        self._loop.call_later(seconds, self._start_polls, [node_run_id])

    def _note(self, node_run_ids: list[int]) -> None:
        self._waiting.update(node_run_ids)
        self._wake.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        finally:
            self.database.shutdown(wait=True)
            self.files.shutdown(wait=False, cancel_futures=True)
            self._loop.close()

    async def _main(self) -> None:
        keepers = [asyncio.create_task(self._claim_for_ever()), asyncio.create_task(self._beat_for_ever())]
        if self._sweeps:
            await on(self.files, shutil.rmtree, settings.SCRATCH_DIR, ignore_errors=True)
            keepers.append(asyncio.create_task(self._sweep_for_ever()))
        await self._stopping.wait()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            owned = {pk: attempt for pk, (attempt, task) in self._owned.items() if task in unfinished}
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
            await on(self.database, claims.give_back, owned)

    async def _claim_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.pop() for _ in range(min(len(self._waiting), MOST_PER_CLAIM))]
                try:
                    claimed = await on(self.database, claims.claim, batch)
                except OperationalError:
                    log.exception("Claiming failed; the sweeper will ring again.")
                    continue
                for claim in claimed:
                    self._begin(claim)

    def _begin(self, claim: Claim) -> None:
        task = self._spawn(work(claim, self))
        self._owned[claim.node_run_id] = (claim.attempt, task)
        task.add_done_callback(lambda _: self._let_go(claim))

    def _let_go(self, claim: Claim) -> None:
        held = self._owned.get(claim.node_run_id)
        if held is not None and held[0] == claim.attempt:
            del self._owned[claim.node_run_id]

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The row keeps its lease, so the sweeper will take the work up again and count the try.
            log.error("A piece of work broke off.", exc_info=error)

    def _start_polls(self, node_run_ids: list[int]) -> None:
        if not self._stopping.is_set():
            self._spawn(self._poll(node_run_ids))

    async def _poll(self, node_run_ids: list[int]) -> None:
        retries = await on(self.database, claims.wake_retries, node_run_ids)
        self.ready(retries)
        for claim in await on(self.database, claims.claim_polls, node_run_ids):
            self._spawn(poll(claim, self))

    def _drop(self, node_run_ids: list[int]) -> None:
        for node_run_id in node_run_ids:
            held = self._owned.get(node_run_id)
            if held is not None:
                held[1].cancel()
        self._spawn(self._cancel_at_providers(node_run_ids))

    async def _cancel_at_providers(self, node_run_ids: list[int]) -> None:
        for provider, ref in await on(self.database, _open_submissions, node_run_ids):
            await provider_named(provider).cancel(ref)

    async def _beat_for_ever(self) -> None:
        while True:
            self.last_beat = self._loop.time()
            await asyncio.sleep(claims.HEARTBEAT_SECONDS)
            owned = {pk: attempt for pk, (attempt, _) in self._owned.items()}
            if not owned:
                continue
            for node_run_id in await on(self.database, claims.heartbeat, owned):
                held = self._owned.get(node_run_id)
                if held is not None:
                    held[1].cancel()

    async def _sweep_for_ever(self) -> None:
        at_start = True
        while True:
            try:
                await on(self.database, sweep, at_start=at_start)
                at_start = False
            except OperationalError:
                log.exception("A sweep failed; the next one comes in %d seconds.", SWEEP_SECONDS)
                await on(self.database, close_old_connections)
            await asyncio.sleep(SWEEP_SECONDS)


def _open_submissions(node_run_ids: list[int]) -> list[tuple[str, str]]:
    """(provider, reference) of the calls still under way for these node runs."""
    rows = Submission.objects.filter(
        node_run__in=NodeRun.objects.filter(pk__in=node_run_ids), state=SubmissionState.SENT
    )
    return [(provider, ref) for provider, ref in rows.values_list("provider", "provider_ref") if ref]
