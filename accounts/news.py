"""The one place that talks to the Channels layer.

News is a hint ("look at the rows"): it may come late, twice or never, and whoever publishes it is never made
to wait or to fail for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger("wireflow.news")

#: So much a group hears at once: every move of a quick run. What is used up comes back one by one, one in each
#: `PAUSE` seconds, so that no group hears more than ten times a second for long.
AT_ONCE = 8
PAUSE = 0.1

Message = dict[str, Any]


@dataclass
class Group:
    """A group that was told a moment ago: how much more it may hear now, and what has to wait."""

    room: int = AT_ONCE
    waiting: dict[str, Message] = field(default_factory=dict)


class Desk:
    """Delivers on one event loop: at once while the group has room, then one round in each pause.

    What comes in between waits, and of several messages of one type the last is kept. Everything but
    ``hand_in`` runs on the loop, so there is nothing to lock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.groups: dict[str, Group] = {}
        self.deliveries: set[asyncio.Task[None]] = set()
        self._handed_in: deque[tuple[str, Message]] = deque()
        self._is_awaited = False

    def hand_in(self, group: str, message: Message) -> bool:
        """From any thread, without waiting; False when the loop has ended.

        To wake the loop costs whoever does it the turn of its thread, so what comes before the loop has looked is left
        to the one who woke it.
        """
        self._handed_in.append((group, message))
        if self._is_awaited:
            return True
        self._is_awaited = True
        try:
            # The layer's queues belong to the loop: filled from another thread they would not wake it.
            self.loop.call_soon_threadsafe(self.take_all)
        except RuntimeError:
            self._is_awaited = False
            self._handed_in.clear()
            return False
        return True

    def take_all(self) -> None:
        self._is_awaited = False  # first: what is handed in from now on wakes the loop again
        while self._handed_in:
            self.take(*self._handed_in.popleft())

    def take(self, group: str, message: Message) -> None:
        state = self.groups.get(group)
        if state is None:
            state = self.groups[group] = Group()
            self.loop.call_later(PAUSE, self.give_back, group, state)
        state.waiting[message["type"]] = message
        if state.room:
            self.tell(group, state)

    def tell(self, group: str, state: Group) -> None:
        messages, state.waiting = list(state.waiting.values()), {}
        state.room -= 1
        delivery = self.loop.create_task(deliver(group, messages))
        self.deliveries.add(delivery)
        delivery.add_done_callback(self.deliveries.discard)

    def give_back(self, group: str, state: Group) -> None:
        """A pause is over."""
        state.room += 1
        if state.waiting:
            self.tell(group, state)
        if state.room == AT_ONCE:
            del self.groups[group]
        else:
            self.loop.call_later(PAUSE, self.give_back, group, state)


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
    layer = get_channel_layer()  # type: ignore[no-untyped-call]  # Channels has no types
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
