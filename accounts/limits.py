"""What a team's plan allows: API calls per minute, and executions per minute, per day and at once.

Calls by key count for the team of the key, calls without a good key for the address they come from, and what people
do in the browser counts as no API call at all. Executions count for their team whatever door they came through.
"""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import buckets
from accounts.actor import Actor
from accounts.models import Team
from accounts.plans import PLANS, Plan
from accounts.secrets import digest
from accounts.tries import client_address
from wireflow_ui.errors import WireflowError

#: What the headers say where nothing is limited: they must hold a number.
UNLIMITED = 1_000_000
#: Seconds after which it is worth asking again when too many run at once.
ASK_AGAIN = 5
#: Downloads a minute from one address without a good key: a batch of results is fetched in one go.
DOWNLOADS_PER_MINUTE = 120


@dataclass(frozen=True, slots=True)
class Quota:
    """What the ``X-RateLimit`` headers tell; ``reset`` is a Unix time in whole seconds."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class LimitReached(WireflowError):
    """A limit of the plan is used up. The headers describe the bucket that refused.

    ``cap`` tells the team's owners of the limit and who changes it, and ``link`` leads there; "" where nobody is told.
    """

    code = "rate_limited"
    status = 429
    kind = "rate_limit_error"
    link = "/settings?tab=team"

    def __init__(
        self, message: str, *, limit: int, ends_at: float, code: str | None = None, cap: str = ""
    ) -> None:
        now = time.time()
        wait = max(1, math.ceil(ends_at - now))
        super().__init__(message, code=code, retryAfter=wait)
        self.headers: dict[str, str] = Quota(limit, 0, math.ceil(now) + wait).headers()
        self.cap = cap


@dataclass(frozen=True, slots=True)
class Caller:
    """In whose bucket a call is counted; ``limit`` None: in nobody's."""

    bucket: str
    limit: int | None


NOBODY = Caller("", None)


def caller_of(actor: Actor | None, request: HttpRequest) -> Caller:
    """Who is charged with a call of this actor; None has no good key, and is known by the network address."""
    if actor is None:
        return Caller(f"calls from {_address_of(request)}", PLANS["free"].requests_per_minute)
    if actor.key is None:
        return NOBODY
    return Caller(_calls(actor.team), actor.team.limits.requests_per_minute)


def downloader_of(actor: Actor | None, request: HttpRequest) -> Caller:
    """`caller_of` for downloads, which need no key: whoever has none gets a bucket beside the one of other calls."""
    if actor is None:
        return Caller(f"downloads to {_address_of(request)}", DOWNLOADS_PER_MINUTE)
    return caller_of(actor, request)


def _address_of(request: HttpRequest) -> str:
    return digest(_neighbourhood(client_address(request)))


def _neighbourhood(address: str) -> str:
    """One caller has one IPv4 address, but a whole /64 of IPv6 ones to choose from."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def count_call(caller: Caller) -> Quota:
    """Count one call; raises `LimitReached` when the minute holds no more."""
    return _ask(caller, 1)


def quota_of(caller: Caller) -> Quota:
    """What the caller has left, counting nothing."""
    return _ask(caller, 0)


def unlimited() -> Quota:
    return Quota(UNLIMITED, UNLIMITED, math.ceil(time.time()) + buckets.WINDOW)


def _ask(caller: Caller, count: int) -> Quota:
    if caller.limit is None:
        return unlimited()
    level = buckets.take(caller.bucket, limit=caller.limit, count=count)
    if not level.is_granted and count:
        raise LimitReached(
            "Too many requests. Please try again later.",
            limit=caller.limit,
            ends_at=level.ends_at,
            cap=_of_plan(f"{caller.limit:,} API calls a minute for all keys of the team together"),
        )
    return Quota(caller.limit, max(0, caller.limit - level.used), math.ceil(level.ends_at))


def take_start(*, team: Team, runs: int = 1) -> None:
    """Count one start, of ``runs`` executions, in the transaction that stores them: undone, it counts nothing.

    Raises `LimitReached` when this minute's starts or this day's executions are used up. The starts of a team with
    limits take turns from here to the commit.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A start is counted only inside the transaction that stores it.")
    plan = team.limits
    if (per_minute := plan.executions_per_minute) is not None:
        level = buckets.take_stored(_starts(team), limit=per_minute)
        if not level.is_granted:
            raise LimitReached(
                "Too many workflow executions. Please try again later.",
                limit=per_minute,
                ends_at=level.ends_at,
                cap=_of_plan(f"{per_minute:,} starts of runs a minute"),
            )
    if (per_day := plan.executions_per_day) is not None:
        level = buckets.take_stored(_day(team), limit=per_day, count=runs, until=_next_day())
        if not level.is_granted:
            left = max(0, per_day - level.used)
            raise LimitReached(
                f"Too many workflow executions today: the {plan.title} plan allows {per_day:,} a day, "
                f"{left:,} of them are left. The next day begins at midnight UTC.",
                code="daily_limit_exceeded",
                limit=per_day,
                ends_at=level.ends_at,
                cap=_of_plan(f"{per_day:,} runs a day"),
            )


def too_many_at_once(plan: Plan) -> LimitReached:
    """The refusal of a single start where as many executions run as the plan allows."""
    most = plan.concurrent_executions or 0
    return LimitReached(
        f"Too many workflow executions at once: the {plan.title} plan runs {most}. "
        "Wait until one of them has ended, or stop one.",
        code="concurrency_limit_exceeded",
        limit=most,
        ends_at=time.time() + ASK_AGAIN,
        cap=_of_plan(f"{most:,} runs at once"),
    )


def _of_plan(most: str) -> str:
    return f"the team’s plan allows {most}. The operator of this server changes plans."


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one limit is used now; ``limit`` None: as much as you like."""

    used: int
    limit: int | None


def use_of(team: Team) -> dict[str, Use]:
    """What a team has used: API ``calls`` and ``starts`` this minute, executions this ``day``."""
    plan = team.limits
    calls = plan.requests_per_minute
    return {
        "calls": Use(buckets.take(_calls(team), limit=calls, count=0).used if calls else 0, calls),
        "starts": Use(buckets.look(_starts(team)).used, plan.executions_per_minute),
        "day": Use(buckets.look(_day(team)).used, plan.executions_per_day),
    }


def _calls(team: Team) -> str:
    return f"calls of team {team.pk}"


def _starts(team: Team) -> str:
    return f"starts of team {team.pk}"


def _day(team: Team) -> str:
    return f"day of team {team.pk}"


def _next_day() -> datetime:
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
