"""The audit log: who changed what, from where, before and after; and no secret in it."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from html import unescape

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import audit, teams
from accounts.actions import rotate_api_key
from accounts.models import ApiKey, AuditEntry
from accounts.secrets import digest
from credits.actions import grant
from tests.executions.runs import make_workflow, prompt
from tests.factories import actor_for, bearer, make_key, team_of
from tests.processes import ROOT
from wireflow_ui.errors import WireflowError

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


def told() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("who", "action", "subject"))


def test_every_change_that_is_recorded_has_words_and_every_word_is_used():
    used = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in ("tests", "frontend", "bench"):
            continue
        text = path.read_text(encoding="utf-8")
        if "audit.record(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                (change,) = (one.value for one in node.keywords if one.arg == "change")
                used |= {one.value for one in ast.walk(change) if isinstance(one, ast.Constant) and one.value}
    assert used == set(audit.CHANGES)
    assert {name.partition(".")[0] for name in used} == set(audit.KINDS)


def test_a_change_says_who_made_it_from_where_with_which_key(client, signed_in, alice, bob):
    workflow = make_workflow(bob, *prompt("a boat"))
    AuditEntry.objects.all()._raw_delete("default")
    signed_in(bob).post(f"/workflows/{workflow.pk}/settings/webhook", {"do": "on"}, REMOTE_ADDR="203.0.113.7")
    client.delete(f"/api/v1/workflows/{workflow.pk}/webhook", headers=bearer(bob))
    on, made, off = AuditEntry.objects.order_by("pk")
    assert (on.who, on.action, on.address, on.key, on.user) == (
        "bob@example.org", "webhook.switched_on", "203.0.113.7", "", bob,
    )  # fmt: skip
    assert (made.who, made.action) == (audit.SERVER, "key.made")  # by a command, not by a request
    assert (off.action, off.key) == ("webhook.switched_off", str(ApiKey.objects.get()))


def test_before_and_after_are_told_and_no_secret_is(signed_in, alice, settings, tmp_path):
    settings.PROVIDER_ADDRESSES, settings.SEAL_KEY_FILE = {"gemini": "http://127.0.0.1:9"}, tmp_path / "key"
    browser = signed_in(alice)
    made = browser.post("/settings/api-keys", {"name": "ci", "scopes": ["workflows:read"], "days": ""})
    turned = browser.post(f"/settings/api-keys/{ApiKey.objects.get().pk}/rotate")
    browser.post("/settings/provider-keys/gemini", {"key": "key-0123456789"})
    texts = [made.context["new_key"].text, turned.context["new_key"].text, "key-0123456789"]
    rows = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert not any(text in rows or digest(text) in rows for text in texts)
    changed = AuditEntry.objects.get(action="key.rotated").changes
    assert changed["begins with"] == [texts[0][:11], texts[1][:11]]
    assert AuditEntry.objects.get(action="provider_key.set").who == "alice@example.org"


def test_what_was_undone_is_not_in_the_log(alice):
    with pytest.raises(WireflowError), transaction.atomic():
        grant(team=team_of(alice), amount=5, reason="gift", reference="once")
        grant(team=team_of(alice), amount=5, reason="gift", reference="once")
    assert told() == []


def test_the_log_never_changes(alice):
    grant(team=team_of(alice), amount=5, reason="gift")
    with pytest.raises(TypeError):
        AuditEntry.objects.update(who="nobody")
    with pytest.raises(TypeError):
        AuditEntry.objects.all().delete()
    assert told() == [(audit.SERVER, "credits.granted", "gift")]


def test_the_page_filters_and_goes_on_by_keys(signed_in, alice, bob, charlie, monkeypatch):
    monkeypatch.setattr(audit, "PAGE_SIZE", 2)
    for number in range(5):
        grant(team=team_of(alice), amount=number + 1, reason=f"gift {number}")
    grant(team=team_of(charlie), amount=9, reason="hers")
    browser = signed_in(alice)
    first = browser.get("/settings/audit")
    assert [row["entry"].subject for row in first.context["entries"]] == ["gift 4", "gift 3"]
    after = first.context["next_id"]
    grant(team=team_of(alice), amount=1, reason="late")
    second = browser.get(f"/settings/audit?before={after}", headers={"HX-Request": "true"})
    assert [row["entry"].subject for row in second.context["entries"]] == ["gift 2", "gift 1"]
    assert "<html" not in page(second)
    assert browser.get("/settings/audit?kind=member").context["entries"] == []
    assert len(browser.get("/settings/audit?kind=credits&first=garbage&person=x").context["entries"]) == 2
    tomorrow = (timezone.now() + timedelta(days=2)).date()
    assert browser.get(f"/settings/audit?first={tomorrow}").context["entries"] == []
    assert browser.get(f"/settings/audit?person={bob.pk}").context["entries"] == []


def test_the_table_holds_every_change_and_no_formula(signed_in, alice):
    grant(team=team_of(alice), amount=7, reason="=HYPERLINK(1)")
    answer = signed_in(alice).get("/settings/audit.csv")
    lines = answer.content.decode().splitlines()
    assert lines[0] == "at,who,key,address,change,about,what,before,after"
    assert lines[1].endswith(",credits.granted,'=HYPERLINK(1),credits,,7")


def test_only_owners_read_the_log(signed_in, alice, bob):
    for path in ("/settings/audit", "/settings/audit.csv"):
        answer = signed_in(bob).get(path)
        assert (answer.status_code, "Only an owner of the team reads its audit log." in page(answer)) == (
            403,
            True,
        )
    assert "/settings/audit" not in page(signed_in(bob).get("/settings"))


def test_a_key_with_a_new_text_keeps_all_but_the_text(client, signed_in, alice, bob):
    old = make_key(bob, scopes=["workflows:read"], expires_at=timezone.now() + timedelta(days=30))
    key = ApiKey.objects.get()
    new = rotate_api_key(actor=actor_for(bob), key_id=key.pk)
    assert (new.key.pk, new.key.name, new.key.scopes) == (key.pk, key.name, ["workflows:read"])
    assert timedelta(days=29) < new.key.expires_at - timezone.now() <= timedelta(days=30)
    for text, status in ((old, 401), (new.text, 200)):
        answer = client.get("/api/v1/workflows", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == status
    refused = signed_in(alice).post(f"/settings/api-keys/{key.pk}/rotate")
    assert (refused.status_code, "Only whom a key acts as" in page(refused)) == (403, True)
    assert ApiKey.objects.get().digest == digest(new.text)


def test_the_log_speaks_the_language_of_its_reader(signed_in, alice):
    team = team_of(alice)
    teams.change_team(actor=actor_for(alice), name="Boote", sandbox_free=True)
    audit.record(
        team=team, change="limit.set", subject="the team “Boote”", after={"refuses runs": True, "mine": "x"}
    )
    audit.record(team=team, change="run.deleted", subject="3 runs")
    shown = page(signed_in(alice).get("/settings/audit", headers={"Accept-Language": "de"}))
    for words in ("das Team „Boote“", "weist Läufe ab", ">ja<", ">mine<", "3 Läufe", "Betreiber des Servers"):
        assert words in shown, words
    assert "the team “" not in shown and "sandbox runs are free" not in shown
