"""Where a person is signed in, how that ends, and how an account does."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.actions import make_sign_in_link
from accounts.browsers import SEEN, device_of
from accounts.models import ApiKey, AuditEntry, Browser, Member, User
from tests.executions.runs import make_workflow, prompt
from tests.factories import PASSWORD, bearer, make_member, team_of
from tests.triggers.callers import call, opened

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def page(answer) -> str:
    return unescape(answer.content.decode())


def browser(user: User, agent: str, address: str) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert client.post("/sign-in", {"email": user.email, "password": PASSWORD}).status_code == 303
    return client


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("curl/8.5.0", "curl"),
        ("", "A browser"),
        ("<script>", "A browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent, name):
    assert device_of(agent) == name


def test_one_browser_or_all_others_are_signed_out(alice):
    here, phone = browser(alice, FIREFOX, "203.0.113.7"), browser(alice, IPHONE, "203.0.113.8")
    text = page(here.get("/settings?tab=security"))
    assert 'Firefox on Linux <span class="chip good">this one' in text
    assert "Safari on iPhone" in text and "203.0.113.8" in text
    number = Browser.objects.get(device="Safari on iPhone").pk
    assert here.post(f"/settings/browsers/{number}/end").status_code == 303
    assert phone.get("/settings").status_code == 302
    assert here.post(f"/settings/browsers/{number}/end").status_code == 404
    again = browser(alice, IPHONE, "203.0.113.8")
    assert here.post("/settings/browsers/end-others").status_code == 303
    assert (here.get("/settings").status_code, again.get("/settings").status_code) == (200, 302)
    assert Browser.objects.get().device == "Firefox on Linux"


@pytest.mark.parametrize("way", ["password", "link", "while signed in"])
def test_a_session_that_was_never_used_is_signed_out_as_well(alice, way):
    here, other = browser(alice, FIREFOX, "203.0.113.7"), Client()
    if way == "link":
        other.get(make_sign_in_link(user=alice))
    else:
        for _ in range(1 if way == "password" else 2):  # the second changes the key of the session
            other.post("/sign-in", {"email": alice.email, "password": PASSWORD})
    assert SESSION_KEY in other.session
    here.post("/settings/browsers/end-others")
    assert (here.get("/settings").status_code, other.get("/settings").status_code) == (200, 302)


def test_signing_out_the_browser_one_sits_at_leads_to_the_door(alice):
    here = browser(alice, FIREFOX, "203.0.113.7")
    answer = here.post(f"/settings/browsers/{Browser.objects.get().pk}/end")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert here.get("/settings").status_code == 302


def test_nobody_signs_out_the_browsers_of_others(alice, bob):
    here = browser(alice, FIREFOX, "203.0.113.7")
    number = Browser.objects.get().pk
    other = browser(bob, IPHONE, "203.0.113.8")
    assert other.post(f"/settings/browsers/{number}/end").status_code == 404
    other.post("/settings/browsers/end-others")
    assert here.get("/settings").status_code == 200


def test_signed_out_browsers_leave_the_list_and_a_new_password_keeps_this_one(alice):
    here, phone = browser(alice, FIREFOX, "203.0.113.7"), browser(alice, IPHONE, "203.0.113.8")
    phone.post("/sign-out")
    here.get("/settings?tab=security")
    assert Browser.objects.get().device == "Firefox on Linux"
    here.post("/settings/password", {"old": PASSWORD, "new": "seven blue paper boats"})
    assert "this one" in page(here.get("/settings?tab=security"))
    assert Browser.objects.get().session == here.session.session_key


def test_being_seen_is_written_down_now_and_then(alice, django_assert_num_queries):
    here = browser(alice, FIREFOX, "203.0.113.7")
    seen = Browser.objects.get().seen_at
    here.get("/settings")
    assert Browser.objects.get().seen_at == seen
    session = here.session
    session[SEEN] -= 301
    session.save()
    here.get("/settings")
    assert Browser.objects.get().seen_at > seen


# Deleting one's account


def leave(client: Client, user: User, **given: str):
    return client.post("/settings/delete-account", {"email": user.email, "password": PASSWORD, **given})


def test_a_person_deletes_their_account_and_what_they_made_stays(client, signed_in, alice, bob):
    workflow = make_workflow(bob, *prompt("a boat"))
    key, here, phone = bearer(bob), signed_in(bob), browser(bob, IPHONE, "203.0.113.8")
    answer = leave(here, bob)
    assert (answer.status_code, "Your account is deleted" in page(answer)) == (200, True)
    assert client.get("/api/v1/workflows", headers=key).status_code == 401
    assert phone.get("/settings").status_code == here.get("/settings").status_code == 302
    assert not Member.objects.filter(user=bob).exists() and not ApiKey.objects.exists()
    bob.refresh_from_db()
    assert (bob.email, bob.name, bob.is_active) == (f"deleted-{bob.pk}@invalid", "Somebody who left", False)
    assert not client.login(username="bob@example.org", password=PASSWORD)
    workflow.refresh_from_db()
    assert (workflow.team, workflow.created_by) == (team_of(alice), bob)
    assert AuditEntry.objects.get(action="member.left").who == "bob@example.org"


@pytest.mark.parametrize("given", [{"email": "x@example.org"}, {"password": "wrong"}])
def test_an_account_is_not_deleted_by_mistake(signed_in, alice, bob, given):
    here = signed_in(bob)
    assert leave(here, bob, **given).status_code == 400
    assert here.get("/settings").status_code == 200


def test_a_stolen_session_does_not_guess_the_password(signed_in, bob):
    here = signed_in(bob)
    for _ in range(5):
        assert leave(here, bob, password="wrong").status_code == 400
        here.post("/settings/password", {"old": "wrong", "new": "seven blue paper boats"})
    assert leave(here, bob).status_code == 429
    refused = here.post("/settings/password", {"old": PASSWORD, "new": "seven blue paper boats"})
    assert (refused.status_code, "Too many attempts" in page(refused)) == (400, True)
    bob.refresh_from_db()
    assert (bob.is_active, bob.check_password(PASSWORD)) == (True, True)


def test_the_only_owner_of_others_is_told_what_to_do(signed_in, alice, bob):
    here = signed_in(alice)
    assert "hand it over, or remove its members" in page(here.get("/settings?tab=security"))
    answer = leave(here, alice)
    assert answer.status_code == 400
    assert Member.objects.filter(user=alice).exists() and User.objects.get(pk=alice.pk).is_active


def test_the_only_operator_stays(signed_in, alice):
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    assert leave(signed_in(alice), alice).status_code == 400
    assert User.objects.get(pk=alice.pk).is_active


def test_a_team_that_nobody_is_left_in_is_closed(client, signed_in, alice):
    webhook_id = opened(make_workflow(alice, *prompt("a boat")))
    make_member("zoe", team_of(alice), role="owner")
    assert call(client, webhook_id).status_code == 202
    Member.objects.filter(user__email="zoe@example.org").delete()
    assert leave(signed_in(alice), alice).status_code == 200
    assert call(client, webhook_id).status_code == 404
