"""Signing in by OpenID Connect: over a socket to a double that speaks a provider's wire format."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from accounts import departures
from accounts.models import AuditEntry, Browser, Departure, Identity, Member, User
from accounts.openid_views import BEGUN, MOST
from accounts.secrets import digest
from accounts.tries import PER_ADDRESS
from credits.allowances import grant_due
from providers import openid
from tests.accounts.test_two_factor import code_of, switched_on
from tests.doubles.openid import OpenId, OpenIdBehindTls
from tests.doubles.server import running
from tests.factories import PASSWORD, make_user, team_of
from wireflow_ui.selling import Allowance

pytestmark = pytest.mark.django_db
PAGE = "/settings?tab=security"


@pytest.fixture
def house(settings):
    """The provider, agreed with."""
    double = OpenId()
    settings.OPENID = openid.Client(double.url, double.client_id, double.secret, "Example ID")
    settings.PUBLIC_URL = "http://testserver"
    yield double
    double.close()


def page(answer) -> str:
    return unescape(answer.content.decode())


def sent_to(answer) -> str:
    """Where the browser goes from here, which it has to be told without a script."""
    assert answer.status_code == 200, page(answer)
    address = answer.context["address"]
    assert f'content="0;url={address}"' in page(answer)
    return address


def at_provider(address: str, *, verify: ssl.SSLContext | bool = True) -> str:
    """Where the provider sends the browser back to."""
    answer = httpx.get(address, trust_env=False, verify=verify)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def come(browser: Client, **more: str):
    return browser.get(at_provider(sent_to(browser.post("/sign-in/openid", more))))


def link(browser: Client, **more: str):
    begun = browser.post("/settings/openid/link", {"password": PASSWORD, **more})
    return browser.get(at_provider(sent_to(begun)), follow=True)


def is_in(browser: Client) -> bool:
    return SESSION_KEY in browser.session


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Identity, Member, AuditEntry))


def refused(browser: Client, answer, sentence: str, status: int) -> None:
    """The sign-in page says why, and nobody is in."""
    assert (answer.status_code, is_in(browser)) == (status, False), page(answer)
    assert sentence in page(answer)
    assert 'action="/sign-in"' in page(answer)


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


def test_the_code_is_asked_for_as_after_a_password(client, signed_in, alice, house):
    here = signed_in(alice)
    link(here)
    switched_on(here, alice)
    answer = come(client, next="/assets")
    assert (answer.headers["Location"], is_in(client)) == ("/sign-in/code?next=%2Fassets", False)
    done = client.post("/sign-in/code", {"code": code_of(alice), "next": "/assets"})
    assert (done.status_code, done.headers["Location"]) == (303, "/assets")
    assert Browser.objects.get(session=client.session.session_key).way == "openid"


def test_linking_asks_for_the_password_and_the_code(signed_in, alice, house):
    here = signed_in(alice)
    before = counts()
    assert here.post("/settings/openid/link", {"password": "wrong"}).status_code == 400
    switched_on(here, alice)
    answer = here.post("/settings/openid/link", {"password": PASSWORD, "code": ""})
    assert (answer.status_code, "This code is not right" in page(answer)) == (400, True)
    assert (house.calls, counts()) == ([], before)
    assert "From now on you can sign in" in page(link(here, code=code_of(alice)))


def test_what_is_linked_to_somebody_else_or_twice_is_refused(signed_in, alice, charlie, house):
    here, there = signed_in(alice), signed_in(charlie)
    link(here)
    before = counts()
    answer = link(there)
    assert answer.status_code == 409
    assert "This sign-in with Example ID is linked to another account here." in page(answer)
    house.person["sub"] = "another"
    answer = link(here)
    assert (answer.status_code, "has a sign-in with Example ID already" in page(answer)) == (409, True)
    assert counts() == before


def test_a_link_begun_by_one_person_is_not_finished_by_another(signed_in, alice, charlie, house):
    here = signed_in(alice)
    path = at_provider(sent_to(here.post("/settings/openid/link", {"password": PASSWORD})))
    waiting = here.session[BEGUN]
    there = signed_in(charlie)
    session = there.session
    session[BEGUN] = waiting
    session.save()
    answer = there.get(path)
    assert (answer.status_code, "as whom you began" in page(answer)) == (400, True)
    assert not Identity.objects.exists()


def test_unlinking_is_told_to_the_teams_and_never_takes_the_last_way_in(signed_in, alice, house, settings):
    here = signed_in(alice)
    link(here)
    assert here.post("/settings/openid/unlink").status_code == 303
    assert here.post("/settings/openid/unlink").status_code == 404
    told = list(
        AuditEntry.objects.filter(team=team_of(alice)).order_by("pk").values_list("action", "changes")
    )
    assert told == [
        ("member.sign_in_linked", {"Example ID": [None, "ada@corp.example"]}),
        ("member.sign_in_unlinked", {"Example ID": ["ada@corp.example", None]}),
    ]
    settings.OPENID_NEW_ACCOUNTS = True
    ada = Client()
    come(ada)
    answer = ada.post("/settings/openid/unlink")
    assert (answer.status_code, "this is your only way in" in page(answer)) == (400, True)
    assert Identity.objects.count() == 1
    ada.post("/settings/password", {"new": "seven blue paper boats"})
    assert ada.post("/settings/openid/unlink").status_code == 303
    assert not Identity.objects.exists()


def test_whose_account_is_deleted_or_locked_does_not_come_in(signed_in, client, alice, house):
    make_user("olaf")
    here = signed_in(alice)
    link(here)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    refused(client, come(client), "This account is locked.", 403)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    leaving = {"email": alice.email, "password": PASSWORD}
    assert here.post("/settings/delete-account", leaving).status_code == 200
    assert not Identity.objects.exists()
    refused(client, come(client), "No account here is linked", 403)


@pytest.mark.parametrize("how", ["deleted", "unlinked"])
def test_who_lets_an_account_go_has_no_second_allowance_in_the_month(
    client, house, settings, monkeypatch, how
):
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
    settings.OPENID_NEW_ACCOUNTS, settings.ALLOWANCES = True, {"free": Allowance(100)}
    come(client)
    assert grant_due() == 1
    password = "seven blue paper boats"
    client.post("/settings/password", {"new": password})
    if how == "deleted":
        client.post("/settings/delete-account", {"email": "ada@corp.example", "password": password})
    else:
        client.post("/settings/openid/unlink")
        client.post("/sign-out")
        house.person["email"] = "countess@corp.example"
    assert not Identity.objects.exists()
    kept = Departure.objects.get()
    assert (kept.digest, kept.at) == (digest(f"{house.url}\n{house.person['sub']}"), at)
    before = counts()
    refused(client, come(client), "You can have a new one from 1 February (UTC) on.", 403)
    departures.forget_old()
    assert (counts(), grant_due(), Departure.objects.count()) == (before, 0, 1)

    settings.ALLOWANCES = {"pro": Allowance(100)}  # a new team gets none
    assert departures.free_from(house.url, house.person["sub"]) is None
    settings.ALLOWANCES = {"free": Allowance(100)}
    at = datetime(2026, 2, 1, tzinfo=UTC)
    assert come(client).status_code == 303
    departures.forget_old()
    assert not Departure.objects.exists()


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
