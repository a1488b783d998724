"""The one place that talks to the Channels layer.

News is a hint ("look at the rows"): it may come late, twice or never, and whoever publishes it is never made
to wait or to fail for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger("wireflow.news")

INTERVAL = 0.1  # seconds between two deliveries to one group

Message = dict[str, Any]


class Desk:
    """Delivers on one event loop: the first message of a group at once, then at most one round per interval.

    What comes in between waits, and of several messages of one type the last is kept. Everything but
    ``hand_in`` runs on the loop, so there is nothing to lock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.waiting: dict[str, dict[str, Message]] = {}
        self.deliveries: set[asyncio.Task[None]] = set()

    def hand_in(self, group: str, message: Message) -> bool:
        """From any thread, without waiting; False when the loop has ended."""
        try:
            # The layer's queues belong to the loop: filled from another thread they would not wake it.
            self.loop.call_soon_threadsafe(self.take, group, message)
        except RuntimeError:
            return False
        return True

    def take(self, group: str, message: Message) -> None:
        if group in self.waiting:
            self.waiting[group][message["type"]] = message
        else:
            self.start_round(group, [message])

    def start_round(self, group: str, messages: list[Message]) -> None:
        self.waiting[group] = {}
        delivery = self.loop.create_task(deliver(group, messages))
        self.deliveries.add(delivery)
        delivery.add_done_callback(self.deliveries.discard)
        self.loop.call_later(INTERVAL, self.end_round, group)

    def end_round(self, group: str) -> None:
        messages = self.waiting.pop(group)
        if messages:
            self.start_round(group, list(messages.values()))


_desk: Desk | None = None
_is_down = False


def register_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Deliver on this loop from now on; None forgets it. Called when a server or worker starts and ends."""
    global _desk
    _desk = Desk(loop) if loop else None


def publish(group: str, message: Message) -> None:
    """Tell a group; ``message["type"]`` names the consumers' method. Never raises for a layer that is down.

    Without a registered loop (commands, tests) each message is sent at once and waited for.
    """
    if _desk is None or not _desk.hand_in(group, message):
        async_to_sync(deliver)(group, [message])


async def deliver(group: str, messages: list[Message]) -> None:
    global _is_down
    layer = get_channel_layer()  # type: ignore[no-untyped-call]
    if layer is None:
        return
    try:
        for message in messages:
            await layer.group_send(group, message)
    except (RedisError, OSError) as error:
        if not _is_down:
            log.warning("The channel layer is down, pages refresh by themselves meanwhile: %s", error)
        _is_down = True
    else:
        if _is_down:
            log.warning("The channel layer is back.")
        _is_down = False
