"""Limits of spending: what would pass one is refused whole, and what is given back is given back to the count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from accounts.models import ApiKey, Team
from credits import limits
from credits.limits import SpendingLimitReached
from credits.models import LimitNotice, SpendingCount, SpendingLimit
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.models import Execution
from tests.executions.conftest import house
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, start
from tests.factories import actor_for, bearer, team_of
from triggers.webhooks import accept_call, switch_on
from workflows.webhook_ids import shown_webhook_id

__all__ = ["house"]

pytestmark = pytest.mark.django_db


def limit(user, subject="team", credits=2, *, period="day", is_hard=True) -> SpendingLimit:
    return limits.set_limit(
        actor=actor_for(user), subject=subject, name=subject, period=period, credits=credits, is_hard=is_hard
    )


def used(one: SpendingLimit) -> int:
    return sum(SpendingCount.objects.filter(limit=one).values_list("used", flat=True))


def test_a_key_spends_what_its_limit_has_and_is_told_what_is_left_and_when_it_resets(client, alice):
    workflow = make_workflow(alice, *prompt("a fox"))
    first, second = bearer(alice), bearer(alice)
    key = ApiKey.objects.order_by("pk")[0]
    one = limit(alice, f"key:{key.pk}", 1)
    address = f"/api/v1/workflows/{workflow.pk}/execute"

    def call(header):
        return client.post(address, {}, content_type="application/json", headers=header)

    assert call(first).status_code == 201
    before = everything_stored()
    refused = call(first)
    told = refused.json()
    assert refused.status_code == 429
    assert (told["code"], told["type"]) == ("spending_limit_reached", "rate_limit_error")
    assert (told["requiredCredits"], told["leftCredits"], told["limitCredits"]) == (1, 0, 1)
    assert told["error"].startswith(
        f"This run may cost 1 credit, but of the 1 credits a day for key:{key.pk} 0 are left."
    )
    assert told["resetsAt"].endswith("T00:00:00Z")
    assert 0 < told["retryAfter"] <= 86_400
    assert everything_stored() == before
    assert used(one) == 1
    assert call(second).status_code == 201
    assert faults() == []


def test_what_is_given_back_can_be_spent_again(alice):
    team_limit, person = limit(alice, credits=1), limit(alice, f"person:{alice.pk}", 1, period="month")
    Hand().finish(start(alice, *prompt("[block]")))
    assert (used(team_limit), used(person)) == (0, 0)
    Hand().finish(start(alice, *prompt("a fox")))
    assert (used(team_limit), used(person)) == (1, 1)
    assert faults() == []


def test_a_refusal_of_one_limit_leaves_the_others_as_they_were(alice):
    wide, narrow = limit(alice, credits=50), limit(alice, f"person:{alice.pk}", 1)
    start(alice, *prompt("a fox"))
    with pytest.raises(SpendingLimitReached):
        start(alice, *prompt("a hen"))
    assert (used(wide), used(narrow)) == (1, 1)


def test_a_soft_limit_tells_and_refuses_nothing(alice):
    one = limit(alice, credits=4, is_hard=False)
    told = []
    for _ in range(6):
        start(alice, *prompt("a fox"))
        told.append(sorted(LimitNotice.objects.values_list("percent", flat=True)))
    assert told == [[], [50], [50], [50, 80, 100], [50, 80, 100], [50, 80, 100]]
    assert used(one) == 6


def test_a_flooded_webhook_stops_at_its_limit_and_strangers_read_no_figures(alice):
    workflow = make_workflow(alice, *prompt("a fox"))
    switch_on(workflow=workflow, user=alice)
    workflow.refresh_from_db()
    one = limit(alice, f"webhook:{workflow.pk}", 3, period="month")
    name, sentences = shown_webhook_id(workflow), set()
    for _ in range(6):
        try:
            accept_call(name=name, body={})
        except limits.LimitReached as refusal:
            sentences.add(refusal.message)
    assert Execution.objects.count() == used(one) == 3
    assert sentences == {
        "The team of this workflow has reached a limit of its spending. Please try again later."
    }


def test_limits_are_of_their_own_team_and_end_with_their_deletion(alice, charlie):
    one = limit(charlie, credits=1)
    for _ in range(2):
        start(alice, *prompt("a fox"))
    start(charlie, *prompt("a fox"))
    with pytest.raises(SpendingLimitReached):
        start(charlie, *prompt("a fox"))
    limits.delete_limit(actor=actor_for(charlie), limit_id=one.pk)
    assert not Team.objects.filter(limits_spending=True).exists()
    start(charlie, *prompt("a fox"))
    assert faults() == []


def test_later_items_of_a_list_that_find_no_room_fail_and_nothing_is_overdrawn(alice):
    workflow = make_workflow(alice, *prompt("a fox"))
    one = limit(alice, f"workflow:{workflow.pk}", 1)
    start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=alice)
    with pytest.raises(SpendingLimitReached):
        start_execution(workflow=workflow, team=Team.objects.get(pk=team_of(alice).pk), start=Start())
    assert used(one) == 1


@pytest.mark.parametrize(
    ("period", "at", "first", "end"),
    [
        (
            "day",
            datetime(2026, 2, 28, 23, 59, tzinfo=UTC),
            date(2026, 2, 28),
            datetime(2026, 3, 1, tzinfo=UTC),
        ),
        ("month", datetime(2026, 1, 31, tzinfo=UTC), date(2026, 1, 1), datetime(2026, 2, 1, tzinfo=UTC)),
        ("month", datetime(2026, 12, 5, tzinfo=UTC), date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_periods_are_days_and_months_of_utc(period, at, first, end):
    assert (limits.begins_on(period, at), limits.ends_at(period, first)) == (first, end)


def test_the_page_sets_shows_and_deletes_limits_for_owners_alone(signed_in, alice, vera):
    start(alice, *prompt("a fox"))
    owner = signed_in(alice)
    body = {"subject": "team", "period": "day", "credits": "10", "kind": "hard"}
    assert signed_in(vera).post("/usage/limits", body).status_code == 403
    assert owner.post("/usage/limits", body | {"credits": "-1"}).status_code == 400
    assert owner.post("/usage/limits", body | {"subject": "team:1"}).status_code == 400
    assert SpendingLimit.objects.count() == 0
    assert owner.post("/usage/limits", body).status_code == 303
    for _ in range(6):
        start(alice, *prompt("a fox"))
    [row] = signed_in(vera).get("/usage/limits").context["rows"]
    assert (row.used, row.left, row.percent, [step for step, _ in row.notices]) == (6, 4, 60, [50])
    assert owner.post(f"/usage/limits/{row.limit.pk}/delete").status_code == 303
    assert SpendingLimit.objects.count() == 0


def test_a_refusal_names_the_day_a_month_begins(alice):
    one = SimpleNamespace(period="month", credits=50, name="the key “CI”")
    refusal = SpendingLimitReached(one, required=40, left=12, ends_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert refusal.message == (
        "This run may cost 40 credits, but of the 50 credits a month for the key “CI” 12 are left. "
        "The limit resets at 1 December, 00:00 UTC; an owner of the team can raise it."
    )
    last = SpendingLimitReached(one, required=40, left=1, ends_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert "for the key “CI” 1 is left." in last.message
