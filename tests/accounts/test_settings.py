"""The settings pages: profile, keys, team."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from accounts import actions
from accounts.models import ApiKey, Member, SignInLink, User
from accounts.roles import Role
from tests.factories import PASSWORD, actor_for, make_key, team_of

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


@pytest.mark.parametrize("tab", ["profile", "members", "api-keys", "team", "nonsense"])
def test_every_tab_shows_and_asks_strangers_to_sign_in(client, signed_in, alice, tab):
    assert signed_in(alice).get(f"/settings?tab={tab}").status_code == 200
    answer = client.get(f"/settings?tab={tab}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in?next=/settings%3Ftab%3D{tab}"


def test_the_link_of_the_client_help_text_opens_the_keys(signed_in, alice):
    assert "New key" in page(signed_in(alice).get("/settings?tab=api-keys&section=api-keys"))


def test_a_new_key_is_shown_once(signed_in, alice):
    browser = signed_in(alice)
    answer = browser.post("/settings/api-keys", {"name": "ci", "scopes": ["workflows:read"], "days": "30"})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    (text,) = set(re.findall(r"sk-[0-9a-f]{48}", page(answer)))
    key = ApiKey.objects.get()
    assert (key.name, key.scopes, key.prefix) == ("ci", ["workflows:read"], text[:11])
    assert round((key.expires_at - key.created_at) / timedelta(days=1)) == 30
    assert text not in page(browser.get("/settings?tab=api-keys"))


def test_a_key_without_scopes_or_name_is_not_made(signed_in, alice):
    answer = signed_in(alice).post("/settings/api-keys", {"name": ""})
    assert answer.status_code == 400
    assert "Choose at least one" in page(answer)
    assert not ApiKey.objects.exists()


def test_deleting_a_key_is_for_those_who_see_it(signed_in, alice, bob, charlie):
    make_key(bob)
    path = f"/settings/api-keys/{ApiKey.objects.get().pk}/delete"
    assert signed_in(charlie).post(path).status_code == 404
    assert ApiKey.objects.count() == 1
    assert signed_in(alice).post(path).headers["Location"] == "/settings?tab=api-keys"
    assert not ApiKey.objects.exists()


def test_htmx_gets_nothing_in_place_of_the_deleted_row(signed_in, alice):
    make_key(alice)
    answer = signed_in(alice).post(
        f"/settings/api-keys/{ApiKey.objects.get().pk}/delete", headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.content) == (200, b"")


def test_changing_the_password_asks_the_old_one_and_keeps_this_session_only(signed_in, alice):
    browser, other = signed_in(alice), signed_in(alice)
    wrong = browser.post("/settings/password", {"old": "nope", "new": "seven blue paper boats"})
    assert (wrong.status_code, "The current password is wrong." in page(wrong)) == (400, True)
    assert User.objects.get().check_password(PASSWORD)

    done = browser.post("/settings/password", {"old": PASSWORD, "new": "seven blue paper boats"})
    assert done.status_code == 303
    assert User.objects.get().check_password("seven blue paper boats")
    assert browser.get("/settings").status_code == 200
    assert other.get("/settings").status_code == 302


def test_a_new_password_ends_the_links_that_nobody_used_yet(client, signed_in, alice, charlie):
    path, theirs = actions.make_sign_in_link(user=alice), actions.make_sign_in_link(user=charlie)
    refused = signed_in(alice).post("/settings/password", {"old": PASSWORD, "new": "short"})
    assert (refused.status_code, SignInLink.objects.count()) == (400, 2)
    signed_in(alice).post("/settings/password", {"old": PASSWORD, "new": "seven blue paper boats"})
    assert client.get(path).status_code == 403
    assert client.get(theirs).status_code == 303


def test_a_weak_password_is_refused(signed_in, alice):
    answer = signed_in(alice).post("/settings/password", {"old": PASSWORD, "new": "short"})
    assert (answer.status_code, "too short" in page(answer)) == (400, True)
    assert User.objects.get().check_password(PASSWORD)


def test_somebody_without_a_password_sets_one_without_an_old_one(client, db):
    client.get(actions.first_start())
    answer = client.post("/settings/password", {"new": "seven blue paper boats"})
    assert answer.status_code == 303
    assert User.objects.get().check_password("seven blue paper boats")


def test_name_and_address_can_be_changed_but_not_to_somebody_elses(signed_in, alice, charlie):
    browser = signed_in(alice)
    taken = browser.post("/settings/profile", {"name": "A", "email": "Charlie@example.org"})
    assert (taken.status_code, "uses this e-mail address already" in page(taken)) == (400, True)
    assert User.objects.get(pk=alice.pk).email == "alice@example.org"
    browser.post("/settings/profile", {"name": "Ally", "email": "Ally@example.org"})
    assert User.objects.values_list("name", "email").get(pk=alice.pk) == ("Ally", "ally@example.org")


def test_the_session_remembers_the_chosen_team(signed_in, alice, charlie):
    theirs = team_of(alice)
    Member.objects.create(user=charlie, team=theirs, role="viewer")
    browser = signed_in(charlie)
    own = team_of(charlie)
    assert own.name in page(browser.get("/settings?tab=api-keys"))
    assert browser.post("/settings/team", {"team": theirs.pk}).status_code == 303
    assert theirs.name in page(browser.get("/settings?tab=api-keys"))
    assert browser.post("/settings/team", {"team": "x"}).status_code == 404
    Member.objects.filter(user=charlie, team=theirs).delete()
    assert own.name in page(browser.get("/settings?tab=api-keys"))


@pytest.mark.parametrize("given", ["", "x", "²", "9" * 18, "9" * 5000])
def test_a_team_that_cannot_be_is_not_found(signed_in, alice, given):
    assert signed_in(alice).post("/settings/team", {"team": given}).status_code == 404


def test_nobody_chooses_a_team_of_others(signed_in, alice, charlie):
    browser = signed_in(charlie)
    assert browser.post("/settings/team", {"team": team_of(alice).pk}).status_code == 404
    assert team_of(charlie).name in page(browser.get("/settings?tab=team"))


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"view"}),
        ("runner", {"view", "run"}),
        ("editor", {"view", "run", "edit"}),
        ("owner", {"view", "run", "edit", "manage"}),
    ],
)
def test_a_role_contains_the_roles_below_it(alice, role, allowed):
    actor = actor_for(alice)
    Member.objects.update(role=Role(role))
    actor = actor_for(alice)
    assert {action for action in ("view", "run", "edit", "manage") if actor.may(action)} == allowed


def test_an_anonymous_call_asks_the_database_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/sign-in")


def test_the_page_of_the_keys_says_how_to_call_with_one(signed_in, alice, settings):
    settings.PUBLIC_URL = "https://flows.example.org"
    browser = signed_in(alice)
    text = page(browser.get("/settings?tab=api-keys"))
    call = "https://flows.example.org/api/v1/workflows"
    assert f'<code>curl -H "Authorization: Bearer sk-your-key" {call}</code>' in text
    assert '<a href="/docs">' in text
    made = browser.post("/settings/api-keys", {"name": "ci", "scopes": ["workflows:read"], "days": ""})
    assert f"Bearer {made.context['new_key'].text}" in made.content.decode()


def test_whoever_sets_a_password_reads_the_address_it_is_for(signed_in, alice):
    text = page(signed_in(alice).get("/settings?tab=profile"))
    assert "You sign in as <strong>alice@example.org</strong>." in text
    assert "this installation began with" not in text
    User.objects.filter(pk=alice.pk).update(email=actions.FIRST_OWNER)
    assert "this installation began with" in page(signed_in(alice).get("/settings?tab=profile"))


def test_the_sign_in_page_names_the_command_that_lets_the_owner_in(client, db):
    text = page(client.get("/sign-in"))
    assert ">bin/manage sign_in_link</code> for the owner" in text
    assert "you@example.org" not in text
