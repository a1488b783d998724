"""Counts what may happen so often in a window of time. Taking is one atomic step, however many ask at once.

A window begins with the first that is taken and ends by itself; what was refused takes nothing.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, When
from django.db.models.functions import Now
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from accounts.models import Bucket
from accounts.statements import After, select_values

WINDOW = 60
REDIS_TIMEOUT = 0.5
#: A Redis that did not answer is not asked again for so long: a silent one would hold up every call.
REDIS_PAUSE = 5.0
#: How often a bucket may be made or removed by others between two statements before something must be wrong.
TRIES = 5

#: ARGV: how many to take (0 looks only), the limit, the milliseconds of a window.
_SCRIPT = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = redis.call('PTTL', KEYS[1])
local count = tonumber(ARGV[1])
if left <= 0 then
    used, left = 0, tonumber(ARGV[3])
end
if used + count > tonumber(ARGV[2]) then
    return {0, used, left}
end
if count > 0 then
    used = used + count
    redis.call('SET', KEYS[1], used, 'PX', left)
end
return {1, used, left}
"""

log = logging.getLogger("wireflow.limits")
_redis_away_until = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is after it was asked. ``ends_at`` is the Unix time at which it is empty again."""

    is_granted: bool
    used: int
    ends_at: float


def take(name: str, *, limit: int, count: int = 1) -> Level:
    """Take ``count`` from this minute's bucket, or look at it (0): in Redis where there is one, else in the database.

    A Redis that is gone is stood in for by the database, whose bucket is then a fresh one.
    """
    level = _take_in_redis(name, limit, count) if settings.REDIS_URL else None
    if level is None:
        level = look(name)
        # Most of a flood is refused by reading alone, and keeps nobody from writing.
        if count and level.used + count <= limit:
            level = take_stored(name, limit=limit, count=count)
        elif count:
            level = Level(False, level.used, level.ends_at)
    return level


def look(name: str) -> Level:
    """How full a bucket in the database is."""
    stored = select_values(Bucket, ("used", "ends_at"), {"name": name, "ends_at": After(Now())})
    for used, ends_at in stored:
        return Level(True, used, ends_at.timestamp())
    return Level(True, 0, time.time() + WINDOW)


def take_stored(name: str, *, limit: int, count: int = 1, until: datetime | None = None) -> Level:
    """Take from a bucket in the database; a new window lasts a minute, or ``until`` then.

    The row stays locked until the end of the caller's transaction, and what was taken is given back with it.
    """
    end = until or ExpressionWrapper(Now() + timedelta(seconds=WINDOW), output_field=DateTimeField())
    is_over = Q(ends_at__lte=Now())
    fits = Q(used__lte=limit - count) | is_over if count <= limit else Q(pk=None)
    with transaction.atomic(savepoint=False):
        for _ in range(TRIES):
            taken = Bucket.objects.filter(fits, name=name).update(
                used=Case(When(is_over, then=count), default=F("used") + count),
                ends_at=Case(When(is_over, then=end), default=F("ends_at")),
            )
            level = look(name)
            # One that another filled for the first time since may still have room: only a full one refuses.
            if taken or level.used + count > limit:
                return Level(bool(taken), level.used, level.ends_at)
            Bucket.objects.bulk_create([Bucket(name=name, used=0, ends_at=end)], ignore_conflicts=True)
    raise RuntimeError(f"The bucket {name!r} was removed {TRIES} times while it was being filled.")


def forget_old() -> None:
    """Remove the buckets whose window is over: they count as empty anyway."""
    Bucket.objects.filter(ends_at__lte=Now() - timedelta(seconds=WINDOW)).delete()


def _take_in_redis(name: str, limit: int, count: int) -> Level | None:
    """None when Redis does not answer."""
    global _redis_away_until
    if time.monotonic() < _redis_away_until:
        return None
    client = _client(settings.REDIS_URL)
    try:
        granted, used, left = client.eval(_SCRIPT, 1, f"wireflow:{name}", count, limit, WINDOW * 1000)
    except RedisError as error:
        log.warning("Redis does not answer, so the database counts requests: %s", error)
        _redis_away_until = time.monotonic() + REDIS_PAUSE
        client.connection_pool.disconnect(inuse_connections=False)  # other threads wait on theirs
        return None
    return Level(bool(granted), used, time.time() + left / 1000)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    """One client per process; its pool of connections is shared by the threads."""
    return redis.Redis.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT,
        socket_connect_timeout=REDIS_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
