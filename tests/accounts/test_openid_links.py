"""Accounts that are linked with a provider: the way there, the ways out, and what is left of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts import departures
from accounts.models import AuditEntry, Browser, Departure, Identity, User
from accounts.openid_views import BEGUN
from accounts.secrets import digest
from credits.allowances import grant_due
from tests.accounts.authenticator import code_of, switched_on
from tests.accounts.openid_house import (
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
from tests.factories import PASSWORD, make_user, team_of
from wireflow_ui.selling import Allowance

__all__ = ["house"]

pytestmark = pytest.mark.django_db


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
