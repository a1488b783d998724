"""Plans of teams, what is counted for them, and what an answer says of that."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from accounts.models import Bucket, Team
from tests.factories import team_of


def told(answer) -> tuple[int, int]:
    """Limit and Remaining of an answer, whose Reset lies in the coming minute."""
    reset = int(answer.headers["X-RateLimit-Reset"])
    assert time.time() <= reset <= time.time() + 61
    return int(answer.headers["X-RateLimit-Limit"]), int(answer.headers["X-RateLimit-Remaining"])


def on_plan(user, plan: str) -> None:
    Team.objects.filter(pk=team_of(user).pk).update(plan=plan)


def fill(name: str, used: int, *, seconds: float = 30) -> None:
    """A bucket as it stands after so many were taken."""
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    Bucket.objects.update_or_create(name=name, defaults={"used": used, "ends_at": end})


def calls(user) -> str:
    return f"calls of team {team_of(user).pk}"
