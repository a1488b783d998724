"""A provider that is out of order is left alone, tried once, and taken up again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from executions import breakers
from executions.models import Breaker
from providers.errors import (
    AuthFailed,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    ProviderError,
    RateLimited,
    ServerFault,
    Timeout,
    UnknownOutcome,
)

pytestmark = pytest.mark.django_db


def age(seconds: float) -> None:
    """As if so much time had passed."""
    for breaker in Breaker.objects.all():
        breaker.since -= timedelta(seconds=seconds)
        if breaker.open_until is not None:
            breaker.open_until -= timedelta(seconds=seconds)
        breaker.save()


def left() -> float:
    return (Breaker.objects.get().open_until - timezone.now()).total_seconds()


@pytest.mark.parametrize("kind", [AuthFailed, InsufficientFunds])
def test_a_refused_key_shuts_it_at_once_and_says_why(kind, caplog):
    breakers.note_failure("gemini", kind("Gemini refused the key of this server.", detail="HTTP 403"))
    assert caplog.messages == [
        "gemini is left alone for 30 s: Gemini refused the key of this server. (HTTP 403)"
    ]
    refusals = breakers.shut(["gemini", "fal"])
    assert set(refusals) == {"gemini"}
    assert type(refusals["gemini"]) is kind
    said = r"Gemini refused the key of this server\. Nothing is sent to gemini for another \d+ seconds\."
    assert re.fullmatch(said, refusals["gemini"].message)


def test_the_fifth_fault_within_a_minute_shuts_it_and_what_meets_it_waits():
    for _ in range(4):
        breakers.note_failure("fal", ServerFault("fal failed on its side (HTTP 500)."))
        assert breakers.shut(["fal"]) == {}
    breakers.note_failure("fal", UnknownOutcome("No answer came from fal."))
    refusal = breakers.shut(["fal"])["fal"]
    assert (type(refusal), refusal.retry_after) == (RateLimited, 10.0)
    assert refusal.message.startswith("No answer came from fal. Nothing is sent to fal for another ")


def test_faults_of_long_ago_do_not_count():
    for _ in range(4):
        breakers.note_failure("fal", ServerFault("x"))
    age(61)
    for _ in range(4):
        breakers.note_failure("fal", ServerFault("x"))
    assert breakers.shut(["fal"]) == {}


def test_what_says_nothing_about_the_next_call_does_not_count():
    for kind in (ContentBlocked, InvalidInput, ModelUnavailable, RateLimited, Timeout):
        for _ in range(6):
            breakers.note_failure("fal", kind("x"))
    assert breakers.shut(["fal"]) == {}


def test_after_its_time_one_call_is_let_through_and_a_success_closes_it():
    breakers.note_failure("fal", AuthFailed("x"))
    age(31)
    assert breakers.shut(["fal"]) == {}
    assert set(breakers.shut(["fal"])) == {"fal"}
    breakers.note_success("fal")
    assert (breakers.shut(["fal"]), Breaker.objects.count()) == ({}, 0)


def test_an_answer_in_good_order_closes_it_too():
    breakers.note_failure("fal", AuthFailed("x"))
    breakers.note_failure("fal", ContentBlocked("x"))
    assert breakers.shut(["fal"]) == {}


def test_each_failed_trial_shuts_it_for_twice_as_long_up_to_ten_minutes():
    error: ProviderError = AuthFailed("x")
    for wait in (30, 60, 120, 240, 480, 600, 600):
        breakers.note_failure("fal", error)
        assert wait - 20 < left() <= wait  # 20: for a machine that has much to do
        age(wait + 1)
        assert breakers.shut(["fal"]) == {}
        error = ServerFault("x")


def test_a_trial_nothing_is_heard_of_is_followed_by_another():
    breakers.note_failure("fal", AuthFailed("x"))
    age(31)
    assert breakers.shut(["fal"]) == {}
    age(breakers.TRIAL_SECONDS + 1)
    assert breakers.shut(["fal"]) == {}
