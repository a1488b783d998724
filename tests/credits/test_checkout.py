"""Credits that are bought: over a socket to a double that speaks Stripe's wire format, and back by signed events."""

from __future__ import annotations

import time
from urllib.parse import parse_qs

import pytest
from django.test import Client

from credits.ledger import faults
from credits.models import Entry, Wallet
from tests.doubles.stripe import Stripe
from tests.factories import make_member, team_of

pytestmark = pytest.mark.django_db
DONE, LATER = "checkout.session.completed", "checkout.session.async_payment_succeeded"


@pytest.fixture
def shop(settings):
    double = Stripe()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = double.key, double.secret
    settings.STRIPE_BASE_URL = double.url
    settings.CREDIT_PACKAGES = {1000: 1000, 5000: 4850}
    yield double
    double.close()


def buy(browser, credits="5000", ask="one"):
    return browser.post("/usage/credits", {"credits": credits, "ask": ask})


def tell(shop: Stripe, body: bytes, signature: str | None = None):
    header = shop.signature(body) if signature is None else signature
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/stripe", body, content_type="application/json", headers={"Stripe-Signature": header}
    )


def test_what_is_paid_for_is_granted_once_however_often_it_is_told(alice, signed_in, shop):
    browser, team = signed_in(alice), team_of(alice)
    page = buy(browser)
    assert b'href="https://checkout.stripe.com/c/pay/cs_test_' in page.content
    assert buy(browser).content.count(b"cs_test_000000000000000000000001") == 1  # the same press again
    [session] = shop.sessions.values()
    sent = parse_qs(shop.calls[0].body.decode())
    assert sent["line_items[0][price_data][unit_amount]"] == ["4850"]
    assert session["metadata"] == {"wireflow_team": str(team.pk), "wireflow_credits": "5000"}
    assert not Entry.objects.exists()  # begun is not paid
    assert tell(shop, shop.event(DONE, session)).status_code == 204
    assert not Entry.objects.exists()  # completed, but the money comes later
    paid = {**session, "payment_status": "paid"}
    for number, kind in enumerate((LATER, LATER, DONE)):
        assert tell(shop, shop.event(kind, paid, number)).status_code == 204
    entry = Entry.objects.get()
    assert (entry.team_id, entry.kind, entry.amount) == (team.pk, "purchase", 5000)
    assert entry.note == "Paid at Stripe: 48.50 USD"
    assert entry.reference == f"stripe:{session['id']}"
    assert Wallet.objects.get(team=team).available == 5000
    assert faults() == []
    assert b"Bought" in browser.get("/usage/ledger").content
    assert b"Paid at Stripe" in browser.get("/usage/credits").content


def test_what_stripe_has_not_signed_now_changes_nothing(alice, shop):
    session = {
        "id": "cs_1", "payment_status": "paid", "amount_total": 1, "currency": "usd",
        "metadata": {"wireflow_team": str(team_of(alice).pk), "wireflow_credits": "5000"},
    }  # fmt: skip
    body = shop.event(DONE, session)
    for signature in (
        "",
        "t=1,v1=00",
        "nonsense",
        shop.signature(body, secret="whsec_another"),
        shop.signature(body, at=time.time() - 3600),
        shop.signature(body + b" "),
    ):
        answer = tell(shop, body, signature)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature"), signature
    assert tell(shop, b"{", shop.signature(b"{")).status_code == 400
    assert not Entry.objects.exists()


def test_what_is_told_of_other_things_is_left_alone(alice, shop):
    team = {"wireflow_team": str(team_of(alice).pk), "wireflow_credits": "9"}
    paid = {"id": "cs_1", "payment_status": "paid", "amount_total": 1, "currency": "usd"}
    for kind, session in (
        ("charge.refunded", {**paid, "metadata": team}),
        (DONE, {**paid, "metadata": {}}),  # something else is sold on the same account
        (DONE, {**paid, "metadata": None}),
        (DONE, {**paid, "metadata": {**team, "wireflow_team": "999999"}}),
    ):
        body = shop.event(kind, session)
        assert tell(shop, body).status_code == 204
    assert not Entry.objects.exists()


def test_nothing_is_begun_by_who_may_not_or_for_what_is_not_on_sale(alice, signed_in, shop):
    editor = make_member("eddi", team_of(alice), role="editor")
    assert buy(signed_in(editor)).status_code == 403
    browser = signed_in(alice)
    for credits, ask in (
        ("7", "x"),
        ("-1000", "x"),
        ("1e3", "x"),
        ("", "x"),
        ("1000", ""),
        ("1000", "x" * 65),
    ):
        assert buy(browser, credits, ask).status_code == 400, credits
    assert shop.calls == []


@pytest.mark.parametrize("fault", ["500", "cut", "garbage"])
def test_when_stripe_is_away_the_page_says_so(alice, signed_in, shop, fault):
    shop.meet(fault)
    answer = buy(signed_in(alice))
    assert answer.status_code == 502
    assert "Nothing was charged" in answer.content.decode()


def test_without_keys_nothing_is_sold(alice, signed_in):
    browser = signed_in(alice)
    assert b"This server sells no credits" in browser.get("/usage/credits").content
    assert buy(browser).status_code == 400
    assert Client().post("/webhooks/stripe", b"{}", content_type="application/json").status_code == 404
