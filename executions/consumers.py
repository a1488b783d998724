"""The sockets: they read events and never act.

A client joins, gets the state with the number of its last event, then every event after it. News over the channel
layer is only a hint to read; without any, rows are read again every few seconds while the run is open.
"""

from __future__ import annotations

import asyncio
import json
import time
from abc import abstractmethod
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.actor import Actor
from accounts.middleware import actor_of_session
from executions.events import event_object, group_of
from executions.models import Event, Execution
from executions.runs import graph_of
from executions.wire import execution_object
from workflows.models import Workflow

READ_AGAIN_SECONDS = 5
CHECK_AGAIN_SECONDS = 60
MOST_EVENTS = 500

NOT_SIGNED_IN = 4401
NOT_FOUND = 4404


def _actor(scope: dict[str, Any]) -> Actor | None:
    """Who listens, by the session as it is stored now: signing out and a new password end what they opened."""
    request = HttpRequest()
    request.COOKIES = scope["cookies"]
    request.session = SessionStore(scope["session"].session_key)
    request.user = get_user(request)
    return actor_of_session(request)


class LiveConsumer(AsyncWebsocketConsumer):
    """What both sockets share: who may listen, asked at the start and again every minute."""

    group = ""
    checked_at = 0.0

    async def connect(self) -> None:
        self.keeper: asyncio.Task[None] | None = None
        refusal = await self.check()
        await self.accept()
        if refusal:
            await self.close(code=refusal)
            return
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.open()

    async def disconnect(self, code: int) -> None:
        if self.keeper is not None:
            self.keeper.cancel()
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def check(self) -> int:
        """0 when this person may listen, else the code to close with."""
        self.checked_at = time.monotonic()
        refusal: int = await database_sync_to_async(self.refusal)()
        return refusal

    @abstractmethod
    def refusal(self) -> int:
        """0 when this person may listen to this object, else the code to close with; sets ``group``."""

    async def open(self) -> None:
        """After joining: send what there is."""

    async def watch(self) -> None:
        """Ask again, even when there is nothing to send."""
        while True:
            await asyncio.sleep(CHECK_AGAIN_SECONDS)
            await self.may_go_on()

    async def may_go_on(self) -> bool:
        if time.monotonic() - self.checked_at > CHECK_AGAIN_SECONDS and (refusal := await self.check()):
            await self.close(code=refusal)
            return False
        return True

    async def send_json(self, content: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(content, separators=(",", ":"), ensure_ascii=False))


class ExecutionConsumer(LiveConsumer):
    """``/ws/executions/{id}?after=<seq>``: a snapshot, then events in order, each once."""

    async def open(self) -> None:
        self.reading = asyncio.Lock()
        snapshot = await database_sync_to_async(self.snapshot)()
        self.seen: int = snapshot["seq"]
        await self.send_json({"type": "snapshot", "execution": snapshot, "seq": self.seen})
        self.keeper = asyncio.create_task(self.read_for_ever())

    def refusal(self) -> int:
        actor = _actor(self.scope)
        if actor is None:
            return NOT_SIGNED_IN
        execution_id: UUID = self.scope["url_route"]["kwargs"]["execution_id"]
        execution = Execution.objects.visible_to(actor).filter(pk=execution_id).first()
        if execution is None:
            return NOT_FOUND
        self.execution_id = execution_id
        self.group = group_of(execution_id)
        return 0

    def snapshot(self) -> dict[str, Any]:
        # The execution first: events that commit meanwhile carry a higher number and are sent after it.
        execution = Execution.objects.get(pk=self.execution_id)
        runs = list(execution.node_runs.order_by("position", "id"))
        return execution_object(execution, graph_of(execution), runs)

    async def news(self, message: dict[str, Any]) -> None:
        """Somebody says there is something new."""
        await self.read()

    async def read_for_ever(self) -> None:
        while True:
            await asyncio.sleep(READ_AGAIN_SECONDS)
            await self.read()

    async def read(self) -> None:
        """Send the events after the last one sent, as many as there are."""
        async with self.reading:
            if not await self.may_go_on():
                return
            while True:
                events = Event.objects.filter(execution_id=self.execution_id, seq__gt=self.seen).order_by(
                    "seq"
                )
                rows = [event_object(event) async for event in events[:MOST_EVENTS]]
                if not rows:
                    return
                self.seen = rows[-1]["seq"]
                await self.send_json({"type": "events", "events": rows, "seq": self.seen})


class WorkflowConsumer(LiveConsumer):
    """``/ws/workflows/{id}``: says that a run began or that somebody saved."""

    def refusal(self) -> int:
        actor = _actor(self.scope)
        if actor is None:
            return NOT_SIGNED_IN
        workflow_id: str = self.scope["url_route"]["kwargs"]["workflow_id"]
        if not Workflow.objects.visible_to(actor).filter(pk=workflow_id).exists():
            return NOT_FOUND
        self.group = f"workflow.{workflow_id}"
        return 0

    async def open(self) -> None:
        self.keeper = asyncio.create_task(self.watch())

    async def execution_started(self, message: dict[str, Any]) -> None:
        if await self.may_go_on():
            await self.send_json({"type": "execution.started", "executionId": message["executionId"]})

    async def workflow_saved(self, message: dict[str, Any]) -> None:
        if await self.may_go_on():
            await self.send_json({"type": "workflow.saved", "updatedAt": message["updatedAt"]})
