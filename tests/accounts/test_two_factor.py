"""Signing in with a second proof."""

from __future__ import annotations

import time
from html import unescape

import pytest
from django.contrib.admin import site
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import RecoveryCode, User
from accounts.secrets import digest
from accounts.views import AWAITED
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


def code_of(user: User) -> str:
    """What the person's app shows; a code that was used counts as not used, for tests do not wait for the next."""
    TOTPDevice.objects.filter(user=user).update(last_t=-1, throttling_failure_count=0)
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key):06d}"


def wrong_for(user: User) -> str:
    key = TOTPDevice.objects.get(user=user).bin_key
    near = {totp(key, t0=-30 * step) for step in range(-3, 4)}
    return f"{next(number for number in range(10) if number not in near):06d}"


def switched_on(browser: Client, user: User) -> list[str]:
    """The recovery codes."""
    browser.post("/settings/two-factor/begin")
    answer = browser.post("/settings/two-factor", {"do": "confirm", "code": code_of(user)})
    return answer.context["new_codes"]


def password(client: Client, user: User, **more: str):
    return client.post("/sign-in", {"email": user.email, "password": PASSWORD, **more})


def is_in(client: Client) -> bool:
    return client.get("/settings").status_code == 200


def test_the_code_is_asked_after_the_password_and_leads_to_the_wanted_page(client, signed_in, alice):
    browser = signed_in(alice)
    browser.post("/settings/two-factor/begin")
    text = page(browser.get("/settings?tab=security"))
    assert 'src="data:image/svg+xml' in text
    assert password(Client(), alice).headers["Location"] == "/"  # nothing is asked before it is confirmed
    switched_on(browser, alice)
    answer = password(client, alice, next="/assets")
    assert answer.headers["Location"] == "/sign-in/code?next=%2Fassets"
    assert not is_in(client)
    assert client.get("/sign-in/code?next=/assets").status_code == 200
    refused = client.post("/sign-in/code", {"code": wrong_for(alice), "next": "/assets"})
    assert (refused.status_code, "This code is not right" in page(refused), is_in(client)) == (
        400,
        True,
        False,
    )
    done = client.post("/sign-in/code", {"code": code_of(alice), "next": "/assets"})
    assert (done.status_code, done.headers["Location"], is_in(client)) == (303, "/assets", True)


def test_a_code_works_once(signed_in, alice):
    switched_on(signed_in(alice), alice)
    code, first, second = code_of(alice), Client(), Client()
    for one in (first, second):
        password(one, alice)
    assert first.post("/sign-in/code", {"code": code}).status_code == 303
    assert second.post("/sign-in/code", {"code": code}).status_code == 400


def test_a_recovery_code_lets_in_once(signed_in, alice):
    codes = switched_on(signed_in(alice), alice)
    assert len(set(codes)) == 10
    kept = set(RecoveryCode.objects.filter(user=alice).values_list("digest", flat=True))
    assert kept == {digest(code.replace("-", "")) for code in codes}
    for code, status in ((codes[0].upper(), 303), (codes[0], 400), (codes[1], 303)):
        one = Client()
        password(one, alice)
        assert one.post("/sign-in/code", {"code": code}).status_code == status


NEW = "seven blue paper boats"


def test_a_new_password_and_the_end_of_an_account_ask_for_a_code_as_well(signed_in, alice):
    here = signed_in(alice)
    switched_on(here, alice)
    assert 'name="code"' in page(here.get("/settings?tab=profile"))
    assert 'id="leaving-code"' in page(here.get("/settings?tab=security"))
    given, leaving = {"old": PASSWORD, "new": NEW}, {"email": alice.email, "password": PASSWORD}
    for code in ("", wrong_for(alice)):
        assert here.post("/settings/password", {**given, "code": code}).status_code == 400
        assert here.post("/settings/delete-account", {**leaving, "code": code}).status_code == 400
    alice.refresh_from_db()
    assert (alice.check_password(PASSWORD), alice.is_active) == (True, True)
    assert here.post("/settings/password", {**given, "code": code_of(alice)}).status_code == 303
    leaving |= {"password": NEW, "code": code_of(alice)}
    assert here.post("/settings/delete-account", leaving).status_code == 200
    alice.refresh_from_db()
    assert not alice.is_active


def test_the_admin_pages_show_no_second_proof_of_anybody(signed_in, alice, bob):
    switched_on(signed_in(bob), bob)
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    admin, device = signed_in(alice), TOTPDevice.objects.get()
    assert "/admin/accounts/user/" in page(admin.get("/admin/"))
    assert "otp" not in page(admin.get("/admin/"))
    assert admin.get(f"/admin/otp_totp/totpdevice/{device.pk}/change/").status_code == 404
    assert not [model for model in site._registry if "otp" in model.__module__]


@pytest.mark.parametrize("given", ["", "abc", "9" * 400, "²²²²²²", "000000 OR 1"])
def test_garbage_is_no_code(client, signed_in, alice, given):
    switched_on(signed_in(alice), alice)
    password(client, alice)
    assert client.post("/sign-in/code", {"code": given}).status_code == 400
    assert not is_in(client)


def test_without_a_password_before_nobody_is_asked_and_after_ten_minutes_not_any_more(
    client, signed_in, alice
):
    switched_on(signed_in(alice), alice)
    assert client.post("/sign-in/code", {"code": code_of(alice)}).headers["Location"] == "/sign-in"
    password(client, alice)
    session = client.session
    session[AWAITED] = (alice.pk, int(time.time()) - 601)
    session.save()
    assert client.post("/sign-in/code", {"code": code_of(alice)}).headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_guessing_is_bounded(client, signed_in, alice):
    switched_on(signed_in(alice), alice)
    password(client, alice)
    wrong = wrong_for(alice)
    answers = [client.post("/sign-in/code", {"code": wrong}).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]
    assert not is_in(client)


def test_it_is_switched_off_and_codes_renewed_with_a_code_alone(signed_in, alice):
    browser = signed_in(alice)
    old = switched_on(browser, alice)
    refused = browser.post("/settings/two-factor", {"do": "off", "code": wrong_for(alice)})
    assert (refused.status_code, TOTPDevice.objects.count()) == (400, 1)
    new = browser.post("/settings/two-factor", {"do": "renew", "code": code_of(alice)}).context["new_codes"]
    assert not set(old) & set(new)
    assert browser.post("/settings/two-factor", {"do": "off", "code": code_of(alice)}).status_code == 303
    assert password(Client(), alice).headers["Location"] == "/"
