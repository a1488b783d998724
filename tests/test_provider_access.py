"""Which providers the operator's settings open."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from providers.catalog import load_catalog
from providers.http import Access
from wireflow_ui.provider_access import access_from_env
from wireflow_ui.provider_concurrency import concurrency


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for entry in load_catalog().providers.values():
        for name in entry["env"]:
            monkeypatch.delenv(name, raising=False)


def test_without_keys_nothing_is_open(monkeypatch):
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1:9000")
    assert access_from_env() == {}


def test_a_key_opens_its_provider_at_the_address_of_the_catalog(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    opened = access_from_env()
    assert opened == {"gemini": Access("https://generativelanguage.googleapis.com", "a-key")}
    assert "a-key" not in repr(opened)


def test_a_key_may_stand_in_a_file_and_the_address_may_have_a_path(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("a-key\n")
    monkeypatch.setenv("GEMINI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1:9000/gemini/")
    assert access_from_env() == {"gemini": Access("http://127.0.0.1:9000/gemini", "a-key")}


def test_a_server_of_ones_own_is_opened_by_its_address_and_wants_no_key(monkeypatch):
    monkeypatch.setenv("A1111_URL", "http://127.0.0.1:7860/")
    assert access_from_env() == {"a1111": Access("http://127.0.0.1:7860", "")}
    monkeypatch.setenv("A1111_AUTH", "artist:secret")
    assert access_from_env() == {"a1111": Access("http://127.0.0.1:7860", "artist:secret")}
    monkeypatch.delenv("A1111_URL")
    assert access_from_env() == {}


def test_vertex_is_opened_by_a_service_account_and_a_project(monkeypatch, tmp_path):
    place = tmp_path / "account.json"
    place.write_text('{"client_email": "a@b", "private_key": "secret", "project_id": "other"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(place))
    assert access_from_env() == {}  # it may lie there for other uses
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    address = "https://aiplatform.googleapis.com/v1/projects/mine/locations/global"
    assert access_from_env() == {"vertex": Access(address, place.read_text())}
    place.write_text('{"type": "authorized_user", "refresh_token": "secret"}')
    with pytest.raises(ImproperlyConfigured, match="no key of a service account") as refused:
        access_from_env()
    assert "secret" not in str(refused.value)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine/../other")
    with pytest.raises(ImproperlyConfigured, match="GOOGLE_CLOUD_PROJECT must be a name"):
        access_from_env()


@pytest.mark.parametrize(
    "address", ["gemini", "ftp://x", "http://", "http://a b", "http://u:p@h", "http://h/?q"]
)
def test_an_address_that_is_none_is_refused(address, monkeypatch):
    monkeypatch.setenv("GEMINI_BASE_URL", address)
    with pytest.raises(ImproperlyConfigured, match="GEMINI_BASE_URL must look like https://gen"):
        access_from_env()


def test_a_key_with_a_line_break_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "secret\nkey")
    with pytest.raises(ImproperlyConfigured, match="GEMINI_API_KEY holds") as refused:
        access_from_env()
    assert "secret" not in str(refused.value)


def test_no_test_speaks_to_a_real_provider(settings):
    assert settings.PROVIDER_ACCESS == {}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], {"fal": 2}),
        (["fal=10", "gemini=3"], {"fal": 10, "gemini": 3}),
        (["fal=0", "sandbox=4"], {"sandbox": 4}),
    ],
)
def test_places_at_a_provider_are_few_unless_the_operator_says_more(said, found):
    opened = {"fal": Access("https://queue.fal.run", "k"), "gemini": Access("http://127.0.0.1:9000", "k")}
    assert concurrency(opened, {"openai": "http://127.0.0.1:9001"}, said) == found


@pytest.mark.parametrize("said", ["fal", "fal=many", "nobody=3", "fal=-1", "fal=1000000"])
def test_places_that_are_no_number_are_refused(said):
    with pytest.raises(ImproperlyConfigured, match="must look like fal=10,gemini=20"):
        concurrency({}, {}, [said])
