"""What the plans allow: contract §4, the headers of §1.1 and the refusals of §3.4."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import buckets, limits
from accounts.limits import LimitReached
from accounts.models import ApiKey, Bucket, Team
from accounts.plans import PLANS
from tests.accounts.buckets import calls, fill, on_plan, told
from tests.factories import bearer, make_team

pytestmark = pytest.mark.django_db

LIST = "/api/v1/workflows"


# Requests per minute


@pytest.mark.parametrize("plan", ["free", "starter", "pro", "enterprise"])
def test_every_plan_has_its_calls_per_minute_and_not_one_more(client, alice, plan):
    on_plan(alice, plan)
    headers, most = bearer(alice), PLANS[plan].requests_per_minute
    assert told(client.get(LIST, headers=headers)) == (most, most - 1)
    fill(calls(alice), most - 1)
    assert told(client.get(LIST, headers=headers)) == (most, 0)
    answer = client.get(LIST, headers=headers)
    wait = int(answer.headers["Retry-After"])
    assert 29 <= wait <= 30
    assert answer.status_code == 429
    assert answer.json() == {
        "error": "Too many requests. Please try again later.",
        "code": "rate_limited",
        "type": "rate_limit_error",
        "retryAfter": wait,
    }
    assert told(answer) == (most, 0)
    assert Bucket.objects.get().used == most


def test_all_keys_of_a_team_share_one_bucket_and_teams_do_not(client, alice, charlie):
    on_plan(alice, "free")
    on_plan(charlie, "free")
    client.get(LIST, headers=bearer(alice))
    assert told(client.get(LIST, headers=bearer(alice))) == (10, 8)
    assert told(client.get(LIST, headers=bearer(charlie))) == (10, 9)


def test_a_new_minute_begins_with_the_first_call_after_the_old_one(client, alice):
    on_plan(alice, "free")
    fill(calls(alice), 10, seconds=-0.01)
    before = time.time()
    answer = client.get(LIST, headers=bearer(alice))
    assert (answer.status_code, told(answer)) == (200, (10, 9))
    assert before + 60 <= int(answer.headers["X-RateLimit-Reset"]) <= time.time() + 61


def test_the_end_of_a_window_stands_while_it_fills(client, alice):
    on_plan(alice, "free")
    ends = {client.get(LIST, headers=bearer(alice)).headers["X-RateLimit-Reset"] for _ in range(3)}
    assert len(ends) == 1


def test_the_operator_is_not_limited_and_nothing_is_asked_for_it(client, alice):
    headers = bearer(alice)
    client.get(LIST, headers=headers)  # notes the use of the key
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(LIST, headers=headers)
    assert told(answer) == (1_000_000, 1_000_000)
    assert not Bucket.objects.exists()
    assert not [one for one in queries.captured_queries if "accounts_bucket" in one["sql"]]


def test_what_is_done_in_the_browser_is_no_api_call(client, alice, signed_in):
    on_plan(alice, "free")
    browser = signed_in(alice)
    for _ in range(12):
        answer = browser.get(LIST)
    assert (answer.status_code, told(answer)) == (200, (1_000_000, 1_000_000))
    assert not Bucket.objects.exists()


def test_a_key_without_the_scope_hears_that_first_and_is_counted(client, alice):
    on_plan(alice, "free")
    headers = bearer(alice, scopes=["usage:read"])
    answer = client.get(LIST, headers=headers)
    assert (answer.status_code, told(answer)) == (403, (10, 9))
    fill(calls(alice), 10)
    answer = client.get(LIST, headers=headers)
    assert (answer.status_code, told(answer)) == (403, (10, 0))
    assert "Retry-After" not in answer.headers


def test_a_used_up_minute_is_told_before_anything_is_looked_for(client, alice):
    on_plan(alice, "free")
    fill(calls(alice), 10)
    for place in ("/workflows/cm0", "/workflows/executions/x/poll", "/nothing"):
        assert client.get(f"/api/v1{place}", headers=bearer(alice)).status_code == 429


# Without a good key


def test_whoever_has_no_good_key_shares_the_bucket_of_their_address(client, alice):
    ApiKey.objects.all().delete()
    for number, headers in enumerate([{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer sk-x"}], 1):
        answer = client.get(LIST, headers=headers)
        assert (answer.status_code, told(answer)) == (401, (10, 10 - number))
    assert told(client.get("/api/v1/nothing")) == (10, 6)
    assert told(client.get(LIST, REMOTE_ADDR="198.51.100.7")) == (10, 9)


def test_an_address_that_used_up_its_minute_is_refused(client, db):
    for _ in range(10):
        assert client.get("/api/v1/nothing").status_code == 404
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, told(answer)) == (429, (10, 0))
    assert int(answer.headers["Retry-After"]) == answer.json()["retryAfter"]
    assert Bucket.objects.get().used == 10
    # That the key is missing comes first in the order of checks, and is what its owner can mend.
    answer = client.get(LIST)
    assert (answer.status_code, told(answer)) == (401, (10, 0))


def test_a_good_key_works_from_an_address_that_used_up_its_minute(client, alice):
    for _ in range(11):
        client.get("/api/v1/nothing")
    assert client.get(LIST, headers=bearer(alice)).status_code == 200


def test_forwarded_addresses_are_believed_of_configured_proxies_alone(client, db, settings):
    def ask(forwarded: str) -> int:
        return told(client.get(LIST, headers={"X-Forwarded-For": forwarded}))[1]

    assert [ask("1.1.1.1"), ask("2.2.2.2")] == [9, 8]
    settings.TRUSTED_PROXIES = 1
    assert [ask("1.1.1.1, 9.9.9.9"), ask("2.2.2.2, 9.9.9.9"), ask("9.9.9.9, 1.1.1.1")] == [9, 8, 9]


def test_the_addresses_of_one_ipv6_network_share_a_bucket(client, db):
    def ask(address: str) -> int:
        return told(client.get(LIST, REMOTE_ADDR=address))[1]

    assert [ask("2001:db8::1"), ask("2001:db8::ffff:1"), ask("2001:db8:0:1::1")] == [9, 8, 9]
    assert [ask("::ffff:203.0.113.7"), ask("203.0.113.7")] == [9, 8]
    assert not Bucket.objects.filter(name__contains="203").exists()


# Every answer


def test_every_kind_of_answer_carries_the_headers(client, alice, signed_in):
    headers = bearer(alice)
    browser = signed_in(alice, enforce_csrf_checks=True)
    answers = {
        200: client.get(LIST, headers=headers),
        400: client.post(LIST, "{", content_type="application/json", headers=headers),
        401: client.get(LIST),
        403: browser.post(LIST, "{}", content_type="application/json"),
        404: client.get("/api/v1/nothing"),
        405: client.patch(LIST, headers=headers),
        415: client.post(LIST, "<a/>", content_type="text/xml", headers=headers),
    }
    assert answers[403].json()["code"] == "csrf_failed"
    for status, answer in answers.items():
        assert answer.status_code == status
        told(answer)
        assert answer.headers["X-Request-Id"].startswith("req_")
        assert "Retry-After" not in answer.headers
    for answer in (client.get("/api"), client.get(LIST, headers={"Host": "evil.example"})):
        told(answer)
    assert "X-RateLimit-Limit" not in client.get("/nothing").headers


def test_a_preflight_carries_them_and_is_not_counted(client, alice):
    for _ in range(12):
        answer = client.options(LIST)
        assert (answer.status_code, told(answer)) == (200, (10, 10))
    assert not Bucket.objects.exists()


class OpenView(APIView):
    """Counts nothing by itself, as the door of a webhook."""

    authentication_classes: list = []
    permission_classes: list = []
    throttle_classes: list = []

    def post(self, request: Request) -> Response:
        return Response({"done": True})


urlpatterns = [path("api/v1/open", OpenView.as_view())]


@pytest.mark.urls(__name__)
def test_what_was_done_without_counting_is_not_refused_afterwards(client):
    for _ in range(11):
        client.get("/api/v1/nothing")
    answer = client.post("/api/v1/open")
    assert (answer.status_code, answer.json(), told(answer)) == (200, {"done": True}, (10, 0))


def test_an_unknown_address_counts_for_the_team_of_a_good_key(client, alice):
    on_plan(alice, "free")
    assert told(client.get("/api/v1/nothing", headers=bearer(alice))) == (10, 9)
    assert Bucket.objects.get().name == calls(alice)


def test_a_crash_and_a_database_that_is_away_carry_them(client, alice, monkeypatch):
    from django.db import OperationalError

    client.raise_request_exception = False
    on_plan(alice, "free")
    headers = bearer(alice)
    for error, status, expected in (
        (RuntimeError("x"), 500, (10, 9)),
        (OperationalError("away"), 503, (10, 8)),
    ):

        def fail(*args, error=error, **kwargs):
            raise error

        monkeypatch.setattr("workflows.api.listed_for", fail)
        answer = client.get(LIST, headers=headers)
        assert (answer.status_code, told(answer)) == (status, expected)


# Starts, as `executions.actions` counts them


def take(team: Team, runs: int = 1) -> None:
    with transaction.atomic():
        limits.take_start(team=team, runs=runs)


def test_ten_starts_a_minute_on_every_plan_but_the_operators():
    for plan in ("free", "starter", "pro", "enterprise"):
        team = make_team(plan=plan)
        for _ in range(10):
            take(team)
        with pytest.raises(LimitReached) as refused:
            take(team)
        body = refused.value.as_body()
        assert 1 <= body.pop("retryAfter") <= 60
        assert body == {
            "error": "Too many workflow executions. Please try again later.",
            "code": "rate_limited",
            "type": "rate_limit_error",
        }
    team = make_team()
    for _ in range(12):
        take(team)
    assert not Bucket.objects.filter(name__contains=f"team {team.pk}").exists()


def test_the_day_ends_at_midnight_utc():
    team = make_team(plan="free")
    take(team, runs=50)
    with pytest.raises(LimitReached) as refused:
        take(team)
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert refused.value.code == "daily_limit_exceeded"
    assert refused.value.context["retryAfter"] == pytest.approx((midnight - now).total_seconds(), abs=2)
    assert refused.value.headers["X-RateLimit-Limit"] == "50"
    assert int(refused.value.headers["X-RateLimit-Reset"]) == pytest.approx(midnight.timestamp(), abs=2)
    assert limits.use_of(team)["starts"].used == 1  # what the day refused, the minute got back
    assert limits.use_of(team)["day"].used == 50


def test_several_runs_of_one_start_count_once_for_the_minute_and_all_for_the_day():
    team = make_team(plan="free")
    take(team, runs=30)
    with pytest.raises(LimitReached, match="20 of them are left"):
        take(team, runs=21)
    take(team, runs=20)
    assert {name: use.used for name, use in limits.use_of(team).items()} == {
        "calls": 0,
        "starts": 2,
        "day": 50,
    }


def test_a_bucket_that_another_call_made_in_between_is_taken_from(db):
    others = iter([Bucket(name="starts", used=3, ends_at=datetime.now(UTC) + timedelta(minutes=1))])

    def fill_before_looking(execute, sql, *args):
        if sql.startswith("SELECT"):
            for bucket in others:
                bucket.save(force_insert=True)
        return execute(sql, *args)

    with connection.execute_wrapper(fill_before_looking):
        level = buckets.take_stored("starts", limit=4)
    assert (level.is_granted, level.used) == (True, 4)
    assert not buckets.take_stored("starts", limit=4).is_granted


def test_a_start_outside_of_its_transaction_is_a_mistake(transactional_db):
    with pytest.raises(RuntimeError):
        limits.take_start(team=make_team(plan="free"))


def test_old_buckets_are_removed_and_others_stay(db):
    fill("old", 3, seconds=-61)
    fill("new", 3)
    buckets.forget_old()
    assert list(Bucket.objects.values_list("name", flat=True)) == ["new"]
