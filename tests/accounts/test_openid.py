"""Signing in by OpenID Connect: over a socket to a double that speaks a provider's wire format."""

from __future__ import annotations

import ssl
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import AuditEntry, Browser, Identity, User
from accounts.openid_views import BEGUN, MOST
from accounts.tries import PER_ADDRESS
from providers import openid
from tests.accounts.openid_house import (
    PAGE,
    at_provider,
    come,
    counts,
    house,
    is_in,
    link,
    page,
    refused,
    sent_to,
)
from tests.doubles.openid import OpenIdBehindTls
from tests.doubles.server import running
from tests.factories import PASSWORD, team_of

__all__ = ["house"]

pytestmark = pytest.mark.django_db


def test_a_linked_person_comes_in_and_the_wanted_page_opens(client, alice, signed_in, house):
    here = signed_in(alice)
    assert "From now on you can sign in with Example ID." in page(link(here))
    kept = Identity.objects.get()
    assert (kept.user, kept.issuer, kept.subject) == (alice, house.url, house.person["sub"])
    assert "Sign in with Example ID" in page(client.get("/sign-in?next=/assets"))
    answer = come(client, next="/assets")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/assets")
    assert client.session[SESSION_KEY] == str(alice.pk)
    assert Browser.objects.get(session=client.session.session_key).way == "openid"
    assert "by OpenID Connect, <time" in page(client.get(PAGE))
    asked = parse_qs(urlsplit(next(call.path for call in house.calls if "/authorize" in call.path)).query)
    assert asked["redirect_uri"] == ["http://testserver/sign-in/openid/back"]
    assert (asked["scope"], asked["code_challenge_method"]) == (["openid email profile"], ["S256"])
    assert house.secret not in str(asked)


def test_an_equal_address_opens_no_account(client, alice, house, settings):
    house.person["email"] = alice.email
    before = counts()
    refused(client, come(client), "No account here is linked to this sign-in", 403)
    settings.OPENID_NEW_ACCOUNTS = True
    refused(client, come(client), f"There is an account with the address {alice.email}, not linked", 403)
    assert counts() == before


def test_somebody_new_gets_an_account_and_a_team_where_that_is_wanted(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    settings.OPENID_DOMAINS = frozenset({"corp.example"})
    assert come(client).headers["Location"] == "/"
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == ("ada@corp.example", "Ada Byron", False)
    assert (team_of(user).plan, user.memberships.get().role) == ("free", "owner")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes) == ("member.signed_up", {"Example ID": [None, "ada@corp.example"]})
    house.person["email"] = "countess@corp.example"  # a name that may change; the subject does not
    assert come(Client()).status_code == 303
    assert (User.objects.count(), Identity.objects.get().email) == (1, "ada@corp.example")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"email": "ada@elsewhere.example"}, "Example ID only people with an address at corp.example"),
        ({"email": "ada@corp.example.evil"}, "Example ID only people with an address at corp.example"),
        ({"email_verified": False}, "Example ID only people with an address at corp.example"),
        ({"email_verified": None}, "Example ID only people with an address at corp.example"),
    ],
)
def test_whose_address_is_elsewhere_or_not_verified_is_refused(client, house, settings, told, sentence):
    settings.OPENID_NEW_ACCOUNTS, settings.OPENID_DOMAINS = True, frozenset({"corp.example"})
    house.claims = told
    refused(client, come(client), sentence, 403)
    assert counts() == (0, 0, 0, 0)


def test_addresses_count_unverified_where_the_operator_knows_them_to_be_right(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    house.claims = {"email_verified": None}
    refused(client, come(client), "does not say which e-mail address is surely yours", 403)
    settings.OPENID_TRUSTS_ADDRESSES = True
    assert come(client).status_code == 303
    assert User.objects.get().email == "ada@corp.example"


def test_a_provider_that_tells_more_only_when_asked_is_asked(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS, house.is_short = True, True
    assert come(client).status_code == 303
    assert User.objects.get().email == "ada@corp.example"
    house.claims, house.person = {"email_verified": True}, {"sub": "another", "email": "eve@corp.example"}
    other = Client()
    refused(other, come(other), "does not say which e-mail address is surely yours", 403)


DOUBTFUL = "does not prove who you are"


@pytest.mark.parametrize(
    ("claims", "signed"),
    [
        ({"nonce": "another"}, "RS256"),
        ({"nonce": None}, "RS256"),
        ({"aud": "somebody-else"}, "RS256"),
        ({"aud": ["wireflow", "somebody-else"], "azp": "somebody-else"}, "RS256"),
        ({"aud": None}, "RS256"),
        ({"iss": "https://evil.example"}, "RS256"),
        ({"exp": 1_000_000_000}, "RS256"),
        ({"exp": None}, "RS256"),
        ({"iat": 4_000_000_000}, "RS256"),
        ({"sub": ""}, "RS256"),
        ({"sub": "x" * 256}, "RS256"),
        ({"sub": 7}, "RS256"),
        ({"at_hash": "AAAA"}, "RS256"),
        ({}, "another key"),
        ({}, "none"),
        ({}, "HS256"),
    ],
    ids=str,
)
def test_a_token_that_proves_nothing_lets_nobody_in(client, house, settings, claims, signed):
    settings.OPENID_NEW_ACCOUNTS = True
    house.claims, house.signed = claims, signed
    refused(client, come(client), DOUBTFUL, 403)
    assert counts() == (0, 0, 0, 0)


def test_keys_that_are_not_understood_are_passed_over(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    house.more_keys = [
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA", "kid": "of an unknown curve"},
        {"kty": "OKP", "crv": "Ed999", "x": "AA"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": 7, "e": "AQAB"},
        {"kty": "RSA", "n": "é", "e": "AQAB"},
        {"n": "AA", "e": "AQAB"},
        "no key",
    ]
    assert come(client).status_code == 303
    house.shows_own_key = False
    stranger = Client()
    refused(stranger, come(stranger), DOUBTFUL, 403)
    assert User.objects.count() == 1


def test_a_return_that_was_not_begun_here_or_was_used_is_refused(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    sentence = "This sign-in was not begun in this browser, or too long ago."
    begun = client.post("/sign-in/openid")
    path = at_provider(sent_to(begun))
    stranger = Client()
    refused(stranger, stranger.get(path), sentence, 400)
    changed = path.replace("state=", "state=x")
    refused(client, client.get(changed), sentence, 400)
    assert not any("/token" in call.path for call in house.calls)
    assert client.get(path).status_code == 303
    client.post("/sign-out")
    refused(client, client.get(path), sentence, 400)
    refused(client, client.get("/sign-in/openid/back"), sentence, 400)


def test_a_return_counts_for_ten_minutes(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    path = at_provider(sent_to(client.post("/sign-in/openid")))
    session = client.session
    for waiting in session[BEGUN].values():
        waiting["since"] -= 601
    session.save()
    refused(client, client.get(path), "too long ago", 400)
    assert counts() == (0, 0, 0, 0)


def test_several_tabs_may_wait_at_once_and_not_more_than_a_few(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    paths = [at_provider(sent_to(client.post("/sign-in/openid"))) for _ in range(MOST + 1)]
    assert len(client.session[BEGUN]) == MOST
    assert [client.get(path).status_code for path in paths[:2]] == [400, 303]


def test_whoever_says_no_at_the_provider_is_told_that_nothing_happened(client, house):
    house.says_no = True
    refused(client, come(client), "Example ID did not confirm who you are. Nothing was changed", 403)


def test_an_answer_in_the_name_of_another_provider_is_refused(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    path = at_provider(sent_to(client.post("/sign-in/openid")))
    other = path.replace("iss=http", "iss=https")
    assert other != path
    refused(client, client.get(other), "did not confirm who you are", 403)


@pytest.mark.parametrize("fault", ["cut", "garbage", "500", "huge"])
def test_a_provider_that_fails_half_way_makes_nothing(client, house, settings, fault):
    settings.OPENID_NEW_ACCOUNTS = True
    house.meet(fault)
    answer = come(client)
    assert (answer.status_code in (403, 502), is_in(client)) == (True, False)
    assert "Example ID" in page(answer)
    assert counts() == (0, 0, 0, 0)
    assert come(client).status_code == 303  # it works again


def test_a_provider_that_never_answers_is_waited_for_a_little(client, house, settings, monkeypatch):
    settings.OPENID_NEW_ACCOUNTS = True
    path = at_provider(sent_to(client.post("/sign-in/openid")))
    house.meet("slow")
    monkeypatch.setattr(openid, "SECONDS", 0.2)
    refused(client, client.get(path), "Example ID does not answer as it should.", 502)
    assert counts() == (0, 0, 0, 0)


def test_a_provider_that_is_away_says_so_before_anybody_leaves(client, signed_in, alice, house):
    house.close()
    refused(client, client.post("/sign-in/openid"), "Example ID does not answer as it should.", 502)
    answer = signed_in(alice).post("/settings/openid/link", {"password": PASSWORD})
    assert (answer.status_code, "Example ID does not answer" in page(answer)) == (502, True)
    assert not client.session.get(BEGUN)


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://127.0.0.1:9/token"},  # another port of this machine
        {"jwks_uri": "http://169.254.169.254/keys"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_description_leads_to_the_provider_or_to_public_addresses_alone(client, house, description):
    house.description = description
    refused(client, client.post("/sign-in/openid"), "Example ID does not answer as it should.", 502)
    assert [call.path for call in house.calls] == ["/.well-known/openid-configuration"]


def test_a_private_address_of_another_host_is_never_called(client, house, settings):
    settings.OPENID_NEW_ACCOUNTS = True
    house.description = {"token_endpoint": "https://127.0.0.1/token"}
    refused(client, come(client), "Example ID does not answer as it should.", 502)


def test_a_provider_with_a_certificate_of_the_house_is_reached_where_its_authority_is_named(
    client, settings, tmp_path
):
    with running(OpenIdBehindTls(tmp_path)) as double:
        agreed = openid.Client(double.url, double.client_id, double.secret, "Example ID")
        settings.OPENID, settings.PUBLIC_URL, settings.OPENID_NEW_ACCOUNTS = agreed, "http://testserver", True
        refused(client, client.post("/sign-in/openid"), "Example ID does not answer as it should.", 502)
        settings.OPENID = replace(agreed, authority=double.certificate)
        trust = ssl.create_default_context(cadata=double.certificate)
        path = at_provider(sent_to(client.post("/sign-in/openid")), verify=trust)
        assert client.get(path).status_code == 303
    assert User.objects.get().email == "ada@corp.example"


def test_without_a_provider_there_is_no_door(client, signed_in, alice):
    assert "/sign-in/openid" not in page(client.get("/sign-in"))
    here = signed_in(alice)
    assert 'id="openid"' not in page(here.get(PAGE))
    for path in ("/sign-in/openid", "/settings/openid/link", "/settings/openid/unlink"):
        assert here.post(path).status_code == 404
    assert here.get("/sign-in/openid/back").status_code == 404


def test_begging_for_sign_ins_is_bounded(client, house):
    answers = [client.post("/sign-in/openid").status_code for _ in range(PER_ADDRESS + 1)]
    assert answers == [200] * PER_ADDRESS + [429]


def test_the_doors_take_only_what_our_own_pages_send(signed_in, alice, house):
    here = signed_in(alice, enforce_csrf_checks=True)
    for path in ("/sign-in/openid", "/settings/openid/link", "/settings/openid/unlink"):
        assert here.post(path, {"password": PASSWORD}).status_code == 403
        assert here.get(path).status_code == 405
