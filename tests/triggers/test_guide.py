"""Feedback and the guidelines for agents: contract §9.6."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Bucket
from tests.accounts.buckets import fill
from tests.executions.doors import Api
from tests.factories import team_of
from tests.triggers.at_once import at_once
from triggers.models import Feedback

WORDS = {"title": "No tiger node", "body": "I looked for one."}


def minute(user) -> str:
    return f"feedback of user {user.pk}, minute"


def hour(user) -> str:
    return f"feedback of user {user.pk}, hour"


def test_feedback_is_kept_with_who_sent_it(api, alice):
    context = {"route": "/nodes", "workflowId": "cm1", "repro": "GET /nodes"}
    answer = api.post("/feedback", {**WORDS, "category": "missing-capability", "context": context})
    row = Feedback.objects.get()
    assert (answer.status_code, set(answer.json()), answer.json()["id"]) == (
        201,
        {"id", "message"},
        str(row.pk),
    )
    assert (row.title, row.body, row.category, row.context) == (
        WORDS["title"],
        WORDS["body"],
        "missing-capability",
        context,
    )
    assert (row.user, row.team) == (alice, team_of(alice))


def test_a_session_and_a_key_of_any_scope_may_send_it(client, signed_in, alice, vera):
    assert Api(client, vera, scopes=["usage:read"]).post("/feedback", WORDS).status_code == 201
    answer = signed_in(alice).post("/api/v1/feedback", WORDS, content_type="application/json")
    assert answer.status_code == 201
    assert set(Feedback.objects.values_list("category", flat=True)) == {"other"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "x"},
        {"body": "x"},
        {**WORDS, "title": ""},
        {**WORDS, "title": "x" * 201},
        {**WORDS, "body": "x" * 10_001},
        {**WORDS, "category": "praise"},
        {**WORDS, "context": "here"},
        [],
    ],
)
def test_what_says_nothing_or_too_much_is_refused(api, body):
    assert api.post("/feedback", body).status_code == 400
    assert not Feedback.objects.exists()
    assert not Bucket.objects.exists()


def test_get_is_not_allowed(api):
    answer = api.get("/feedback")
    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (405, True)


def test_five_a_minute_and_ten_an_hour(api, alice):
    fill(hour(alice), 4, seconds=3_000)
    assert [api.post("/feedback", WORDS).status_code for _ in range(5)] == [201] * 5
    answer = api.post("/feedback", WORDS)
    assert (answer.status_code, answer.json()["code"]) == (429, "feedback_burst_limited")
    assert int(answer.headers["Retry-After"]) == answer.json()["retryAfter"] <= 60
    fill(minute(alice), 0)
    assert api.post("/feedback", WORDS).status_code == 201
    answer = api.post("/feedback", WORDS)
    assert (answer.status_code, answer.json()["code"]) == (429, "feedback_rate_limited")
    assert 2_900 < answer.json()["retryAfter"] <= 3_000
    assert (Feedback.objects.count(), Bucket.objects.get(name=hour(alice)).used) == (6, 10)


def test_another_person_has_limits_of_their_own(client, alice, bob):
    fill(hour(alice), 10)
    assert Api(client, alice).post("/feedback", WORDS).status_code == 429
    assert Api(client, bob).post("/feedback", WORDS).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_five(api):
    def send() -> int:
        caller = Client()
        answer = caller.post("/api/v1/feedback", WORDS, content_type="application/json", headers=api.headers)
        return answer.status_code

    statuses = at_once([send] * 20)
    assert (statuses.count(201), statuses.count(429), Feedback.objects.count()) == (5, 15, 5)


def test_the_guidelines_are_text_for_who_has_a_key(client, api):
    answer = api.get("/agent-guidelines")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert answer.content.decode().startswith("# Working with this server")
    assert client.get("/api/v1/agent-guidelines").status_code == 401
