"""The parts that a server stands on: does each answer, and how quickly?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, connection
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from executions.engine.running import is_running

LAYER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One part and how it is. ``problem`` is a sentence, empty while it works; ``milliseconds`` what asking took."""

    name: str
    title: str
    problem: str
    milliseconds: float

    @property
    def is_ok(self) -> bool:
        return not self.problem


def parts() -> list[Part]:
    """Every part of this process, asked now."""
    found = [
        _ask("database", _database_title(), _database),
        _ask("channelLayer", "Live news, in memory" if settings.EMBEDDED else "Live news, by Redis", _layer),
    ]
    if settings.EMBEDDED:
        found.append(_ask("engine", "Engine of this process", _engine))
    return found


def _ask(name: str, title: str, question: Callable[[], str]) -> Part:
    began = time.perf_counter()
    problem = question()
    return Part(name, title, problem, round((time.perf_counter() - began) * 1000, 2))


def _database_title() -> str:
    return "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer. Nothing is accepted and nothing runs until it does."
    return ""


def _layer() -> str:
    layer = get_channel_layer()  # type: ignore[no-untyped-call]
    if layer is not None:
        try:
            async_to_sync(_say_nothing)(layer)
        except (RedisError, OSError):  # a timeout is one of these
            pass
        else:
            return ""
    return "Redis does not answer. Runs go on, more slowly; pages refresh by themselves every few seconds."


async def _say_nothing(layer: Any) -> None:
    # A Redis that takes connections and stays silent must not silence this answer too.
    async with asyncio.timeout(LAYER_SECONDS):
        await layer.group_send("readyz", {"type": "nothing"})


def _engine() -> str:
    return "" if is_running() else "The engine of this process has stopped. Start the server again."


def messages() -> dict[str, int] | None:
    """How many messages lie in each of the broker's queues; None without a broker, or one that does not answer."""
    if settings.EMBEDDED:
        return None
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=LAYER_SECONDS,
        socket_connect_timeout=LAYER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return {queue.name: int(client.llen(queue.name)) for queue in settings.CELERY_TASK_QUEUES}
    except RedisError:
        return None
    finally:
        client.close()
