"""The history, asked as a browser asks."""

from __future__ import annotations

import re

import pytest

from executions.models import NodeRun
from history import views
from tests.executions.runs import Hand, prompt, start
from tests.workflows.conftest import make_workflow
from workflows import actions


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def test_back_gets_the_whole_page(browser):
    part = browser.get("/executions", headers={"HX-Request": "true"})
    assert part.templates[0].name == "executions/_rows.html"
    asked_by_back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert browser.get("/executions", headers=asked_by_back).templates[0].name == "executions/list.html"


def test_the_workflow_that_is_filtered_by_is_always_among_the_choices(browser, alice, charlie, monkeypatch):
    monkeypatch.setattr(views, "MOST_CHOICES", 2)
    old, gone, mid, new = (make_workflow(alice, name) for name in ("Old", "Gone", "Mid", "New"))
    actions.delete_workflow(workflow=gone)
    foreign = make_workflow(charlie, "Hers")

    def choices(chosen):
        return browser.get("/executions", {"workflow": chosen}).context["workflows"]

    assert choices("") == choices(new.pk) == choices(foreign.pk) == [new, mid]
    assert choices(old.pk) == [new, mid, old]
    assert choices(gone.pk) == [new, mid, gone]


@pytest.mark.django_db(transaction=True)
def test_what_a_failed_run_never_reached_is_not_said_to_wait(browser, alice):
    execution = Hand().finish(start(alice, *prompt("[block] a fox")))
    page = browser.get(f"/executions/{execution.pk}")
    shown = {
        run["node_id"]: (run["status"], run["status_word"]) for run in page.context["execution"].node_runs
    }
    assert shown == {
        "ask": ("COMPLETED", "done"), "make": ("FAILED", "failed"), "out": ("SKIPPED", "not run"),
    }  # fmt: skip
    assert 'data-state="pending"' not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_list_marks_runs_of_the_sandbox(browser, alice):
    for words, provider in (("a fox", "sandbox"), ("a hen", "fal")):
        start(alice, *prompt(words)).node_runs.filter(node_id="make").update(provider=provider)
    page = browser.get("/executions")
    assert [row.is_sandbox for row in page.context["executions"]] == [False, True]
    assert page.content.decode().count("chip sandbox") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wait_for", "shown"),
    [("result", ("RUNNING", "running")), ("retry", ("PENDING", "waiting to try again"))],
)
def test_waiting_for_a_provider_does_not_look_like_waiting_for_a_person(browser, alice, wait_for, shown):
    execution = start(alice, *prompt("a fox"))
    NodeRun.objects.filter(execution=execution, node_id="make").update(status="WAITING", wait_for=wait_for)
    [run] = [
        run
        for run in browser.get(f"/executions/{execution.pk}").context["execution"].node_runs
        if run["node_id"] == "make"
    ]
    assert (run["status"], run["status_word"]) == shown


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cursor", ["nonsense", "0001-01-01T00:00:00+14:00~" + "0" * 32, "2020-01-01~x"])
def test_a_cursor_that_cannot_be_read_begins_with_the_newest(browser, alice, cursor):
    execution = start(alice, *prompt("a fox"))
    [row] = browser.get("/executions", {"cursor": cursor}).context["executions"]
    assert row.id == str(execution.pk)


@pytest.mark.django_db(transaction=True)
def test_viewers_are_not_offered_to_start_or_stop(signed_in, alice, vera):
    execution = start(alice, *prompt("[block] a fox"))
    stop, again = f"/executions/{execution.pk}/cancel", f"/executions/{execution.pk}/again"

    def offered(person):
        page = signed_in(person).get(f"/executions/{execution.pk}").content.decode()
        return f'action="{stop}"' in page, f'action="{again}"' in page

    assert (offered(alice), offered(vera)) == ((True, False), (False, False))
    Hand().finish(execution)
    assert (offered(alice), offered(vera)) == ((False, True), (False, False))


@pytest.mark.parametrize("verb", ["cancel", "again"])
def test_strangers_sign_in_and_come_back_to_a_page(client, verb, db):
    answer = client.post(f"/executions/00000000-0000-0000-0000-000000000000/{verb}")
    assert answer["Location"] == "/sign-in?next=/"


def test_long_names_are_told_apart_by_their_ends(browser, alice):
    for end in ("red", "blue"):
        make_workflow(alice, f"{'Spring campaign for the garden shop ' * 3}{end}")
    text = browser.get("/").content.decode()
    assert re.findall(r">(Spring [^<]*)</a>", text) == [
        "Spring campaign for the gar…rden shop blue", "Spring campaign for the gar…arden shop red",
    ]  # fmt: skip
