"""API keys at the door of the REST API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.actor import actor_of
from accounts.api import needs, needs_by_method
from accounts.models import ApiKey, Member, User
from accounts.secrets import digest
from tests.factories import actor_for, bearer, make_key, team_of


class WhoView(APIView):
    permission_classes = [
        needs_by_method(
            GET=needs(("executions:read", "workflows:read")), POST=needs("workflows:write", role="editor")
        )
    ]

    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        return Response({"email": actor.user.email, "team": actor.team.pk, "role": actor.role})

    def post(self, request: Request) -> Response:
        return Response({"done": True}, status=201)


urlpatterns = [path("api/v1/who", WhoView.as_view())]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.test_keys")]


def get(client: Client, header: str | None) -> tuple[int, dict]:
    answer = client.get("/api/v1/who", headers={"Authorization": header} if header is not None else {})
    return answer.status_code, answer.json()


def refusal(text: str, code: str) -> tuple[int, dict]:
    return 401, {"error": text, "code": code, "type": "authentication_error"}


WRONG_FORMAT = refusal("Invalid API key format. Expected: Bearer sk-...", "invalid_key_format")


def test_a_key_acts_as_its_maker_in_its_team(client, bob):
    status, body = get(client, f"Bearer {make_key(bob)}")
    assert (status, body) == (
        200,
        {"email": "bob@example.org", "team": team_of(bob).pk, "role": "editor"},
    )


def test_without_a_header_the_answer_says_so(client, alice):
    assert get(client, None) == refusal("Missing Authorization header", "unauthenticated")
    assert client.get("/api/v1/who").headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic YTpi", "sk-123", "Bearer", "Bearer hello", "Bearer  "])
def test_a_header_of_another_form_is_refused(client, alice, header):
    assert get(client, header) == WRONG_FORMAT


def test_an_unknown_key_is_refused(client, alice):
    assert get(client, f"Bearer sk-{'0' * 48}") == refusal("Invalid API key", "invalid_key")


def test_a_deleted_key_works_no_more_at_once(client, alice):
    text = make_key(alice)
    assert get(client, f"Bearer {text}")[0] == 200
    actions.delete_api_key(actor=actor_for(alice), key_id=ApiKey.objects.get().pk)
    assert get(client, f"Bearer {text}") == refusal("Invalid API key", "invalid_key")


def test_an_expired_key_says_that_it_has_expired(client, alice):
    text = make_key(alice, expires_at=timezone.now() + timedelta(hours=1))
    assert get(client, f"Bearer {text}")[0] == 200
    ApiKey.objects.update(expires_at=timezone.now())
    assert get(client, f"Bearer {text}") == refusal("API key has expired", "key_expired")


def test_a_key_ends_with_the_membership_of_its_maker(client, alice, bob):
    text = make_key(bob)
    Member.objects.filter(user=bob).delete()
    assert get(client, f"Bearer {text}") == refusal("Invalid API key", "invalid_key")


def test_a_key_of_somebody_locked_out_is_refused(client, alice):
    text = make_key(alice)
    User.objects.update(is_active=False)
    assert get(client, f"Bearer {text}") == refusal("Invalid API key", "invalid_key")


def test_stored_key_texts_of_another_form_work_too(client, alice):
    make_key(alice)
    ApiKey.objects.update(digest=digest("wf_live_abc"))
    assert get(client, "Bearer wf_live_abc")[0] == 200


def test_a_missing_scope_is_named(client, alice):
    answer = client.post("/api/v1/who", headers=bearer(alice, scopes=["workflows:read"]))
    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Forbidden",
        "code": "insufficient_scope",
        "type": "invalid_request_error",
        "requiredScope": "workflows:write",
    }


@pytest.mark.parametrize("scope", ["executions:read", "workflows:read"])
def test_either_of_two_scopes_is_enough(client, alice, scope):
    assert client.get("/api/v1/who", headers=bearer(alice, scopes=[scope])).status_code == 200


def test_the_scope_is_asked_on_head_as_on_get(client, alice):
    headers = bearer(alice, scopes=["usage:read"])
    assert client.head("/api/v1/who", headers=headers).status_code == 403


def test_a_role_too_low_is_forbidden_whatever_the_key_may(client, alice, vera):
    answer = client.post("/api/v1/who", headers=bearer(vera))
    assert answer.status_code == 403
    assert (answer.json()["error"], answer.json()["code"]) == ("Forbidden", "forbidden")


def test_a_method_the_view_does_not_have_is_405_with_allow(client, alice):
    answer = client.delete("/api/v1/who", headers=bearer(alice))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    assert answer.json()["code"] == "method_not_allowed"


def test_the_text_of_a_key_is_stored_nowhere(alice):
    new = actions.create_api_key(user=alice, team=team_of(alice), name="k")
    assert len(new.text) == 51
    row = ApiKey.objects.values().get()
    assert all(new.text[11:] not in str(value) for value in row.values())
    assert (row["digest"], row["prefix"]) == (digest(new.text), new.text[:11])


def test_last_use_is_written_once_a_minute(client, alice, django_assert_num_queries):
    header = f"Bearer {make_key(alice)}"
    get(client, header)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        get(client, header)
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    get(client, header)
    assert ApiKey.objects.get().last_used_at >= first


def test_keys_are_made_only_with_known_scopes_and_by_members(alice, charlie):
    for team, scopes, name in (
        (team_of(alice), ["workflows:fly"], "k"),
        (team_of(alice), [], "k"),
        (team_of(alice), ["usage:read"], " "),
        (team_of(charlie), ["usage:read"], "k"),
    ):
        with pytest.raises(actions.WireflowError):
            actions.create_api_key(user=alice, team=team, name=name, scopes=scopes)
    assert not ApiKey.objects.exists()


def test_an_owner_sees_every_key_of_the_team_others_their_own(alice, bob, charlie):
    make_key(alice), make_key(bob), make_key(charlie)
    assert set(ApiKey.objects.visible_to(actor_for(alice)).values_list("user", flat=True)) == {
        alice.pk,
        bob.pk,
    }
    assert list(ApiKey.objects.visible_to(actor_for(bob)).values_list("user", flat=True)) == [bob.pk]


def test_nobody_deletes_a_key_they_do_not_see(alice, bob, charlie):
    make_key(alice)
    for stranger in (bob, charlie):
        with pytest.raises(actions.NotFound):
            actions.delete_api_key(actor=actor_for(stranger), key_id=ApiKey.objects.get().pk)
    assert ApiKey.objects.count() == 1


def test_a_session_may_read_without_a_token_and_holds_every_scope(signed_in, vera):
    answer = signed_in(vera, enforce_csrf_checks=True).get("/api/v1/who")
    assert (answer.status_code, answer.json()["email"]) == (200, "vera@example.org")


def test_a_session_call_that_writes_needs_the_csrf_token(signed_in, alice):
    browser = signed_in(alice, enforce_csrf_checks=True)
    refused = browser.post("/api/v1/who")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    assert browser.post("/api/v1/who", headers={"X-CSRFToken": token}).status_code == 201


def test_a_key_needs_no_csrf_token_and_goes_before_the_session(signed_in, alice, charlie):
    browser = signed_in(alice, enforce_csrf_checks=True)
    assert browser.post("/api/v1/who", headers=bearer(charlie)).status_code == 201
    answer = browser.get("/api/v1/who", headers=bearer(charlie))
    assert answer.json()["email"] == "charlie@example.org"


def test_a_wrong_key_does_not_fall_back_to_the_session(signed_in, alice):
    answer = signed_in(alice).get("/api/v1/who", headers={"Authorization": "Bearer sk-wrong"})
    assert answer.status_code == 401
