"""The sockets: they read events and never act.

A client joins, gets the state with the number of its last event, then every event after it. News over the channel
layer is only a hint to read; without any, rows are read again every few seconds while the run is open.

No queue stands before a client that is slow to read: the next events are read once it has taken the last ones, and the
server's pings close the line of one that takes nothing any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from abc import abstractmethod
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.actor import Actor
from accounts.middleware import actor_of_session
from executions.events import group_of
from executions.models import Execution
from executions.story import Story

READ_AGAIN_SECONDS = 5
#: A run that just began is read with its first news, or after so many seconds: a quick one is over by then, and nobody
#: reads while it is on its way.
FIRST_LOOK_SECONDS = 0.05
CHECK_AGAIN_SECONDS = 60

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404
BROKEN_OFF = 1011

log = logging.getLogger("wireflow.sockets")


def actor_of_scope(scope: dict[str, Any]) -> Actor | None:
    """Who listens, by the session as it is stored now: signing out and a new password end what they opened."""
    request = HttpRequest()
    request.COOKIES = scope["cookies"]
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return actor_of_session(request)


class LiveConsumer(AsyncWebsocketConsumer):
    """What both sockets share: who may listen, asked at the start and again every minute, and telling stories."""

    group = ""
    checked_at = 0.0
    was_refused = False

    async def connect(self) -> None:
        self.keeper: asyncio.Task[None] | None = None
        self.stories: dict[UUID, Story] = {}
        self.heard_of: set[UUID] = set()
        self.first_looks: dict[UUID, asyncio.TimerHandle] = {}
        self.has_news = asyncio.Event()
        refusal = await self.check()
        await self.accept()
        if refusal:
            await self.close(code=refusal)
            return
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.open()
        self.keeper = asyncio.create_task(self.tell_for_ever())
        self.keeper.add_done_callback(self.broke_off)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own goes to a thread first, to let go of a connection: whoever asks the database here does that."""
        await getattr(self, get_handler_name(message))(message)

    async def disconnect(self, code: int) -> None:
        if self.keeper is not None:
            self.keeper.cancel()
        for first in self.first_looks.values():
            first.cancel()
        for group in {self.group, *map(group_of, self.stories)} - {""}:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def check(self) -> int:
        """0 when this person may listen, else the code to close with."""
        self.checked_at = time.monotonic()
        refusal: int = await database_sync_to_async(self.refusal)()
        return refusal

    @abstractmethod
    def refusal(self) -> int:
        """0 when this person may listen to this object, else the code to close with; sets ``group``."""

    async def open(self) -> None:
        """After joining: begin what is to be told at once."""

    async def may_go_on(self) -> bool:
        """May this person still listen? Closes the socket when not, once."""
        is_due = time.monotonic() - self.checked_at > CHECK_AGAIN_SECONDS
        if not self.was_refused and is_due and (refusal := await self.check()) and not self.was_refused:
            self.was_refused = True
            await self.close(code=refusal)
        return not self.was_refused

    async def send_json(self, content: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(content, separators=(",", ":"), ensure_ascii=False))

    # What there is to tell is read by one task. News that comes while it reads is all answered by its next look.

    def look_at(self, execution_id: UUID) -> None:
        if (first := self.first_looks.pop(execution_id, None)) is not None:
            first.cancel()
        self.heard_of.add(execution_id)
        self.has_news.set()

    def look_soon_at(self, execution_id: UUID) -> None:
        """It just began, and there will be news of it."""
        later = asyncio.get_running_loop().call_later
        self.first_looks[execution_id] = later(FIRST_LOOK_SECONDS, self.look_at, execution_id)

    async def news(self, message: dict[str, Any]) -> None:
        """Somebody says there is something new."""
        self.look_at(UUID(message["executionId"]))

    async def tell_for_ever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(READ_AGAIN_SECONDS):
                    await self.has_news.wait()
            except TimeoutError:
                self.heard_of = set(self.stories)
                await self.look_again()
            self.has_news.clear()
            heard_of, self.heard_of = self.heard_of, set()
            if not await self.may_go_on():
                return
            for story in [self.stories[one] for one in heard_of if one in self.stories]:
                frames = story.at_hand()
                for frame in frames if frames is not None else await database_sync_to_async(story.frames)():
                    await self.send_json(frame)
                if story.is_over:
                    await self.end(story)

    async def look_again(self) -> None:
        """Nobody said anything for a while: look whether that was lost."""

    async def end(self, story: Story) -> None:
        """There is no more to tell."""
        del self.stories[story.execution_id]

    def broke_off(self, keeper: asyncio.Task[None]) -> None:
        """A fault of ours, or of the database: the client comes back and begins anew."""
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            log.error("A socket was closed.", exc_info=error)
            self.closing = asyncio.ensure_future(self.close(code=BROKEN_OFF))


class ExecutionConsumer(LiveConsumer):
    """``/ws/executions/{id}``: a snapshot, then events in order, each once."""

    async def open(self) -> None:
        self.stories[self.execution_id] = Story(self.execution_id, {})
        self.look_at(self.execution_id)

    def refusal(self) -> int:
        actor = actor_of_scope(self.scope)
        if actor is None:
            return NOT_SIGNED_IN
        self.execution_id: UUID = self.scope["url_route"]["kwargs"]["execution_id"]
        if not Execution.objects.visible_to(actor).filter(pk=self.execution_id).exists():
            return NOT_FOUND
        self.group = group_of(self.execution_id)
        return 0
