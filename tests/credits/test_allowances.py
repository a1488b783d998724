"""What teams get each month by their plan, and by the operator's hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import teams
from accounts.models import Member, Team
from credits import allowances
from credits.actions import grant
from credits.ledger import faults
from credits.models import Entry, Wallet
from tests.factories import make_member, make_team, make_user, team_of
from wireflow_ui import selling
from wireflow_ui.selling import Allowance

pytestmark = pytest.mark.django_db


def with_people(name: str = "A team", *, plan: str) -> Team:
    return team_of(make_user(name.lower().replace(" ", "-"), plan=plan))


@pytest.fixture
def month(settings, monkeypatch):
    settings.ALLOWANCES = {"free": Allowance(100), "pro": Allowance(5000)}
    at = [datetime(2026, 1, 31, 23, 59, tzinfo=UTC)]
    monkeypatch.setattr(timezone, "now", lambda: at[0])
    return at


def test_an_allowance_is_given_once_a_month_and_what_is_left_stays(month):
    free, pro, operator = (with_people(plan, plan=plan) for plan in ("free", "pro", "operator"))
    assert [allowances.grant_due(), allowances.grant_due()] == [2, 0]
    month[0] = datetime(2026, 2, 1, tzinfo=UTC)
    assert [allowances.grant_due(), allowances.grant_due()] == [2, 0]
    assert {one.team_id: one.available for one in Wallet.objects.all()} == {free.pk: 200, pro.pk: 10_000}
    told = Entry.objects.filter(team=pro).order_by("id").values_list("kind", "note")
    assert list(told) == [("allowance", "January 2026, plan Pro"), ("allowance", "February 2026, plan Pro")]
    assert not Entry.objects.filter(team=operator).exists()
    assert faults() == []


def test_a_new_plan_counts_from_the_next_month_on(month):
    team = with_people(plan="free")
    allowances.grant_due()
    team.plan = "pro"
    team.save()
    assert allowances.grant_due() == 0
    month[0] = datetime(2026, 2, 1, tzinfo=UTC)
    allowances.grant_due()
    assert Wallet.objects.get(team=team).available == 5100


def test_many_teams_get_theirs_a_lot_at_a_time(month, monkeypatch):
    monkeypatch.setattr(allowances, "AT_ONCE", 2)
    for number in range(5):
        with_people(f"Team {number}", plan="free")
    assert [allowances.grant_due() for _ in range(4)] == [2, 2, 1, 0]


def test_a_team_that_everybody_left_gets_nothing(month):
    make_team(plan="free")
    assert allowances.grant_due() == 0
    assert not Entry.objects.exists()


def balances(*teams: Team) -> list[int]:
    got = dict(Wallet.objects.values_list("team", "available"))
    return [got.get(team.pk, 0) for team in teams]


def test_a_person_gets_one_however_many_teams_they_made(month, signed_in):
    first = with_people("Anna", plan="free")
    anna = first.members.get().user
    second, third = (teams.make_team(user=anna, name=name).team for name in ("Second", "Third"))
    assert [allowances.grant_due(), allowances.grant_due()] == [1, 0]
    assert balances(first, second, third) == [100, 0, 0]
    browser = signed_in(anna)
    assert "another team of whoever made this one" not in browser.get("/usage/credits").content.decode()
    browser.post("/settings/team", {"team": second.pk})
    page = browser.get("/usage/credits").content.decode()
    assert "They come once for each person" in page
    assert "This month it was another team of whoever made this one." in page

    month[0] = datetime(2026, 2, 1, tzinfo=UTC)  # the first team is another's from now on
    bob = make_member("bob", first, role="owner")
    first.members.filter(user=anna).delete()
    assert [allowances.grant_due(), allowances.grant_due()] == [1, 0]
    assert balances(first, second, third) == [100, 100, 0]

    month[0] = datetime(2026, 3, 1, tzinfo=UTC)
    Team.objects.filter(pk=third.pk).update(plan="pro")
    assert allowances.grant_due() == 1
    assert balances(first, second, third) == [100, 100, 5000]

    month[0] = datetime(2026, 4, 1, tzinfo=UTC)  # her number stays on the teams that others have now
    for team in (second, third):
        Member.objects.create(user=bob, team=team, role="owner")
    anna.delete()
    assert [allowances.grant_due(), allowances.grant_due()] == [1, 0]
    assert balances(first, second, third) == [100, 100, 10_000]
    assert faults() == []


def test_each_team_gets_its_own_where_the_operator_says_so(month, settings):
    settings.ALLOWANCES = {"free": Allowance(100, of_each_team=True)}
    first = with_people("Anna", plan="free")
    second = teams.make_team(user=first.members.get().user, name="Second").team
    assert allowances.grant_due() == 2
    assert balances(first, second) == [100, 100]


def test_what_a_team_got_before_it_went_by_persons_counts(month):
    first = with_people("Anna", plan="free")
    second = teams.make_team(user=first.members.get().user, name="Second").team
    grant(team=second, amount=100, reason="", reference=f"allowance:{second.pk}:2026-01", kind="allowance")
    assert allowances.grant_due() == 0
    assert balances(first, second) == [0, 100]


def test_without_allowances_nothing_is_asked(django_assert_num_queries):
    make_team(plan="free")
    with django_assert_num_queries(0):
        assert allowances.grant_due() == 0


def test_the_operator_grants_by_hand_once_for_a_reference(alice):
    for _ in range(2):
        call_command("grant_credits", email="alice@example.org", credits=50)
    call_command("grant_credits", team=team_of(alice).pk, credits=7, reference="bill 12")
    with pytest.raises(CommandError, match="made before"):
        call_command("grant_credits", team=team_of(alice).pk, credits=7, reference="bill 12")
    with pytest.raises(CommandError, match="0 teams"):
        call_command("grant_credits", email="nobody@example.org", credits=7)
    with pytest.raises(CommandError, match="one credit or more"):
        call_command("grant_credits", email="alice@example.org", credits=-7)
    assert Wallet.objects.get().available == 107


def test_what_is_given_and_sold_is_read_from_words_and_nonsense_is_refused():
    assert selling.allowances(["free=100", " pro = 5000/team"]) == {
        "free": Allowance(100), "pro": Allowance(5000, of_each_team=True),
    }  # fmt: skip
    assert selling.packages(["5000=48.50", "1000=10"]) == {1000: 1000, 5000: 4850}
    for words in (["gold=1"], ["free=-1"], ["free=0"], ["free"], ["free=1.5"], ["free=1/week"]):
        with pytest.raises(ImproperlyConfigured, match="WIREFLOW_ALLOWANCES"):
            selling.allowances(words)
    for words in (["1000"], ["1000=1,5"], ["1000=0.10"], ["0=5"], ["10=1e3"]):
        with pytest.raises(ImproperlyConfigured, match="WIREFLOW_CREDIT_PACKAGES"):
            selling.packages(words)
