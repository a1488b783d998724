"""This machine as one more provider."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

from providers.base import Job, JobState, Request, Value
from providers.errors import ModelUnavailable, ProviderLost
from providers.local import INSTANT, MEDIA
from providers.local.pool import ChildPool
from providers.local.wire import decode, encode


class LocalProvider:
    """Texts are worked on at once, files in a child of the pool. Doing the same work twice does no harm."""

    name = "local"
    takes_keys = True

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool
        self._threads = ThreadPoolExecutor(pool.size, thread_name_prefix="local-work")

    async def submit(self, request: Request) -> Job:
        """Do the work and hand over its outputs. Raises a `ProviderError`."""
        name = request.kind.name
        if name in INSTANT:
            outputs = INSTANT[name](request)
        elif name in MEDIA:
            loop = asyncio.get_running_loop()
            outputs = await loop.run_in_executor(self._threads, run_in_child, self._pool, request)
        else:
            raise ModelUnavailable(f"{request.kind.title} cannot run on this server.")
        return Job(request.idempotency_key or uuid.uuid4().hex, JobState.DONE, outputs, progress=1.0)

    async def fetch(self, ref: str, request: Request) -> Job:
        """Always raises `ProviderLost`: a submission is done when `submit` returns, or it never was."""
        raise ProviderLost("Work on this server leaves nothing to ask for; it has to be done again.")

    async def cancel(self, ref: str) -> None:
        """Nothing to stop: see `fetch`."""


def run_in_child(pool: ChildPool, request: Request) -> dict[str, Value]:
    """Do the work of a `MEDIA` node in a child and wait for it. Raises a `ProviderError`."""
    payload = {
        "kind": request.kind.name,
        "inputs": encode(request.inputs),
        "params": encode(request.params),
        "scratch": str(request.scratch),
        "idempotency_key": request.idempotency_key,
        "item_path": list(request.item_path),
        "label": request.label,
    }
    outputs: dict[str, Value] = decode(pool.call("local", payload, timeout=request.kind.timeout)["outputs"])
    return outputs
