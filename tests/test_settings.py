"""Settings that are nonsense or not safe are refused with a sentence before anything starts."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.processes import ROOT, environment
from wireflow_ui import env
from wireflow_ui.safety import refuse_unsafe
from wireflow_ui.signing_in import mail_domains, openid_client

NAME = "WIREFLOW_TEST"
CLUSTER = {
    "DATABASE_URL": "postgresql://me:word@db/wireflow",
    "REDIS_URL": "redis://redis:6379/0",
    "WIREFLOW_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``told(data, "PUBLIC_URL", NAME="value")``: what the settings hold with this environment, or the sentence that
    refused it. The file is run anew each time, in this process, as a process that starts would run it."""

    def ask(data: Path, what: str = "PUBLIC_URL", **settings: str) -> Any:
        with monkeypatch.context() as surroundings:
            surroundings.setattr(os, "environ", environment(data, **settings))
            try:
                return runpy.run_path(str(ROOT / "wireflow_ui" / "settings.py"))[what]
            except ImproperlyConfigured as error:
                return str(error)

    return ask


@pytest.mark.parametrize(
    "value",
    [
        "w.example.org",
        "ftp://w.example.org",
        "https://",
        "https://w.example.org/path",
        "https://w.example.org?x",
        "https://w.example.org#x",
        "https://me:word@w.example.org",
        "https://w.example.org:port",
        "https://w.example.org:99999",
        "https://w.exam ple.org",
        "https://w.example.org\nX: y",
    ],
)
def test_what_is_no_plain_web_address_is_refused(value, monkeypatch):
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must look like https://wireflow.example.org"):
        env.web_address(NAME, "")


@pytest.mark.parametrize(
    "value", ["https://w.example.org", "http://127.0.0.1:8000", "http://[::1]:80", "http://web_1"]
)
def test_a_plain_web_address_is_kept_without_its_slash(value, monkeypatch):
    monkeypatch.setenv(NAME, f"{value}/")
    assert env.web_address(NAME, "") == value


@pytest.mark.parametrize("value", ["nonsense", "http://redis", "redis://", "redis://redis:port/0"])
def test_what_is_no_redis_is_refused(value, monkeypatch):
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must look like redis://"):
        env.redis(NAME)


@pytest.mark.parametrize("value", ["mysql://db/x", "postgresql://db", "postgresql://db:port/x"])
def test_what_is_no_postgresql_is_refused(value, monkeypatch, tmp_path):
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must look like postgresql://"):
        env.database(NAME, tmp_path)


@pytest.mark.parametrize(
    ("words", "threshold"),
    [("", env.PREPARED_AFTER), ("?prepare_threshold=off", None), ("?prepare_threshold=0", 0)],
)
def test_a_database_says_when_statements_are_kept(monkeypatch, tmp_path, words, threshold):
    monkeypatch.setenv(NAME, f"postgresql://me:word@db/wireflow{words}")
    options = env.database(NAME, tmp_path)["OPTIONS"]
    assert options["prepare_threshold"] == threshold


def test_a_database_with_another_word_for_that_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv(NAME, "postgresql://me:word@db/wireflow?prepare_threshold=never")
    with pytest.raises(ImproperlyConfigured, match="prepare_threshold is a number of times, or off"):
        env.database(NAME, tmp_path)


def test_a_value_may_come_from_a_file_and_an_empty_one_is_none(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match="cannot read"):
        env.text(NAME)
    file.write_bytes(b"\xff")
    with pytest.raises(ImproperlyConfigured, match="not a text in UTF-8"):
        env.text(NAME)
    file.write_text("from the file\n")
    assert env.text(NAME) == "from the file"
    monkeypatch.setenv(NAME, "")
    assert env.text(NAME) == "from the file"
    monkeypatch.setenv(NAME, "both")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        env.text(NAME)
    monkeypatch.delenv(f"{NAME}_FILE")
    monkeypatch.setenv(NAME, "")
    assert env.text(NAME, "default") == "default"


@pytest.mark.parametrize(
    ("public_url", "hosts", "is_cluster", "failpoints", "sentence"),
    [
        ("https://w.example.org", ["*"], False, "", "ALLOWED_HOSTS is '*'"),
        ("http://127.0.0.1:8000", ["*"], True, "", "ALLOWED_HOSTS is '*'"),
        ("https://w.example.org", ["localhost"], False, "", "which ALLOWED_HOSTS does not allow"),
        ("http://w.example.org", ["w.example.org"], True, "", "Put a proxy with TLS before it"),
        (
            "https://w.example.org",
            ["w.example.org"],
            False,
            "after_accept=exit",
            "unset it on a public server",
        ),
    ],
)
def test_an_unsafe_combination_is_refused(public_url, hosts, is_cluster, failpoints, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence.replace("*", r"\*")):
        refuse_unsafe(
            public_url=public_url, allowed_hosts=hosts, is_cluster=is_cluster, failpoints=failpoints
        )


@pytest.mark.parametrize(
    ("public_url", "hosts", "is_cluster"),
    [
        ("https://w.example.org", [".example.org"], True),
        ("http://192.168.1.5:8000", ["192.168.1.5"], False),
        ("http://127.0.0.1:8000", ["localhost"], True),
        ("http://[::1]:8000", ["localhost"], True),
        ("http://localhost", ["*"], False),
        ("https://[2001:db8::1]", ["[2001:db8::1]"], True),
    ],
)
def test_a_safe_combination_is_taken(public_url, hosts, is_cluster):
    refuse_unsafe(public_url=public_url, allowed_hosts=hosts, is_cluster=is_cluster)


def test_a_fresh_folder_needs_no_settings_and_keeps_its_secret(told, tmp_path):
    first = told(tmp_path / "new", "SECRET_KEY")
    assert len(first) == 64
    code = "from wireflow_ui.settings import SECRET_KEY; print(SECRET_KEY)"
    surroundings = environment(tmp_path / "new")
    second = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=surroundings, capture_output=True)
    assert (second.stdout.decode().strip(), second.stderr) == (first, b"")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_the_public_host_is_allowed_by_itself(told, tmp_path):
    hosts = told(tmp_path, "ALLOWED_HOSTS", WIREFLOW_PUBLIC_URL="https://w.example.org")
    assert hosts == ["127.0.0.1", "localhost", "[::1]", "w.example.org"]


def test_commands_know_the_address_of_the_server_beside_them(told, tmp_path):
    (tmp_path / "address").write_text("http://127.0.0.1:9000")
    assert told(tmp_path) == "http://127.0.0.1:9000"
    assert told(tmp_path, WIREFLOW_PUBLIC_URL="https://w.example.org") == "https://w.example.org"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"REDIS_URL": "redis://redis"}, "Set DATABASE_URL and REDIS_URL together (a cluster), or neither"),
        ({**CLUSTER, "WIREFLOW_SECRET_KEY": ""}, "A cluster shares its secrets: set WIREFLOW_SECRET_KEY"),
        ({**CLUSTER, "WIREFLOW_SECRET_KEY": "short"}, "WIREFLOW_SECRET_KEY is too short"),
        ({**CLUSTER, "WIREFLOW_SECRET_KEY": "a" * 50}, "WIREFLOW_SECRET_KEY can be guessed"),
        ({**CLUSTER, "WIREFLOW_PUBLIC_URL": "http://w.example.org"}, "WIREFLOW_PUBLIC_URL is http://"),
        ({"WIREFLOW_SANDBOX_LATENCY": "soon"}, "WIREFLOW_SANDBOX_LATENCY: The sandbox latency is 'soon'"),
        ({"WIREFLOW_DATA_DIR": "/dev/null/x"}, "WIREFLOW_DATA_DIR: /dev/null/x cannot be made"),
        ({"WIREFLOW_LOG_FORMAT": "xml"}, "WIREFLOW_LOG_FORMAT must be text or json"),
        ({"WIREFLOW_METRICS_TOKEN": "short"}, "WIREFLOW_METRICS_TOKEN can be guessed"),
        ({"WIREFLOW_METRICS_LISTEN": "9100"}, "WIREFLOW_METRICS_LISTEN must look like 127.0.0.1:9100"),
        ({"WIREFLOW_METRICS_LISTEN": "0.0.0.0:9100"}, "WIREFLOW_METRICS_LISTEN can be reached from other"),
        ({"WEB_CONCURRENCY": "4"}, "Without Redis everything runs in one process"),
    ],
)
def test_settings_refuse_with_a_sentence(given, sentence, told, tmp_path):
    assert told(tmp_path, **given).startswith(sentence)


def test_a_cluster_with_good_settings_starts(told, tmp_path):
    assert told(tmp_path, WIREFLOW_PUBLIC_URL="https://w.example.org", **CLUSTER) == "https://w.example.org"


@pytest.mark.parametrize("port", ["0", "65536", "9" * 5000, "-1", "http"])
def test_a_port_that_cannot_be_is_refused_before_anything_is_made(port, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "wireflow_ui.serve", f"--port={port}"],
        cwd=ROOT,
        env=environment(tmp_path / "data"),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "a port is a number from 1 to 65535" in done.stderr) == (2, True)
    assert not (tmp_path / "data").exists()


OPENID = {
    "WIREFLOW_OPENID_ISSUER": "https://login.example.org/realms/all/",
    "WIREFLOW_OPENID_CLIENT_ID": "wireflow",
    "WIREFLOW_OPENID_CLIENT_SECRET": "only-for-tests",
}


def openid_of(**changed: str) -> object:
    given = {**OPENID, **changed}
    return openid_client(
        issuer=given["WIREFLOW_OPENID_ISSUER"],
        client_id=given["WIREFLOW_OPENID_CLIENT_ID"],
        secret=given["WIREFLOW_OPENID_CLIENT_SECRET"],
        title=given.get("WIREFLOW_OPENID_NAME", "OpenID Connect"),
        authority=given.get("WIREFLOW_OPENID_CA", ""),
    )


def test_an_openid_provider_is_named_by_three_settings(tmp_path, told):
    found = told(tmp_path, "OPENID", **OPENID)
    assert (found.issuer, found.client_id, found.title) == (
        "https://login.example.org/realms/all",
        "wireflow",
        "OpenID Connect",
    )
    assert "only-for-tests" not in repr(found)
    assert told(tmp_path, "OPENID") is None
    said = told(tmp_path, "OPENID", WIREFLOW_OPENID_ISSUER="https://login.example.org")
    assert said.startswith("Set WIREFLOW_OPENID_ISSUER, WIREFLOW_OPENID_CLIENT_ID and")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ISSUER", "login.example.org", "must look like https://"),
        ("ISSUER", "https://me:word@login.example.org", "must look like https://"),
        ("ISSUER", "https://login.example.org/?tenant=1", "must look like https://"),
        ("ISSUER", "http://login.example.org", "is http://: whoever reads or changes what passes"),
        ("CLIENT_SECRET", "schlüssel", "letters, digits and signs alone"),
        ("NAME", "x" * 41, "1 to 40 characters"),
        ("CA", "-----BEGIN CERTIFICATE-----\nnonsense", "is no certificate"),
        ("CA", "schlüssel", "is no certificate"),
    ],
)
def test_what_cannot_be_an_openid_provider_is_refused(name, value, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        openid_of(**{f"WIREFLOW_OPENID_{name}": value})


def test_a_provider_on_the_same_machine_may_speak_plain_http():
    assert openid_of(WIREFLOW_OPENID_ISSUER="http://127.0.0.1:9000") is not None


def test_mail_domains_are_domains():
    assert mail_domains(["Example.org", "example.com"]) == {"example.org", "example.com"}
    with pytest.raises(ImproperlyConfigured, match="must look like example"):
        mail_domains(["ada@example.org"])
