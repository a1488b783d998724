"""Whom runs are told to: limits that are reached, runs that fail unseen, decisions that wait."""

from __future__ import annotations

import pytest

from accounts.models import Notice
from credits import limits
from executions.actions import Start, start_execution
from executions.models import Execution
from executions.notices import tell_of_end
from executions.states import ExecutionStatus
from tests.executions.runs import make_workflow, prompt
from tests.executions.test_decisions import one
from tests.factories import actor_for, team_of

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[tuple[str, str]]:
    found = Notice.objects.filter(kind=kind).order_by("pk")
    return [(notice.user.email.partition("@")[0], notice.text) for notice in found]


def test_each_step_of_a_limit_is_told_to_owners_once(alice, bob):
    limits.set_limit(
        actor=actor_for(alice), subject="team", name="the team", period="day", credits=4, is_hard=True
    )
    workflow = make_workflow(alice, *prompt("a fox"))
    for _ in range(4):
        start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=bob)
    first, last = told("limit")  # with the fourth both 80 and 100 are passed
    assert first == ("alice", "50 % of the 4 credits a day for the team are used or set aside.")
    assert last[1].startswith("100 % of") and last[1].endswith("Runs beyond it are refused until it resets.")


def test_a_decision_is_told_to_whoever_may_take_it(alice, bob, rita, vera):
    run = one(alice, f"a boat {'with a red sail ' * 9}")
    assert [name for name, _ in told("approval")] == ["alice", "bob", "rita"]
    boat = "a boat with a red sail with a red sail with a red sail with a red sail with a r…"
    assert told("approval")[0][1] == f"“Approval” of “Words” ({boat}) waits for a decision."
    assert Notice.objects.filter(link=f"/executions/{run.pk}").count() == 3


@pytest.mark.parametrize(("approvers", "names"), [("owner", ["alice"]), ("Vera@example.org", ["vera"])])
def test_a_decision_for_some_is_told_to_them_alone(alice, bob, vera, approvers, names):
    one(alice, approvers=approvers)
    assert [name for name, _ in told("approval")] == names


@pytest.mark.parametrize(
    ("trigger", "status", "names"),
    [
        ("webhook", ExecutionStatus.FAILED, ["alice", "bob"]),
        ("webhook", ExecutionStatus.CANCELLED, []),
        ("canvas", ExecutionStatus.FAILED, []),
    ],
)
def test_a_run_that_nobody_watched_tells_of_its_failure_once_an_hour(
    alice, bob, vera, trigger, status, names
):
    run = one(alice)
    ended = Execution(
        team=run.team, workflow_id=run.workflow_id, version=run.version, workflow_name="Words",
        trigger=trigger, status=status, error="The provider is away.", ended_at=run.created_at,
    )  # fmt: skip
    tell_of_end(ended)
    tell_of_end(ended)
    assert [name for name, _ in told("failed")] == names
    if names:
        assert told("failed")[0][1] == (
            "A run of “Words” (a boat) that a webhook started has failed: The provider is away."
        )
