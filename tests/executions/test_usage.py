"""What a team has used: contract §9.3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Team
from executions.models import Execution
from executions.usage import _next_month, usage_of
from executions.wire import when
from tests.executions.doors import Api
from tests.executions.runs import Hand, prompt, start
from tests.factories import team_of


def usage(api) -> dict:
    answer = api.get("/developer/usage")
    assert answer.status_code == 200
    return answer.json()["data"]


def test_a_new_team_has_used_nothing(api):
    now = timezone.now().astimezone(UTC)
    assert usage(api) == {
        "plan": "operator",
        "credits": {
            "available": 0,
            "held": 0,
            "usedThisPeriod": 0,
            "periodEnd": when(_next_month(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))),
        },
        "limits": {
            "requestsPerMinute": None, "executionsPerMinute": None, "executionsPerDay": None, "concurrent": None,
        },
        "today": {"executions": 0},
        "recent": [],
    }  # fmt: skip


@pytest.mark.parametrize("month", range(1, 13))
def test_a_period_ends_where_the_next_month_begins(month):
    following = datetime(2026 + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    assert _next_month(datetime(2026, month, 1, tzinfo=UTC)) == following


def test_credits_limits_and_runs_are_counted(api, alice, charlie):
    Team.objects.filter(pk=team_of(alice).pk).update(plan="pro")
    done, blocked = (Hand().finish(start(alice, *prompt(words))) for words in ("x", "[block]"))
    open_one = start(alice, *prompt("y"))
    start(charlie, *prompt("z"))
    Execution.objects.filter(pk=blocked.pk).update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    got = usage(api)
    assert got["plan"] == "pro"
    assert (got["credits"]["available"], got["credits"]["held"]) == (2998, 1)
    assert got["credits"]["usedThisPeriod"] == 1
    assert got["limits"] == {
        "requestsPerMinute": 60, "executionsPerMinute": 10, "executionsPerDay": 1000, "concurrent": 10,
    }  # fmt: skip
    assert got["today"] == {"executions": 2}
    assert got["recent"] == [
        {"executionId": str(done.pk), "workflowName": "Words", "credits": 1, "at": when(done.ended_at)}
    ]
    assert not open_one.is_over


def test_what_was_used_before_this_month_is_not_counted(alice):
    Hand().finish(start(alice, *prompt("x")))
    got = usage_of(team_of(alice), at=timezone.now() + timedelta(days=32))
    assert (got["credits"]["usedThisPeriod"], got["today"]["executions"]) == (0, 0)
    assert got["recent"][0]["credits"] == 1


@pytest.mark.parametrize(
    ("scope", "status"), [("usage:read", 200), ("workflows:read", 200), ("apps:execute", 403)]
)
def test_usage_is_read_with_either_scope(client, alice, scope, status):
    assert Api(client, alice, scopes=[scope]).get("/developer/usage").status_code == status


def test_a_viewer_may_read_usage_and_nobody_without_a_key(client, vera):
    assert Api(client, vera).get("/developer/usage").status_code == 200
    assert client.get("/api/v1/developer/usage").status_code == 401
