"""Getting in with a password or a link, and out again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import Member, SignInLink, SignInTries, Team, User
from accounts.tries import PER_ADDRESS, PER_PERSON, WINDOW, client_address
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, email="alice@example.org", password=PASSWORD, **more):
    return client.post("/sign-in", {"email": email, "password": password, **more})


def is_in(client) -> bool:
    return SESSION_KEY in client.session


def test_the_right_password_lets_in_whatever_the_case_of_the_address(client, alice):
    answer = sign_in(client, email="Alice@Example.ORG")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_in(client)


@pytest.mark.parametrize(
    ("email", "password"), [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD)]
)
def test_wrong_passwords_and_unknown_people_get_the_same_answer(client, alice, email, password):
    answer = sign_in(client, email=email, password=password)
    assert answer.status_code == 401
    assert "E-mail and password do not match." in answer.content.decode()
    assert not is_in(client)


def test_a_field_left_out_is_a_refusal(client, alice):
    assert client.post("/sign-in", {"email": "alice@example.org"}).status_code == 400
    assert client.post("/sign-in", {"email": "a\x00@example.org", "password": "x"}).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/executions?page=2", "/executions?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_only_to_our_own_pages(client, alice, wanted, reached):
    assert sign_in(client, next=wanted).headers["Location"] == reached


def test_after_too_many_wrong_tries_even_the_right_password_waits(client, alice):
    for _ in range(PER_PERSON):
        assert sign_in(client, password="wrong").status_code == 401
    answer = sign_in(client)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= WINDOW.total_seconds()
    assert "Too many attempts to sign in. Try again in 15 minutes." in answer.content.decode()
    assert not is_in(client)


def test_the_wait_ends_with_the_window(client, alice):
    for _ in range(PER_PERSON):
        sign_in(client, password="wrong")
    SignInTries.objects.update(until=timezone.now())
    assert sign_in(client).status_code == 303


def test_tries_count_for_one_person_from_one_address(client, alice, charlie):
    for _ in range(PER_PERSON):
        sign_in(client, password="wrong")
    assert sign_in(client, email="charlie@example.org").status_code == 303
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 303


def test_one_address_cannot_try_everybody(client, alice):
    for number in range(PER_ADDRESS):
        assert sign_in(client, email=f"n{number}@example.org").status_code == 401
    assert sign_in(client).status_code == 429


def test_getting_in_forgets_the_failed_tries(client, alice):
    for _ in range(PER_PERSON - 1):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 303
    assert sign_in(Client(), password="wrong").status_code == 401


def test_forwarded_addresses_count_only_behind_a_configured_proxy(rf, settings):
    request = rf.get("/", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}, REMOTE_ADDR="10.0.0.1")
    assert client_address(request) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert client_address(request) == "203.0.113.7"


def test_a_link_lets_in_once(client, alice):
    path = actions.make_sign_in_link(user=alice)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.session[SESSION_KEY] == str(alice.pk)
    again = Client()
    assert again.get(path).status_code == 403
    assert not is_in(again)


def test_looking_at_a_link_does_not_use_it_up(client, alice):
    path = actions.make_sign_in_link(user=alice)
    assert client.head(path).status_code == 405
    assert client.get(path).status_code == 303


@pytest.mark.parametrize("path", ["/sign-in/link/", "/sign-in/link/nonsense"])
def test_an_empty_or_unknown_token_is_refused(client, alice, path):
    actions.make_sign_in_link(user=alice)
    SignInLink.objects.update(digest="")
    assert client.get(path).status_code == 403
    assert not is_in(client)
    assert actions.redeem_link(token="") is None


def test_a_link_ends_after_an_hour(client, alice):
    path = actions.make_sign_in_link(user=alice)
    link = SignInLink.objects.get()
    assert timedelta(minutes=59) < link.expires_at - timezone.now() <= timedelta(hours=1)
    SignInLink.objects.update(expires_at=timezone.now())
    assert client.get(path).status_code == 403
    assert SignInLink.objects.get().used_at is None


def test_a_link_does_not_let_in_who_is_locked_out(client, alice):
    path = actions.make_sign_in_link(user=alice)
    User.objects.update(is_active=False)
    assert client.get(path).status_code == 403


def test_the_token_of_a_link_is_stored_nowhere(alice):
    token = actions.make_sign_in_link(user=alice).rpartition("/")[2]
    assert token not in str(SignInLink.objects.values().get())


def test_somebody_in_no_team_is_told_so_instead_of_asked_again(client, alice):
    Member.objects.all().delete()
    assert sign_in(client).headers["Location"] == "/"
    answer = client.get("/", follow=True)
    assert answer.redirect_chain == [("/sign-in?next=/", 302)]
    assert "You are signed in as alice@example.org, but belong to no team any more." in answer.text
    assert "belong to no team" not in Client().get("/sign-in").text


def test_the_admin_pages_send_strangers_to_the_guarded_form(client, alice, signed_in):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1] == ("/sign-in?next=/admin/", 302)
    assert (
        client.post("/admin/login/", {"username": "alice@example.org", "password": PASSWORD}).status_code
        == 405
    )
    assert not is_in(client)
    assert signed_in(alice).get("/admin/", follow=True).status_code == 404
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert signed_in(alice).get("/admin/").status_code == 200


def test_signing_out_takes_a_post_with_the_token_of_the_page(signed_in, alice):
    browser = signed_in(alice, enforce_csrf_checks=True)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 403
    assert is_in(browser)
    browser = signed_in(alice)
    assert browser.post("/sign-out").headers["Location"] == "/sign-in"
    assert not is_in(browser)


def test_first_start_makes_one_owner_on_the_plan_without_limits(client, db):
    path = actions.first_start()
    member = Member.objects.get()
    assert (member.role, member.team.plan) == ("owner", "operator")
    assert member.team.limits.requests_per_minute is None
    assert path is not None
    assert client.get(path).status_code == 303


def test_a_new_start_prints_a_new_link_until_somebody_has_signed_in(client, db):
    first, second = actions.first_start(), actions.first_start()
    assert first != second
    assert (User.objects.count(), Team.objects.count()) == (1, 1)
    assert client.get(second).status_code == 303
    assert actions.first_start() is None


def test_first_start_does_nothing_where_somebody_exists(alice):
    assert actions.first_start() is None
    assert (User.objects.count(), Team.objects.count(), SignInLink.objects.count()) == (1, 1, 0)


def test_the_command_prints_a_link_for_one_person(client, alice, charlie, capsys, settings):
    settings.PUBLIC_URL = "https://flows.example.org"
    call_command("sign_in_link", email="charlie@example.org")
    link = capsys.readouterr().out.strip()
    assert link.startswith("https://flows.example.org/sign-in/link/")
    client.get(link.removeprefix("https://flows.example.org"))
    assert client.session[SESSION_KEY] == str(charlie.pk)
    with pytest.raises(CommandError):
        call_command("sign_in_link", email="nobody@example.org")


def test_two_people_cannot_share_an_address(alice):
    with pytest.raises(actions.WireflowError, match="uses this e-mail address already"):
        actions.create_user_and_team(email="ALICE@example.org")
    assert (User.objects.count(), Team.objects.count()) == (1, 1)


def test_a_start_forgets_sessions_that_are_over(signed_in, alice):
    signed_in(alice), signed_in(alice)
    gone = Session.objects.all()[0]
    Session.objects.filter(pk=gone.pk).update(expire_date=timezone.now())
    call_command("prepare")
    assert Session.objects.count() == 1
    assert not Session.objects.filter(pk=gone.pk).exists()
