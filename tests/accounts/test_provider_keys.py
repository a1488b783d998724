"""Keys that a team brings: sealed, tried, replaced, removed, and shown to nobody."""

from __future__ import annotations

import io
import json
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts import provider_keys, sealing
from accounts.models import KeyTest, ProviderKey, Team
from providers.errors import AuthFailed
from providers.keys import TEAM_PROVIDERS, BadKey, access_for, opened_by, read_key
from tests.doubles.every import DOUBLES
from tests.doubles.server import running
from tests.factories import actor_for, team_of
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

SECRET = "canary-0123456789-abcdefgh"
ACCOUNT = {"client_email": "a@b", "private_key": "pem", "project_id": "my-project"}


@pytest.fixture(autouse=True)
def sealed_here(settings, tmp_path):
    settings.SEAL_KEYS, settings.SEAL_KEY_FILE = [], tmp_path / "seal-key"
    settings.PROVIDER_ADDRESSES = {"gemini": "http://127.0.0.1:9", "fal": "http://127.0.0.1:9"}


def save(user, provider="gemini", key=SECRET):
    return provider_keys.save_provider_key(actor=actor_for(user), provider=provider, given={"key": key})


def test_a_key_is_sealed_and_opens_to_what_it_was(alice, settings):
    row = save(alice)
    assert SECRET not in json.dumps(ProviderKey.objects.values("sealed", "details").get())
    assert provider_keys.open_key(row).key == SECRET
    assert SECRET not in repr((row, provider_keys.open_key(row)))
    assert team_of(alice).provider_keys == {"gemini": row.pk}
    assert settings.SEAL_KEY_FILE.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_replaced_is_a_new_one_and_one_that_is_removed_is_gone(alice):
    first, second = save(alice), save(alice, key="another-0123456789")
    assert [row.pk for row in ProviderKey.objects.all()] == [second.pk] != [first.pk]
    save(alice, "fal")
    provider_keys.remove_provider_key(actor=actor_for(alice), provider="gemini")
    assert list(team_of(alice).provider_keys) == ["fal"]
    with pytest.raises(NotFound):
        provider_keys.remove_provider_key(actor=actor_for(alice), provider="gemini")


@pytest.mark.parametrize(
    "key", ["", "k3y", "two words here", "line\nbreak-0123456789", "ключ-0123456789", "k" * 501]
)
def test_what_is_no_key_is_refused_without_repeating_it(key, alice):
    with pytest.raises(WireflowError) as refused:
        save(alice, key=key)
    assert not key or key not in refused.value.message
    assert (ProviderKey.objects.count(), team_of(alice).provider_keys) == (0, {})


@pytest.mark.parametrize("who", ["bob", "rita", "vera"])
def test_owners_alone_change_keys(who, alice, request):
    user = request.getfixturevalue(who)
    row = save(alice)
    for change in (
        lambda: save(user, key="another-0123456789"),
        lambda: provider_keys.remove_provider_key(actor=actor_for(user), provider="gemini"),
        lambda: provider_keys.ask_for_test(actor=actor_for(user), provider="gemini"),
    ):
        with pytest.raises(Forbidden):
            change()
    assert ProviderKey.objects.get().pk == row.pk


def test_a_key_of_a_service_account_keeps_no_address_of_its_own():
    given = {
        "key": json.dumps({**ACCOUNT, "token_uri": "http://169.254.169.254/"}),
        "location": "europe-west4",
    }
    key = read_key("vertex", given)
    assert json.loads(key.key) == ACCOUNT
    access = access_for("vertex", "", key.key, key.details)
    assert access.base_url == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4"
    )


@pytest.mark.parametrize(
    "given",
    [
        {"location": "evil.example.org/"}, {"location": "a.b-c1"}, {"project": "../../other"}, {"project": "UPPER"},
        {"key": "{}"}, {"key": "[" * 5000}, {"key": "{" + " " * 10_001 + "}"},
    ],
)  # fmt: skip
def test_a_service_account_leads_nowhere_but_to_google(given):
    with pytest.raises(BadKey):
        read_key("vertex", {"key": json.dumps(ACCOUNT), **given})


def test_every_key_opens_something():
    for name in TEAM_PROVIDERS:
        assert opened_by(name, "http://127.0.0.1:9"), name


@pytest.mark.parametrize(
    ("faults", "test", "said"),
    [
        ({}, KeyTest.WORKS, ""),
        ({"key": "wrong-key-0123456789"}, KeyTest.REFUSED, "fal refused the key of your team."),
        ({"address": "http://127.0.0.1:9"}, KeyTest.UNSURE, "fal cannot be reached."),
    ],
)
def test_a_key_is_tried_at_its_provider(faults, test, said, alice, settings):
    with running(DOUBLES["fal"]()) as fal:
        settings.PROVIDER_ADDRESSES = {"fal": faults.get("address", fal.base_url)}
        row = save(alice, "fal", faults.get("key", fal.key))
        assert row.test == KeyTest.ASKED
        provider_keys.try_provider_key(key_id=row.pk)
        row.refresh_from_db()
        assert (row.test, row.test_said[: len(said)]) == (test, said)
        count = len(fal.calls)
        provider_keys.try_provider_key(key_id=row.pk)  # a message that comes twice
        assert len(fal.calls) == count


def test_rotating_seals_all_anew_and_the_old_key_opens_nothing_then(alice, settings):
    settings.SEAL_KEY_FILE, settings.SEAL_KEYS = None, ["old-" + "0123456789abcdef" * 2]
    row = save(alice)
    new = "new-" + "0123456789abcdef" * 2
    with override_settings(SEAL_KEYS=[new, *settings.SEAL_KEYS]):
        out = io.StringIO()
        call_command("rotate_seal_key", stdout=out)
        assert out.getvalue().startswith("1 sealed with the newest key. Take the older keys out")
    row.refresh_from_db()
    with pytest.raises(AuthFailed, match="cannot be opened"):
        provider_keys.open_key(row)
    with pytest.raises(CommandError, match="None of the keys given opens these: gemini of team"):
        call_command("rotate_seal_key")
    with override_settings(SEAL_KEYS=[new]):
        assert provider_keys.open_key(row).key == SECRET


def test_the_key_file_is_renewed_under_a_running_server(alice, settings):
    row, before = save(alice), sealing.seal_keys()
    call_command("rotate_seal_key", stdout=io.StringIO())
    row.refresh_from_db()
    assert sealing.seal_keys()[1:] == before
    assert sealing.is_newest(row.sealed)
    assert provider_keys.open_key(row).key == SECRET
    assert settings.SEAL_KEY_FILE.stat().st_mode & 0o777 == 0o600


def test_a_cluster_without_a_seal_key_keeps_none_and_says_so(alice, settings, signed_in):
    settings.SEAL_KEY_FILE = None
    with pytest.raises(WireflowError, match="WIREFLOW_SEAL_KEY"):
        save(alice)
    page = unescape(signed_in(alice).get("/settings?tab=provider-keys").content.decode())
    assert "its operator has to set" in page
    assert 'name="key"' not in page
    assert (ProviderKey.objects.count(), Team.objects.get().provider_keys) == (0, {})


def test_the_page_takes_a_key_and_shows_none(alice, vera, signed_in):
    browser = signed_in(alice)
    answer = browser.post("/settings/provider-keys/gemini", {"key": SECRET})
    assert (answer.status_code, answer["Location"]) == (303, "/settings?tab=provider-keys&open=gemini#gemini")
    ProviderKey.objects.update(test=KeyTest.REFUSED, test_said="Gemini refused the key of your team.")
    for user, may in ((alice, True), (vera, False)):
        shown = unescape(signed_in(user).get("/settings?tab=provider-keys").content.decode())
        assert "Gemini refused the key of your team." in shown
        assert (SECRET in shown, SECRET[-4:] in shown, "Remove the key" in shown) == (False, False, may)
    answer = browser.post("/settings/provider-keys/gemini", {"key": "not a key"})
    assert answer.status_code == 400
    assert "not a key" not in unescape(answer.content.decode())
    assert "This is no key" in answer.content.decode()
    assert browser.post("/settings/provider-keys/comfyui", {"key": SECRET}).status_code == 404
    part = browser.get("/settings/provider-keys/gemini/state").content.decode()
    assert 'data-state="failed"' in part
    assert browser.post("/settings/provider-keys/gemini/remove").status_code == 303
    assert not ProviderKey.objects.exists()
