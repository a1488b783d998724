"""The socket of an open workflow: its runs, its saves, and who else looks at it."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from accounts import news
from accounts.notices import bell_of
from executions.consumers import NOT_FOUND, NOT_SIGNED_IN, LiveConsumer, actor_of_scope
from executions.events import group_of
from executions.story import Story
from wireflow_ui.body import BadBody, parse_json
from workflows.ids import read_moment, written
from workflows.models import Workflow
from workflows.together import edits_since

#: A workflow's socket tells of so many open executions at once; the rest can be listened to by themselves.
MOST_STORIES = 50
#: A longer message is none of a canvas of ours.
LONGEST = 16 * 1024
#: So many nodes somebody is shown to have chosen or to be dragging.
MOST_SHOWN = 100
#: So often in a second a browser may say where its pointer is, or ask for edits.
MOST_WORDS = 30

Json = dict[str, Any]


class WorkflowConsumer(LiveConsumer):
    """``/ws/workflows/{id}``: says that a run began, somebody saved or one has a notice, and tells how each run goes.

    A run that begins is told of by itself. One that began before is asked for by
    ``{"type": "follow", "executionId": …}``; asking twice does no harm. ``{"type": "since", "updatedAt": …}`` asks for
    what was saved after that, and ``{"type": "presence", …}`` says to the others where one is: it changes nothing.
    """

    async def connect(self) -> None:
        self.who = uuid.uuid4().hex[:12]
        self.is_present = False
        self.telling = asyncio.Lock()
        self.second, self.words = 0, 0
        self.bell = ""
        await super().connect()

    async def open(self) -> None:
        await self.channel_layer.group_add(self.bell, self.channel_name)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self.bell:
            await self.channel_layer.group_discard(self.bell, self.channel_name)
        if self.is_present:
            await news.deliver(self.group, [{"type": "workflow.left", "who": self.who}])

    def refusal(self) -> int:
        actor = actor_of_scope(self.scope)
        if actor is None:
            return NOT_SIGNED_IN
        workflow_id: str = self.scope["url_route"]["kwargs"]["workflow_id"]
        workflow = Workflow.objects.visible_to(actor).filter(pk=workflow_id).first()
        if workflow is None:
            return NOT_FOUND
        if not self.group:
            self.told = workflow.updated_at
        self.group = f"workflow.{workflow_id}"
        self.workflow_id = workflow_id
        self.visible = {"workflow": workflow_id, "team": actor.team.pk}
        self.bell = bell_of(actor.user.pk)
        self.person = {"name": actor.user.get_full_name(), "edits": actor.may("edit")}
        return 0

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        said = _read(text_data or "")
        if said is None or not await self.may_go_on():
            return
        match said["type"]:
            case "follow":
                if (execution_id := _id(said.get("executionId"))) is not None:
                    await self.follow(execution_id, look=self.look_at)
            case "since":
                if (moment := read_moment(str(said.get("updatedAt")))) is not None:
                    self.told = moment
                    if self.may_say():  # else they are told when we look again
                        await self.tell_edits()
            case "presence":
                if self.may_say():
                    await self.show(said)

    def may_say(self) -> bool:
        """Whether this is not too much for one second."""
        second = int(time.monotonic())
        self.words = self.words + 1 if second == self.second else 1
        self.second = second
        return self.words <= MOST_WORDS

    async def follow(self, execution_id: UUID, *, look: Callable[[UUID], None]) -> None:
        if execution_id in self.stories or len(self.stories) >= MOST_STORIES:
            return
        self.stories[execution_id] = Story(execution_id, self.visible)
        await self.channel_layer.group_add(group_of(execution_id), self.channel_name)
        look(execution_id)

    async def end(self, story: Story) -> None:
        await super().end(story)
        await self.channel_layer.group_discard(group_of(story.execution_id), self.channel_name)

    async def execution_started(self, message: Json) -> None:
        if await self.may_go_on():
            await self.send_json({"type": "execution.started", "executionId": message["executionId"]})
            # Of what was over as it began there is no further news.
            look = self.look_at if message.get("isOver", True) else self.look_soon_at
            await self.follow(UUID(message["executionId"]), look=look)

    # Saves: the news is a hint, the edits are read from their rows, so none is lost and none comes out of turn.

    async def workflow_saved(self, message: Json) -> None:
        if await self.may_go_on():
            await self.tell_edits()

    async def look_again(self) -> None:
        await self.tell_edits()

    async def tell_edits(self) -> None:
        """Everything that was saved since we told of it last."""
        async with self.telling:  # whoever looks again does not tell what is just being told
            frame = await database_sync_to_async(self.saved_since)(self.told)
            if frame is not None:
                self.told = frame.pop("moment")
                await self.send_json(frame)

    def saved_since(self, moment: datetime) -> Json | None:
        now = Workflow.objects.filter(pk=self.workflow_id).values_list("updated_at", flat=True).first()
        if now is None or now <= moment:
            return None
        edits = edits_since(self.workflow_id, moment)
        return {"type": "workflow.saved", "updatedAt": written(now), "edits": edits, "moment": now}

    # Who is here: passed on to the others as it comes, and never stored.

    async def show(self, said: Json) -> None:
        self.is_present = True
        shown = {
            "who": self.who,
            **self.person,
            "at": _point(said.get("at")),
            "nodes": _texts(said.get("nodes")),
            "moving": _places(said.get("moving")),
            "asks": said.get("asks") is True,
        }
        await news.deliver(self.group, [{"type": "workflow.presence", **shown}])

    async def workbench_saved(self, message: Json) -> None:
        if await self.may_go_on():
            await self.send_json(message)

    async def workflow_kept(self, message: Json) -> None:
        if await self.may_go_on():
            await self.send_json(message)

    async def notice_told(self, message: Json) -> None:
        if await self.may_go_on():
            await self.send_json(message)

    async def workflow_presence(self, message: Json) -> None:
        if message["who"] != self.who and await self.may_go_on():
            await self.send_json(message)

    async def workflow_left(self, message: Json) -> None:
        if message["who"] != self.who and await self.may_go_on():
            await self.send_json(message)


def _read(text: str) -> Json | None:
    """What a client says; None for anything that is no message, or that no socket could pass on."""
    if len(text) > LONGEST:
        return None
    try:
        said = parse_json(text.encode("utf-8", "surrogatepass"))
    except BadBody:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("type"), str) else None


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _point(value: Any) -> list[float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    is_place = all(type(one) in (int, float) and math.isfinite(one) and abs(one) < 1e9 for one in value)
    return [round(one, 1) for one in value] if is_place else None


def _texts(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else []
    return [one for one in texts[:MOST_SHOWN] if isinstance(one, str) and len(one) <= 128]


def _places(value: Any) -> Json:
    places = value if isinstance(value, dict) else {}
    found = {key: _point(one) for key, one in list(places.items())[:MOST_SHOWN] if len(key) <= 128}
    return {key: one for key, one in found.items() if one is not None}
