"""The sandbox as one more provider: four verbs over the journal."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from providers.base import Job, JobState, Media, Request, Value
from providers.errors import Cancelled, ProviderLost
from providers.local.wire import decode
from providers.sandbox import faults
from providers.sandbox.journal import Entry, Journal
from providers.sandbox.latency import read_latency
from providers.sandbox.wire import Order, order_of, pack, unpack
from providers.sandbox.words import speak

#: Seconds a child may draw or encode; the longest clips take a few.
DRAWING_SECONDS = 180.0
#: Calls to the pool block, so they wait in threads of their own and never take those of others.
DRAWING_THREADS = 4


class Pool(Protocol):
    """The part of `providers.local.pool.ChildPool` that is used here."""

    def call(self, task: str, payload: dict[str, Any], *, timeout: float) -> dict[str, Any]: ...


class SandboxProvider:
    """Serves every remote node type. ``latency`` is the setting's text, ``clock`` the time in seconds.

    Raises ValueError when the setting cannot be read.
    """

    name = "sandbox"
    takes_keys = True

    def __init__(
        self, journal: Path, pool: Pool, latency: str | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._journal = Journal(journal)
        self._pool = pool
        self._latency = read_latency(latency)
        self._clock = clock
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="sandbox")

    async def submit(self, request: Request) -> Job:
        """Count the call and write the job down, once per key; with no latency the answer is DONE."""
        hashes_files = _has_media(request.inputs)
        order = await asyncio.to_thread(order_of, request) if hashes_files else order_of(request)
        now = self._clock()
        ref = "sb_" + uuid.uuid4().hex
        key = request.idempotency_key or ref
        calls = self._journal.count_call(key, now)
        if (refused := faults.refusal(order.prompt, calls)) is not None:
            raise refused
        seconds = self._latency.seconds(order.kind, order.seed)
        ready_at = None if faults.never_ready(order.prompt) else now + seconds
        stored = json.dumps(pack(order), separators=(",", ":"))
        entry = self._journal.add(key, Entry(ref, stored, now, ready_at))
        if (dropped := faults.dropped_answer(order.prompt, calls)) is not None:
            raise dropped
        return await self._report(entry, unpack(json.loads(entry.request)), request.scratch, JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How the job is doing; once it is ready, its files are made into the request's scratch folder."""
        entry = self._journal.find(ref, self._clock())
        order = unpack(json.loads(entry.request)) if entry else None
        if entry is None or order is None or faults.asks_for("lost", order.prompt):
            raise ProviderLost("The sandbox does not know this job any more; run the node again.")
        return await self._report(entry, order, request.scratch, JobState.RUNNING)

    async def cancel(self, ref: str) -> None:
        """Stop a job that is not ready yet; any other is left as it is."""
        self._journal.cancel(ref, self._clock())

    def close(self) -> None:
        """Let go of the journal file and the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._journal.close()

    async def _report(self, entry: Entry, order: Order, scratch: Path, waiting: JobState) -> Job:
        if entry.cancelled:
            raise Cancelled("This job of the sandbox was cancelled.")
        now = self._clock()
        if entry.ready_at is None:
            return Job(entry.ref, waiting, progress=0.0)
        if now < entry.ready_at:
            progress = (now - entry.submitted_at) / (entry.ready_at - entry.submitted_at)
            return Job(entry.ref, waiting, progress=max(progress, 0.0), poll_after=entry.ready_at - now)
        return Job(entry.ref, JobState.DONE, await self._outputs(order, scratch), progress=1.0)

    async def _outputs(self, order: Order, scratch: Path) -> Mapping[str, Value]:
        if order.kind.spec["sandbox"]["kind"] in ("text", "json"):
            return speak(order)
        payload = {**pack(order), "scratch": str(scratch)}

        def draw() -> dict[str, Any]:
            return self._pool.call("sandbox", payload, timeout=DRAWING_SECONDS)

        answer = await asyncio.get_running_loop().run_in_executor(self._threads, draw)
        outputs: dict[str, Value] = decode(answer["outputs"])
        return outputs


def _has_media(inputs: Mapping[str, Value]) -> bool:
    return any(
        isinstance(item, Media)
        for value in inputs.values()
        for item in (value if isinstance(value, list | tuple) else [value])
    )
