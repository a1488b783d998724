"""Executions are found by every filter, alone and together, and by their words."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import ApiKey
from executions.actions import Start, start_execution
from executions.models import GUEST, Execution, Noted
from history import finding, listing, looking, words
from history.actions import add_label, remove_label
from history.filters import filters_of
from history.models import Listing, Mark, Tally
from tests.executions.runs import Hand, make_workflow, prompt, start
from tests.factories import actor_for, make_key, team_of

pytestmark = pytest.mark.django_db


def found(user, **asked) -> set[str]:
    """What the filters find, by the prompts' first words."""
    page = finding.page_of(actor_for(user), filters_of(asked), most=50).executions
    assert page == sorted(page, key=lambda one: (-one.created_at.timestamp(), one.pk))
    return {one.workflow_name for one in page}


def named(user, name, words="x", **how) -> Execution:
    """An ended run of a workflow of this name."""
    execution = start(user, *prompt(words), **how)
    Execution.objects.filter(pk=execution.pk).update(workflow_name=name)
    return Hand().finish(execution)


def test_each_filter_finds_what_it_says_and_nothing_else(alice, bob):
    first, second = named(alice, "first", "a red fox"), named(alice, "second", "[block] a hen")
    make_key(alice)
    key = ApiKey.objects.get()
    Execution.objects.filter(pk=second.pk).update(started_by=bob, api_key=key, trigger="webhook")
    Execution.objects.filter(pk=first.pk).update(
        created_at=datetime(2026, 1, 5, 12, tzinfo=UTC), ended_at=datetime(2026, 1, 5, 12, 2, tzinfo=UTC)
    )
    listing.keep_up()
    add_label(actor=actor_for(alice), executions=[first], label="for the  fair")
    for asked, names in (
        ({}, {"first", "second"}),
        ({"status": "FAILED"}, {"second"}),
        ({"status": "nonsense"}, {"first", "second"}),
        ({"status": "DELETED"}, set()),
        ({"workflow": first.workflow_id}, {"first"}),
        ({"version": str(second.version_id)}, {"second"}),
        ({"version": "9" * 30}, {"first", "second"}),
        ({"trigger": "webhook"}, {"second"}),
        ({"person": str(bob.pk)}, {"second"}),
        ({"key": str(key.pk)}, {"second"}),
        ({"model": "llm:gemini"}, {"first", "second"}),
        ({"model": "llm:other"}, set()),
        ({"label": "for the fair"}, {"first"}),
        ({"label": "for the fair", "model": "llm:gemini", "status": "COMPLETED"}, {"first"}),
        ({"label": "for the fair", "status": "FAILED"}, set()),
        ({"cost": "0"}, {"second"}),
        ({"cost": "1"}, {"first"}),
        ({"duration": "60"}, {"first"}),
        ({"since": "2026-01-06"}, {"second"}),
        ({"until": "2026-01-05"}, {"first"}),
        ({"since": "2026-01-05", "until": "2026-01-05", "cost": "1"}, {"first"}),
        ({"since": "2026-02-31"}, {"first", "second"}),
        ({"q": "RED fo"}, {"first"}),
        ({"q": "policy"}, {"second"}),
        ({"q": "fair"}, {"first"}),
        ({"q": "first"}, {"first"}),
        ({"q": str(first.pk)[:8]}, {"first"}),
        ({"q": str(first.pk)}, {"first"}),
        ({"q": "red", "status": "FAILED"}, set()),
        ({"q": "red", "label": "for the fair"}, {"first"}),
        ({"q": "red hen"}, set()),
        ({"q": "'; \"*) OR -"}, set()),
        ({"q": "…"}, set()),
    ):  # fmt: skip
        assert found(alice, **asked) == names, asked


def test_a_stranger_finds_nothing_by_any_filter(alice, charlie):
    run = named(alice, "hers", "a red fox")
    listing.keep_up()
    add_label(actor=actor_for(alice), executions=[run], label="fair")
    for asked in (
        {}, {"q": "red"}, {"q": str(run.pk)}, {"label": "fair"}, {"model": "llm:gemini"},
        {"workflow": run.workflow_id}, {"version": str(run.version_id)}, {"person": str(alice.pk)},
    ):  # fmt: skip
        assert found(charlie, **asked) == set(), asked


def test_of_another_teams_app_neither_prompts_nor_models_are_found(alice):
    run = start(alice, *prompt("a secret fox"))
    Execution.objects.filter(pk=run.pk).update(trigger=GUEST, workflow_name="Poster app")
    Hand().finish(run)
    listing.keep_up()
    assert found(alice, q="secret") == found(alice, model="llm:gemini") == set()
    assert found(alice, q="poster") == found(alice, cost="1") == {"Poster app"}


def test_pages_of_a_search_follow_each_other_without_a_gap(alice, monkeypatch):
    monkeypatch.setattr(looking, "FINDS", 2)
    monkeypatch.setattr(looking, "FINDS_TO_FILTER", 2)
    runs = [start(alice, *prompt(f"fox {number}")) for number in range(5)]
    for number, run in enumerate(runs):
        Execution.objects.filter(pk=run.pk).update(
            created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number // 2)
        )
    others = [start(alice, *prompt("fox")) for _ in range(4)]  # found by the word alone
    Execution.objects.filter(pk__in=[one.pk for one in others]).update(trigger="api")
    Execution.objects.exclude(pk__in=[one.pk for one in others]).update(trigger="webhook")
    listing.keep_up()
    mine = Execution.objects.filter(pk__in=[one.pk for one in runs])
    add_label(actor=actor_for(alice), executions=list(mine), label="den")
    hook = {"trigger": "webhook"}
    for asked in ({"q": "fox", **hook}, {"q": "fox", "label": "den"}, {"label": "den"}, hook):
        actor, seen, cursor = actor_for(alice), [], ""
        while True:
            page = finding.page_of(actor, filters_of(asked), cursor=cursor, most=2)
            seen += page.executions
            cursor = page.cursor
            if not cursor:
                break
        assert seen == sorted(seen, key=lambda one: one.created_at, reverse=True), asked
        assert {one.pk for one in seen} == {one.pk for one in runs}, asked
        assert len(seen) == 5


def test_a_run_is_noted_while_it_goes_on_and_again_at_its_end(alice):
    run = start(alice, *prompt("a red fox"))
    listing.keep_up()
    run.refresh_from_db()
    assert run.noted == Noted.WHILE_OPEN
    assert found(alice, q="fox") == {"Words"}
    assert Tally.objects.count() == 0
    Hand().finish(run)
    assert listing.keep_up() == 1
    run.refresh_from_db()
    assert run.noted == Noted.AT_ITS_END
    assert listing.keep_up() == 0
    assert Listing.objects.count() == 1
    assert sorted(Mark.objects.values_list("kind", "value")) == [
        ("cost", "1"), ("duration", "0"), ("model", "llm:gemini"),
    ]  # fmt: skip
    assert {(one.subject, one.runs, one.credits) for one in Tally.objects.exclude(subject="type")} == {
        (subject, 1, 1) for subject in ("all", "workflow", "person", "key")
    }


def test_a_label_is_searched_for_at_once_and_not_when_it_is_gone(alice):
    run = named(alice, "run")
    listing.keep_up()
    actor = actor_for(alice)
    assert add_label(actor=actor, executions=[run], label="Größe") == 1
    assert add_label(actor=actor, executions=[run], label="Größe") == 0
    assert found(alice, q="grosse") == {"run"}
    assert remove_label(actor=actor, executions=[run], label="Größe") == 1
    assert found(alice, q="grosse") == found(alice, label="Größe") == set()


@pytest.mark.parametrize("most_alike", [1, 3])
def test_a_beginning_finds_all_words_that_have_it_be_they_few_or_many(alice, monkeypatch, most_alike):
    monkeypatch.setattr(words, "MOST_ALIKE", most_alike)
    for name in ("fox", "foxes", "foxglove", "fo", "fog", "fp", "fox\U00010300"):
        named(alice, name, f"a {name} alone")
    listing.keep_up()
    assert found(alice, q="fox") == {"fox", "foxes", "foxglove", "fox\U00010300"}
    assert found(alice, q="fo") == {"fox", "foxes", "foxglove", "fo", "fog", "fox\U00010300"}
    assert found(alice, q="foxg alone") == {"foxglove"}
    assert found(alice, q="foxa") == found(alice, q="fox hen") == set()


def test_words_are_small_without_accents_and_signs_without_spaces_stand_alone():
    assert words.words_of(["A café-Bar", "猫の絵 cat", "x_y"]) == [
        "a", "cafe", "bar", "猫", "の", "絵", "cat", "x", "y",
    ]  # fmt: skip


def test_what_is_reused_counts_as_saved(alice):
    workflow = make_workflow(alice, *prompt("a fox"))
    for _ in range(2):
        run = start_execution(workflow=workflow, team=team_of(alice), start=Start(reuse="all"), user=alice)
        Hand().finish(run)
    listing.keep_up()
    assert list(Tally.objects.filter(subject="all").values_list("runs", "credits", "saved")) == [(2, 1, 1)]


@pytest.fixture
def short_looks(monkeypatch):
    """Stretches of two, and no time for a second one."""
    for name, value in {"FIRST": 2, "NEXT": 2, "SECONDS": 0.0, "FINDS_TO_FILTER": 2}.items():
        monkeypatch.setattr(looking, name, value)


def test_a_page_says_how_far_back_it_looked_and_the_next_one_goes_on_from_there(alice, short_looks):
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    runs = [start(alice, *prompt("a fox")) for _ in range(9)]
    for number, run in enumerate(runs):
        Execution.objects.filter(pk=run.pk).update(
            created_at=begin + timedelta(hours=number), trigger="api" if number % 4 else "webhook"
        )
    Hand().finish(runs[0])
    Hand().finish(runs[1])
    listing.keep_up()
    actor = actor_for(alice)
    add_label(actor=actor, executions=list(Execution.objects.all()), label="den")
    asked = {"trigger": "api", "status": "RUNNING", "label": "den"}
    wanted = [runs[number].pk for number in (7, 6, 5, 3, 2)]
    seen, cursor, moments = [], "", []
    while True:
        page = finding.page_of(actor, filters_of(asked), cursor=cursor, most=10)
        seen += [one.pk for one in page.executions]
        if page.looked_back_to is None:
            break
        moments.append(page.looked_back_to)
        cursor = page.cursor
    assert seen == wanted
    assert moments == [begin + timedelta(hours=6), begin + timedelta(hours=3)]
    assert [one.pk for one in finding.all_of(actor, filters_of(asked), most=100)] == wanted
    assert [one.pk for one in finding.all_of(actor, filters_of(asked), most=3)] == wanted[:3]


def test_runs_of_one_moment_are_looked_at_together(alice, short_looks):
    runs = [start(alice, *prompt("a fox")) for _ in range(7)]
    Execution.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC), trigger="webhook")
    Execution.objects.filter(pk=runs[-1].pk).update(trigger="api")
    listing.keep_up()
    add_label(actor=actor_for(alice), executions=list(Execution.objects.all()), label="den")
    for asked in ({"trigger": "webhook"}, {"trigger": "webhook", "label": "den"}):
        found = [one.pk for one in finding.all_of(actor_for(alice), filters_of(asked), most=100, lot=4)]
        assert sorted(found) == sorted(one.pk for one in runs[:-1]), asked


@pytest.mark.parametrize("asked", [{"trigger": "webhook"}, {"q": "fox"}], ids=["filter", "search"])
def test_a_page_whose_runs_are_all_deleted_while_it_is_read_does_not_end_the_list(alice, bob, asked):
    """The places are found with one statement and the runs read with another; here somebody deletes in between."""
    runs = [start(alice, *prompt("a fox")) for _ in range(6)]
    Execution.objects.update(trigger="webhook")
    listing.keep_up()
    actor, deleted = actor_for(alice), []

    def delete_those_found(execute, sql, params, many, context):
        if "lead" not in sql and "deleted_at" in sql and not deleted:
            deleted.extend(runs[-2:])
            Execution.objects.filter(pk__in=[one.pk for one in deleted]).delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(delete_those_found):
        page = finding.page_of(actor, filters_of(asked), most=2)
    assert deleted and page.executions == []
    assert page.looked_back_to == deleted[0].created_at
    rest = finding.page_of(actor, filters_of(asked), cursor=page.cursor, most=50)
    assert [one.pk for one in rest.executions] == [one.pk for one in reversed(runs[:-2])]
    assert rest.cursor == ""


def test_the_list_goes_on_looking_by_itself_and_says_when_it_is_through(signed_in, alice, short_looks):
    runs = [start(alice, *prompt("a fox")) for _ in range(4)]
    Execution.objects.update(trigger="webhook")
    Execution.objects.filter(pk__in=[one.pk for one in runs[:2]]).update(status="FAILED", trigger="api")
    browser = signed_in(alice)
    page = browser.get("/executions?trigger=webhook&status=FAILED")
    text = page.content.decode()
    assert "Looked back to" in text
    assert "No execution fits" not in text
    [address] = re.findall(r'hx-get="(/executions\?[^"]*cursor[^"]*)" hx-trigger="load"', text)
    text = browser.get(html.unescape(address), headers={"HX-Request": "true"}).content.decode()
    assert "That is all: nothing older fits." in text
    assert "hx-get" not in text
