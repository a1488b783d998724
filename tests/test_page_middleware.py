"""What calls with a key pass by, and what those of the dashboard do not."""

from __future__ import annotations

import pytest

from tests.factories import bearer, make_user

pytestmark = pytest.mark.django_db

LIST = "/api/v1/workflows"


def test_a_key_is_who_calls_whatever_session_comes_with_it(client, django_assert_num_queries):
    alice, bob = make_user("alice"), make_user("bob")
    client.force_login(bob)
    headers = bearer(alice)
    assert client.get(LIST, headers=headers).status_code == 200
    with django_assert_num_queries(2):  # the key and the list: nobody asks for the session
        answer = client.get(LIST, headers=headers)
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert not answer.cookies


def test_a_call_of_the_dashboard_still_needs_its_token(client):
    alice = make_user("alice")
    client.handler.enforce_csrf_checks = True
    client.force_login(alice)
    assert client.get(LIST).status_code == 200
    refused = client.post(LIST, {"name": "x", "nodes": [], "edges": []}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")


def test_a_header_of_a_page_is_no_key(client):
    alice = make_user("alice")
    client.force_login(alice)
    page = client.get("/", headers={"Authorization": "Basic eDp5"}, follow=True)
    assert page.status_code == 200
    assert page.context["user"] == alice


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("http://testserver/usage/limits?subject=team", "/usage/limits?subject=team"),
        ("http://elsewhere.example.org/usage/limits", None),
        ("http://testserver//elsewhere.example.org/", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_what_was_refused_leads_back_to_the_page_of_ours_it_was_pressed_on(client, came, back):
    client.force_login(make_user("alice"))
    headers = {"Referer": came, "Host": "testserver"}
    page = client.post("/usage/limits", {"credits": "none"}, headers=headers)
    shown = page.content.decode()
    assert page.status_code == 400 and ("Back to where you were" in shown) == (back is not None)
    assert back is None or f'href="{back}"' in shown
