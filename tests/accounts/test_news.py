"""News reaches the loop from any thread, at once or ten times a second, and a dead layer harms nobody."""

from __future__ import annotations

import asyncio
import logging

import pytest
from channels.layers import get_channel_layer
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts import news


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "wireflow_ui.memory_layer.MemoryLayer"}}
    yield
    news.register_loop(None)


async def received(channel: str, *, within: float = 2) -> dict:
    return await asyncio.wait_for(get_channel_layer().receive(channel), within)


@pytest.mark.asyncio
async def test_a_thread_wakes_the_registered_loop():
    news.register_loop(asyncio.get_running_loop())
    layer = get_channel_layer()
    await layer.group_add("run-1", "reader")
    waiting = asyncio.create_task(received("reader"))
    await asyncio.to_thread(news.publish, "run-1", {"type": "news", "seq": 1})
    assert await waiting == {"type": "news", "seq": 1}


@pytest.mark.asyncio
async def test_who_joins_hears_what_comes_from_then_on_until_they_leave():
    layer = get_channel_layer()
    await layer.group_send("run-1", {"type": "news", "seq": 1})
    await layer.group_add("run-1", "reader")
    await layer.group_send("run-1", {"type": "news", "seq": 2})
    await layer.group_discard("run-1", "reader")
    await layer.group_send("run-1", {"type": "news", "seq": 3})
    assert await received("reader") == {"type": "news", "seq": 2}
    assert not layer.channels and not layer.groups


@pytest.mark.asyncio
async def test_a_burst_arrives_as_its_first_messages_and_the_last_of_each_type():
    news.register_loop(asyncio.get_running_loop())
    await get_channel_layer().group_add("run-1", "reader")
    for seq in range(50):
        news.publish("run-1", {"type": "news", "seq": seq})
    news.publish("run-1", {"type": "saved"})
    first, late = list(range(news.AT_ONCE)), [{"type": "news", "seq": 49}, {"type": "saved"}]
    got = [await received("reader") for _ in range(news.AT_ONCE + 2)]
    assert got == [*({"type": "news", "seq": seq} for seq in first), *late]
    with pytest.raises(TimeoutError):
        await received("reader", within=3 * news.PAUSE)


@pytest.mark.asyncio
async def test_the_moves_of_a_quick_run_wait_for_no_pause(monkeypatch):
    monkeypatch.setattr(news, "PAUSE", 3600)  # whoever had to wait for one would be here all day
    news.register_loop(asyncio.get_running_loop())
    await get_channel_layer().group_add("run-1", "reader")
    for seq in range(news.AT_ONCE):
        news.publish("run-1", {"type": "news", "seq": seq})
        assert await received("reader") == {"type": "news", "seq": seq}


@pytest.mark.asyncio
async def test_one_group_does_not_slow_another(monkeypatch):
    monkeypatch.setattr(news, "PAUSE", 3600)
    news.register_loop(asyncio.get_running_loop())
    await get_channel_layer().group_add("run-2", "reader")
    for _ in range(50):
        news.publish("run-1", {"type": "news"})
    news.publish("run-2", {"type": "news"})
    assert await received("reader") == {"type": "news"}


@pytest.mark.asyncio
async def test_quiet_groups_leave_nothing_behind(monkeypatch):
    monkeypatch.setattr(news, "PAUSE", 0.01)
    news.register_loop(asyncio.get_running_loop())
    for _ in range(50):
        news.publish("run-1", {"type": "news"})
    await asyncio.sleep(0)
    assert list(news._desk.groups) == ["run-1"]
    while news._desk.groups or news._desk.deliveries:
        await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_group_hears_ten_times_a_second_for_long_at_most(monkeypatch):
    loop = asyncio.get_running_loop()
    told = []

    async def note(group, message):
        told.append(loop.time())

    monkeypatch.setattr(get_channel_layer(), "group_send", note)
    news.register_loop(loop)
    began = loop.time()
    while loop.time() < began + 1.3:
        news.publish("run-1", {"type": "news"})
        await asyncio.sleep(0.005)
    # A timer that is late is followed by its next one a whole pause later, so no load makes these more.
    assert news.AT_ONCE < len(told) <= news.AT_ONCE + (loop.time() - began) / news.PAUSE


def test_without_a_loop_each_message_is_sent_before_publish_returns(monkeypatch):
    sent = []

    async def note(group, message):
        sent.append((group, message))

    monkeypatch.setattr(get_channel_layer(), "group_send", note)
    for seq in range(3):
        news.publish("run-1", {"type": "news", "seq": seq})
    assert sent == [("run-1", {"type": "news", "seq": seq}) for seq in range(3)]


def test_a_layer_that_is_down_is_logged_once_and_raises_nothing(monkeypatch, caplog):
    async def fail(group, message):
        raise RedisConnectionError("refused")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    with caplog.at_level(logging.WARNING, "wireflow.news"):
        for _ in range(3):
            news.publish("run-1", {"type": "news"})
        monkeypatch.undo()
        news.publish("run-1", {"type": "news"})
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "The channel layer is down",
        "The channel layer is back.",
    ]


def test_a_loop_that_has_ended_is_not_waited_for():
    loop = asyncio.new_event_loop()
    news.register_loop(loop)
    loop.close()
    news.publish("run-1", {"type": "news"})


@pytest.mark.asyncio
async def test_what_many_threads_hand_in_at_once_wakes_the_loop_once_and_all_arrives():
    loop = asyncio.get_running_loop()
    woken, wake = [], loop.call_soon_threadsafe

    def counted(*call, **how):
        woken.append(call)
        return wake(*call, **how)

    loop.call_soon_threadsafe = counted
    news.register_loop(loop)
    for number in range(20):  # as threads do while the loop is busy
        await get_channel_layer().group_add(f"run-{number}", f"reader-{number}")
    for number in range(20):
        news.publish(f"run-{number}", {"type": "news", "seq": number})
    assert len(woken) == 1
    assert [(await received(f"reader-{number}"))["seq"] for number in range(20)] == list(range(20))
    news.publish("run-1", {"type": "news", "seq": 99})
    assert (await received("reader-1"))["seq"] == 99
