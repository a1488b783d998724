"""Threads of requests: few while calls are quick, more when all are held up, and fewer again afterwards."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from wireflow_ui.request_threads import RequestThreads

pytestmark = pytest.mark.asyncio
#: Longer than any test runs, and as good as at once.
NEVER, AT_ONCE = 600.0, 0.001


async def until(what) -> None:
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0.001)


async def test_many_calls_take_turns_on_few_threads_in_the_order_of_asking():
    threads, order, seen = RequestThreads(few=1, patience=NEVER), [], set()

    def work(number: int) -> int:
        order.append(number)
        seen.add(threading.get_ident())
        return number * 2

    answers = await asyncio.gather(*(threads.run(lambda n=n: work(n)) for n in range(20)))
    assert (answers, order, len(seen)) == ([n * 2 for n in range(20)], list(range(20)), 1)


async def test_a_call_that_waits_while_all_threads_are_held_up_gets_one_of_its_own():
    threads, go_on = RequestThreads(few=2, patience=AT_ONCE), threading.Event()
    held = [asyncio.create_task(threads.run(lambda: go_on.wait(10))) for _ in range(2)]
    assert await asyncio.wait_for(threads.run(lambda: "answered"), 10) == "answered"
    assert [task.done() for task in held] == [False, False]
    go_on.set()
    assert await asyncio.gather(*held) == [True, True]


async def test_calls_that_wait_for_each_other_all_get_a_thread():
    threads, together = RequestThreads(few=2, patience=AT_ONCE), threading.Barrier(12, timeout=10)
    await asyncio.gather(*(threads.run(together.wait) for _ in range(12)))
    assert threads.count >= 12


async def test_there_are_never_more_threads_than_said():
    threads, go_on = RequestThreads(few=1, most=3, patience=AT_ONCE), threading.Event()
    calls = [asyncio.create_task(threads.run(lambda: go_on.wait(10))) for _ in range(9)]
    await until(lambda: threads.count == 3)
    for _ in range(5):
        await asyncio.sleep(AT_ONCE * 2)
    assert threads.count == 3
    go_on.set()
    assert await asyncio.gather(*calls) == [True] * 9


async def test_threads_beyond_the_few_end_when_there_is_nothing_to_do():
    threads, together = RequestThreads(few=2, patience=AT_ONCE, idle=0.01), threading.Barrier(6, timeout=10)
    await asyncio.gather(*(threads.run(together.wait) for _ in range(6)))
    await until(lambda: threads.count == 2)
    assert await threads.run(lambda: "still served") == "still served"


async def test_what_a_call_raises_is_raised_where_it_is_awaited_and_the_thread_goes_on():
    threads = RequestThreads(few=1, patience=NEVER)
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    assert await threads.run(lambda: "next") == "next"


async def test_a_call_that_nobody_waits_for_any_more_is_carried_out_before_the_next():
    threads, go_on, order = RequestThreads(few=1, patience=NEVER), threading.Event(), []

    def slow() -> None:
        go_on.wait(10)
        order.append("slow")

    left = asyncio.create_task(threads.run(slow))
    await asyncio.sleep(0)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    following = asyncio.create_task(threads.run(lambda: order.append("next")))
    await asyncio.sleep(0)
    go_on.set()
    await following
    assert order == ["slow", "next"]


async def test_a_call_sees_the_context_it_was_made_in_and_leaves_nothing_in_the_thread():
    threads, name = RequestThreads(few=1, patience=NEVER), contextvars.ContextVar("name", default="nobody")

    def rename() -> str:
        found = name.get()
        name.set("the thread's")
        return found

    name.set("the caller's")
    assert await threads.run(rename) == "the caller's"
    assert await threads.run(name.get) == "the caller's"
