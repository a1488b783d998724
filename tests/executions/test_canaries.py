"""Secrets planted in keys, prompts and providers' errors, looked for wherever something is kept, shown or sent."""

from __future__ import annotations

import logging
from base64 import b32encode, b64encode
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django_otp.oath import totp

from accounts import provider_keys, two_factor
from accounts.models import Authenticator, ProviderKey, Team, User
from executions import dispatch
from executions.engine.claims import Claim
from executions.models import NodeRun
from executions.providers import provider_named
from operations import figures
from providers.http import Access
from tests.doubles.fal import FalDouble
from tests.doubles.server import Call, Reply, running
from tests.executions.boards import node, preview, text
from tests.executions.doors import Api, poll
from tests.executions.runs import Hand, node_run, start, until
from tests.executions.test_team_keys import poll as ask_again
from tests.factories import actor_for, team_of
from wireflow_ui.log_format import MaskSecrets

OF_THE_TEAM = "canary-of-the-team-0123456789"
OF_THE_SERVER = "canary-of-the-server-0123456789"
OF_ANOTHER = "sk-canary0of0another0account0123456789"
IN_THE_PROMPT = "canary in the prompt"
KEYS = (OF_THE_TEAM, OF_THE_SERVER, OF_ANOTHER)
WIRES = ("ask.prompt make.prompt", "make.images out.value")


class Gossip(FalDouble):
    """Repeats, when it refuses, all that it was told and more."""

    key = OF_THE_TEAM

    def answer(self, call: Call) -> Reply:
        if call.method == "POST" and b"[gossip]" in call.body:
            said = f"{OF_ANOTHER} https://me:{OF_THE_TEAM}@fal {call.headers['authorization']} {call.body.decode()}"
            return Reply(422, {"detail": [{"type": "value_error", "msg": said}]})
        return super().answer(call)


class Heard(logging.Handler):
    """Every record, also of the libraries, as our formatter writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(MaskSecrets("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__}")


@pytest.fixture
def heard():
    handler, root = Heard(), logging.getLogger()
    level, ours = root.level, logging.getLogger("wireflow")
    root.addHandler(handler)
    for one in (root, ours):
        one.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)
    ours.setLevel(logging.INFO)


@pytest.fixture
def messages(settings):
    """What is handed to Celery's broker."""
    found: list[str] = []

    def note(sender: str, body: Any, headers: Any, **_: Any) -> None:
        found.append(f"{sender} {body} {headers}")

    before_task_publish.connect(note)
    settings.ENGINE_LINE = "celery"
    yield found
    before_task_publish.disconnect(note)


@pytest.fixture
def gossip(settings, house, tmp_path):
    settings.SEAL_KEYS, settings.SEAL_KEY_FILE = [], tmp_path / "seal-key"
    with running(Gossip(waits=0)) as double:
        settings.PROVIDER_ADDRESSES = {"fal": double.base_url}
        settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, OF_THE_SERVER)}
        provider_named.cache_clear()
        yield double


def run(user: User, words: str) -> tuple[Any, list[Claim]]:
    nodes = [text("ask", words), node("make", "generate:nano_banana_2"), preview()]
    execution, hand = start(user, nodes, *WIRES), Hand()
    claimed = hand.claim(NodeRun.objects.filter(execution=execution, status="READY"))
    for claim in claimed:
        hand.carry(claim)
    for _ in range(3):
        ask_again(hand, execution)
    return hand.finish(execution), claimed


def whole_database() -> str:
    """Every row of every table, but for the column that holds what is sealed."""
    sealed = ProviderKey._meta.db_table
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
            kept = [f'"{name}"' for name in columns if (table, name) != (sealed, "sealed")]
            cursor.execute(f'SELECT {", ".join(kept)} FROM "{table}"')
            found += [f"{table} {row}" for row in cursor.fetchall()]
    return "\n".join(found)


def test_canaries_are_found_nowhere(
    alice, client, gossip, heard, messages, monkeypatch, django_capture_on_commit_callbacks
):
    news: list[str] = []
    monkeypatch.setattr("accounts.news.publish", lambda group, message: news.append(f"{group} {message}"))
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    with django_capture_on_commit_callbacks(execute=True):
        given = {"key": OF_THE_TEAM}
        key = provider_keys.save_provider_key(actor=actor_for(alice), provider="fal", given=given)
        provider_keys.try_provider_key(key_id=key.pk)
        good, claimed = run(alice, IN_THE_PROMPT)
        bad, more = run(alice, f"{IN_THE_PROMPT} [gossip]")
        dispatch.ring([1])
    assert (good.status, bad.status) == ("COMPLETED", "FAILED")
    until(lambda: len(messages) >= 2)  # the test of the key, and node runs

    client.force_login(alice)
    client.raise_request_exception = False
    pages = [
        "/settings?tab=provider-keys&open=fal", "/settings/provider-keys/fal/state", "/executions", "/usage",
        f"/executions/{good.pk}", f"/executions/{bad.pk}", f"/flow/{bad.workflow_id}", "/system", "/system.json",
        "/admin/accounts/team/", f"/admin/accounts/team/{team_of(alice).pk}/change/", "/usage.csv", "/assets",
    ]  # fmt: skip
    shown = {}
    for path in pages:
        answer = client.get(path)
        assert answer.status_code == 200, path
        shown[path] = (b"".join(answer) if answer.streaming else answer.content).decode()
    app = switched_on(client, alice)
    shown["/settings?tab=security"] = client.get("/settings?tab=security").content.decode()
    api = Api(client, alice)
    row = node_run(bad)
    assert "It said:" in row.error and "…" in row.error  # the provider's words are there, the secrets are not
    kept = {
        "database": whole_database(),
        "log": "\n".join(heard),
        "messages": "\n".join(messages),
        "news": "\n".join(news),
        "metrics": figures.page()[0].decode(),
        "answers": f"{poll(api, good)} {poll(api, bad)}",
        "reprs": repr([claimed, more, key, Team.objects.get(), gossip.calls and Access("", OF_THE_TEAM)]),
        **shown,
    }
    for place, content in kept.items():
        for canary in (*KEYS, *app):
            assert canary not in content, (place, content[max(0, content.find(canary) - 200) :][:400])
    for place in (
        "log",
        "messages",
        "news",
        "metrics",
        "/system",
        "/system.json",
        "/settings?tab=provider-keys&open=fal",
    ):
        assert IN_THE_PROMPT not in kept[place], place
    files = _files("")
    assert files
    for file in files:
        with default_storage.open(file) as opened:
            content = opened.read()
        assert not any(canary.encode() in content for canary in (*KEYS, IN_THE_PROMPT)), file
    assert any(OF_THE_TEAM in " ".join(call.headers.values()) for call in gossip.calls)  # it was used


def switched_on(client: Client, user: User) -> list[str]:
    """The key that the codes of the person's app come from, in the forms that somebody could write it in."""
    client.post("/settings/two-factor/begin")
    key = two_factor.key_of(Authenticator.objects.get(user=user))
    text = b32encode(key).decode()
    done = client.post("/settings/two-factor", {"do": "confirm", "code": f"{totp(key):06d}"})
    assert done.context["new_codes"]
    parts = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return [text, parts, key.hex(), b64encode(key).decode(), repr(key)]


def _files(folder: str) -> list[str]:
    if not default_storage.exists(folder or "."):
        return []
    folders, files = default_storage.listdir(folder or ".")
    here = [f"{folder}/{name}".lstrip("/") for name in files]
    return here + [file for one in folders for file in _files(f"{folder}/{one}".lstrip("/"))]
