"""Threads of requests: used again when they are idle, never shared, and no more kept than said."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from wireflow_ui.kept_threads import KEPT, KeptThreads

pytestmark = pytest.mark.asyncio


async def settled(threads: KeptThreads, count: int) -> None:
    async with asyncio.timeout(5):
        while len(threads.idle) < count:
            await asyncio.sleep(0)


async def test_a_later_request_runs_on_the_thread_of_an_earlier_one():
    seen = []

    async def app(scope, receive, send):
        seen.append(await sync_to_async(threading.get_ident)())

    threads = KeptThreads(app)
    for _ in range(3):
        await threads({}, None, None)
        await settled(threads, 1)
    assert len(set(seen)) == 1


async def test_requests_at_the_same_time_never_share_a_thread():
    together = threading.Barrier(KEPT + 2, timeout=5)

    async def app(scope, receive, send):
        await sync_to_async(together.wait)()

    threads = KeptThreads(app)
    await asyncio.gather(*(threads({}, None, None) for _ in range(KEPT + 2)))
    await settled(threads, KEPT)
    assert len(threads.idle) == KEPT


async def test_a_thread_still_busy_for_a_client_that_left_is_not_handed_on():
    go_on, seen = threading.Event(), []

    async def app(scope, receive, send):
        if scope["path"] == "/slow":
            await sync_to_async(go_on.wait)(5)
        else:
            seen.append(await sync_to_async(threading.current_thread)())

    threads = KeptThreads(app)
    slow = asyncio.create_task(threads({"path": "/slow"}, None, None))
    await asyncio.sleep(0.05)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    async with asyncio.timeout(2):
        await threads({"path": "/quick"}, None, None)
    await settled(threads, 1)
    go_on.set()
    await settled(threads, 2)
    assert len(seen) == 1
