"""Signing in with a second proof."""

from __future__ import annotations

import io
import time
from base64 import b32encode, b64encode
from datetime import timedelta
from html import unescape
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import two_factor
from accounts.models import Authenticator, RecoveryCode, User
from accounts.secrets import digest
from accounts.views import AWAITED
from tests.accounts.authenticator import code_of, shown_to, switched_on, wrong_for
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


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
    admin = signed_in(alice)
    assert "/admin/accounts/user/" in page(admin.get("/admin/"))
    assert "otp" not in page(admin.get("/admin/"))
    assert admin.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert not {Authenticator, RecoveryCode} & set(site._registry)
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
    assert (refused.status_code, Authenticator.objects.count()) == (400, 1)
    new = browser.post("/settings/two-factor", {"do": "renew", "code": code_of(alice)}).context["new_codes"]
    assert not set(old) & set(new)
    assert browser.post("/settings/two-factor", {"do": "off", "code": code_of(alice)}).status_code == 303
    assert password(Client(), alice).headers["Location"] == "/"


def test_after_wrong_codes_even_the_right_one_waits_wherever_it_comes_from(client, signed_in, alice):
    switched_on(signed_in(alice), alice)
    password(client, alice)
    right, wrong = code_of(alice), wrong_for(alice)
    for _ in range(3):
        client.post("/sign-in/code", {"code": wrong}, REMOTE_ADDR="203.0.113.7")
        Authenticator.objects.update(wrong_at=timezone.now() - timedelta(seconds=60))
    Authenticator.objects.update(wrong_at=timezone.now())
    assert client.post("/sign-in/code", {"code": right}, REMOTE_ADDR="203.0.113.8").status_code == 400
    assert Authenticator.objects.get().wrong_count == 3
    Authenticator.objects.update(wrong_at=timezone.now() - timedelta(seconds=4))
    assert client.post("/sign-in/code", {"code": shown_to(alice)}).status_code == 303
    assert Authenticator.objects.get().wrong_count == 0


def test_the_key_of_an_app_is_kept_sealed_and_sealed_anew(client, signed_in, alice, settings):
    old, new = "old-" + "0123456789abcdef" * 2, "new-" + "0123456789abcdef" * 2
    settings.SEAL_KEY_FILE, settings.SEAL_KEYS = None, [old]
    switched_on(signed_in(alice), alice)
    app = Authenticator.objects.get()
    key = two_factor.key_of(app)
    assert len(key) == 20
    for form in (key.hex(), b32encode(key).decode(), b64encode(key).decode()):
        assert form not in str(Authenticator.objects.values().get())
    settings.SEAL_KEYS = [new, old]
    call_command("rotate_seal_key", stdout=io.StringIO())
    settings.SEAL_KEYS = [new]
    app.refresh_from_db()
    assert two_factor.key_of(app) == key
    password(client, alice)
    assert client.post("/sign-in/code", {"code": code_of(alice)}).status_code == 303
    settings.SEAL_KEYS = [old]
    with pytest.raises(CommandError, match="opens these: app of alice"):
        call_command("rotate_seal_key", stdout=io.StringIO())


def test_who_lost_the_sealing_key_gets_in_by_recovery_codes_and_sets_it_up_anew(signed_in, alice, settings):
    settings.SEAL_KEY_FILE, settings.SEAL_KEYS = None, ["old-" + "0123456789abcdef" * 2]
    here = signed_in(alice)
    codes = switched_on(here, alice)
    settings.SEAL_KEYS = ["new-" + "0123456789abcdef" * 2]
    one = Client()
    password(one, alice)
    answer = one.post("/sign-in/code", {"code": "123456"})
    assert (answer.status_code, "cannot be opened on this server any more" in page(answer)) == (400, True)
    assert one.post("/sign-in/code", {"code": codes[0]}).status_code == 303
    assert one.post("/settings/two-factor", {"do": "off", "code": codes[1]}).status_code == 303
    assert len(switched_on(one, alice)) == 10


def test_without_a_sealing_key_no_app_is_set_up_and_the_page_says_why(signed_in, alice, settings):
    settings.SEAL_KEY_FILE, settings.SEAL_KEYS = None, []
    answer = signed_in(alice).post("/settings/two-factor/begin")
    assert (answer.status_code, "WIREFLOW_SEAL_KEY" in page(answer)) == (409, True)
    assert not Authenticator.objects.exists()


move = import_module("accounts.migrations.0014_seal_the_keys_of_apps").move


def test_keys_from_before_are_sealed_and_go_on_working(client, alice, bob):
    device = TOTPDevice.objects.create(user=alice, name="app", confirmed=True, drift=1, last_t=7)
    TOTPDevice.objects.create(user=bob, name="app", confirmed=False)
    move(apps, SimpleNamespace(connection=connection))
    app = Authenticator.objects.get()
    assert (app.user, app.is_confirmed, app.drift, app.last_step) == (alice, True, 1, 7)
    assert two_factor.key_of(app) == device.bin_key
    assert device.key not in app.sealed
    assert not TOTPDevice.objects.exists()
    password(client, alice)
    assert client.post("/sign-in/code", {"code": code_of(alice)}).status_code == 303


def test_where_nothing_can_be_sealed_keys_from_before_stay_and_the_operator_is_told(alice, settings):
    settings.SEAL_KEY_FILE, settings.SEAL_KEYS = None, []
    TOTPDevice.objects.create(user=alice, name="app", confirmed=True)
    with pytest.raises(RuntimeError, match="set WIREFLOW_SEAL_KEY"):
        move(apps, SimpleNamespace(connection=connection))
    assert (TOTPDevice.objects.count(), Authenticator.objects.count()) == (1, 0)
