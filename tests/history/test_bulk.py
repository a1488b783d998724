"""What is done with many executions at once, saved views, the CSV file and the cleaner."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.files import File
from django.utils import timezone

from assets.actions import upload
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.models import Event, Execution, GoneExecution, NodeRun
from history import cleaning, listing
from history.actions import add_label
from history.models import Listing, Mark, Retention, SavedView
from tests.assets.pictures import png
from tests.executions.boards import preview, text
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, start
from tests.factories import actor_for, team_of
from tests.workflows.graphs import node

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def ended(user, words: str = "a fox") -> Execution:
    return Hand().finish(start(user, *prompt(words)))


def said(answer) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def do(browser, deed: str, *runs: Execution, **more):
    return browser.post("/executions/bulk", {"do": deed, "run": [str(one.pk) for one in runs], **more})


def test_ticked_runs_are_stopped_and_started_again(browser, alice):
    going, over = start(alice, *prompt("a fox")), ended(alice)
    assert said(do(browser, "cancel", going, over)) == ["1 run stopped."]
    going.refresh_from_db()
    assert going.status == "CANCELLED"
    assert said(do(browser, "again", going, over))[-1:] == ["2 runs started again."]
    assert Execution.objects.filter(trigger="again").count() == 2


def test_the_list_comes_back_with_its_filters(browser, alice):
    answer = do(browser, "label", ended(alice), new_label="fair", status="COMPLETED", q="fox")
    assert (answer.status_code, answer["Location"]) == (303, "/executions?q=fox&status=COMPLETED")
    assert list(Mark.objects.filter(kind="label").values_list("value", flat=True)) == ["fair"]
    page = browser.get("/executions?label=fair")
    assert [row.labels for row in page.context["executions"]] == [["fair"]]
    assert 'href="/executions?label=fair"' in page.content.decode()


def test_what_is_thrown_away_is_nowhere_to_be_seen_until_it_is_brought_back(browser, alice):
    run, going = ended(alice), start(alice, *prompt("x"))
    link = '<a href="/executions?status=DELETED">Bring them back from the bin</a>'
    [sentence] = said(do(browser, "delete", run, going))
    assert sentence == (
        "1 run moved to the bin, where they stay for 30 days. 1 run still going on: stop them first. " + link
    )
    assert link in browser.get("/executions").content.decode()
    assert browser.get(f"/api/v1/workflows/executions/{run.pk}").status_code == 404
    assert [row.id for row in browser.get("/executions").context["executions"]] == [str(going.pk)]
    binned = browser.get("/executions?status=DELETED")
    assert [row.id for row in binned.context["executions"]] == [str(run.pk)]
    assert said(do(browser, "restore", run, status="DELETED"))[-1:] == ["1 run brought back."]
    assert browser.get(f"/executions/{run.pk}").status_code == 200


def test_a_run_in_the_bin_is_opened_and_brought_back_by_its_team(browser, signed_in, alice, vera, charlie):
    run = ended(alice)
    do(browser, "delete", run)
    address = f"/executions/{run.pk}"
    page = browser.get(address)
    assert page.status_code == 200
    text = page.content.decode()
    assert "In the bin since" in text
    assert re.findall(r'action="(/[^"]+)"', text.partition("<main")[2]) == ["/executions/bulk"]
    assert "Bring back" not in signed_in(vera).get(address).content.decode()
    assert signed_in(charlie).get(address).status_code == 404
    for way in ("again", "resume", "load", "cancel", "share", "labels"):
        assert browser.post(f"{address}/{way}").status_code == 404
    assert do(browser, "restore", run, back_to="run")["Location"] == address
    assert "In the bin since" not in browser.get(address).content.decode()


def test_deleting_tells_of_links_that_show_nothing_any_more(browser, alice):
    shared, other = ended(alice), ended(alice)
    browser.post(f"/executions/{shared.pk}/share", {"do": "on"})
    sentence = said(do(browser, "delete", shared, other))[-1]
    assert "1 share link shows nothing while its run is in the bin." in sentence
    assert "share link" not in said(do(browser, "delete", ended(alice)))[-1]


def test_results_come_as_one_archive(browser, alice):
    run = ended(alice)
    answer = do(browser, "download", run)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    [name] = archive.namelist()
    assert name == f"Words-{str(run.pk)[:8]}-1.txt"
    assert archive.read(name).decode() == NodeRun.objects.get(node_id="make").output["text"]


def test_two_are_compared(browser, alice):
    one, two = ended(alice), ended(alice)
    assert do(browser, "compare", one, two)["Location"] == f"/executions/compare?run={one.pk}&run={two.pk}"


@pytest.mark.parametrize("deed", ["cancel", "again", "label", "unlabel", "delete", "restore"])
def test_neither_a_viewer_nor_a_stranger_changes_anything(signed_in, alice, vera, charlie, deed):
    going, over = start(alice, *prompt("a fox")), ended(alice)
    if deed == "restore":
        Execution.objects.filter(pk=over.pk).update(deleted_at=timezone.now())
    rows = list(Execution.objects.order_by("pk").values())
    before = everything_stored(), Mark.objects.count()
    assert do(signed_in(vera), deed, going, over, new_label="x").status_code == 403
    assert do(signed_in(charlie), deed, going, over, new_label="x").status_code == 303
    assert (everything_stored(), Mark.objects.count()) == before
    assert list(Execution.objects.order_by("pk").values()) == rows


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"do": "delete"}, "Tick the runs that this is about first."),
        ({"do": "delete", "run": "nonsense"}, "Tick the runs that this is about first."),
        ({"do": "explode", "run": "0dc9e500-cddf-4614-9202-60977088e0fd"}, "This button is not known here."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(browser, alice, body, sentence):
    answer = browser.post("/executions/bulk", body)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_the_csv_holds_what_the_filters_show_and_no_formulas(browser, alice, charlie):
    run = ended(alice)
    ended(charlie)
    Execution.objects.filter(pk=run.pk).update(workflow_name="=HYPERLINK(1)", error="@x")
    answer = browser.get("/executions.csv?status=COMPLETED")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["execution"], row["workflow"], row["error"], row["credits"]) for row in rows] == [
        (str(run.pk), "'=HYPERLINK(1)", "'@x", "1")
    ]
    none = browser.get("/executions.csv?status=FAILED")
    assert none.content.decode().count("\n") == 1


def test_the_csv_tells_what_each_run_was_given_whole(browser, alice, charlie):
    long = "A lighthouse, " * 500
    photo = upload(team=team_of(alice), user=alice, file=File(io.BytesIO(png())), filename="boat.png")
    nodes = [
        text("ask", "as it stands"),
        node("photo", "input:image", image=photo.pk),
        node("make", "generate:nano_banana_2", prompt="=1+1"),
        node("say", "llm:gemini", prompt="never used"),
        preview(),
    ]
    wires = ("ask.prompt say.prompt", "photo.image make.image1", "make.images out.value")
    workflow = make_workflow(
        alice, [{**nodes[0], "data": {**nodes[0]["data"], "label": "-Words"}}, *nodes[1:]], *wires
    )
    start_execution(workflow=workflow, team=team_of(alice), start=Start(inputs={"ask": long}))
    [row] = csv.DictReader(io.StringIO(browser.get("/executions.csv").content.decode()))
    assert row["inputs"] == f"'-Words: {long}\nImage Input: boat.png\nNano Banana 2: =1+1"
    assert list(row)[-1] == "inputs"


def test_a_view_is_saved_for_oneself_or_the_team_and_deleted_by_whoever_made_it(signed_in, alice, bob, vera):
    answer = signed_in(bob).post(
        "/executions/views", {"name": "Bad ones", "status": "FAILED", "q": "fox", "is_shared": "1"}
    )
    assert answer["Location"] == "/executions?q=fox&status=FAILED"
    signed_in(bob).post("/executions/views", {"name": "Mine", "status": "COMPLETED"})
    shared = SavedView.objects.get(name="Bad ones")
    assert [view.name for view in signed_in(vera).get("/executions").context["views"]] == ["Bad ones"]
    assert signed_in(vera).post(f"/executions/views/{shared.pk}/delete").status_code == 404
    assert (
        signed_in(vera).post("/executions/views", {"name": "x", "q": "y", "is_shared": "1"}).status_code
        == 403
    )
    assert signed_in(bob).post("/executions/views", {"name": "Everything"}).status_code == 400
    assert SavedView.objects.count() == 2
    assert signed_in(alice).post(f"/executions/views/{shared.pk}/delete").status_code == 303
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]


def test_the_cleaner_takes_away_what_is_not_kept_and_the_ledger_still_agrees(browser, alice, charlie):
    old, labelled, failed, fresh, theirs = (
        ended(alice), ended(alice), ended(alice, "[block]"), ended(alice), ended(charlie),
    )  # fmt: skip
    listing.keep_up()
    add_label(actor=actor_for(alice), executions=[labelled], label="keep")
    long_ago = timezone.now() - timedelta(days=40)
    Execution.objects.filter(pk__in=[old.pk, labelled.pk, theirs.pk]).update(created_at=long_ago)
    Execution.objects.filter(pk=failed.pk).update(created_at=timezone.now() - timedelta(days=9))
    assert browser.post("/executions/retention", {"days": "30", "failed_days": "7", "keeps_labelled": "1"})
    assert cleaning.clean_some() == 2
    assert set(Execution.objects.values_list("pk", flat=True)) == {labelled.pk, fresh.pk, theirs.pk}
    assert set(GoneExecution.objects.values_list("pk", "credits_used")) == {(old.pk, 1), (failed.pk, 0)}
    for rows in (NodeRun, Event):
        assert set(rows.objects.values_list("execution", flat=True)) == {labelled.pk, fresh.pk, theirs.pk}
    assert Listing.objects.count() == 3
    assert faults() == []
    assert cleaning.clean_some() == 0


def test_the_cleaner_takes_lots_that_fit_its_time_and_rests_after_each(alice, monkeypatch):
    monkeypatch.setattr(cleaning, "FIRST", 2)
    monkeypatch.setattr(cleaning, "AIM", 600.0)  # no lot takes so long, so that they grow
    runs = [ended(alice) for _ in range(7)]
    listing.keep_up()
    for number, run in enumerate(runs):  # two of one moment end the first lot and begin the second
        moment = timezone.now() - timedelta(days=40, hours=-max(number, 2))
        Execution.objects.filter(pk=run.pk).update(created_at=moment, deleted_at=moment)
    rests: list[float] = []
    assert cleaning.clean_some(seconds=600, rest=rests.append) == 7
    assert len(rests) == 3  # two, four, and one
    assert all(0 < rest < 600 for rest in rests)
    assert not Execution.objects.exists()
    assert faults() == []


@pytest.mark.parametrize(
    ("size", "took", "following"),
    [(5, 0.001, 10), (40, 0.01, 40), (20, 0.1, 10), (5, 3.0, 5), (10, 0.05, 10)],
)
def test_the_next_lot_is_twice_as_large_at_most_and_as_much_smaller_as_need_be(size, took, following):
    assert cleaning.next_size(size, took) == following


def test_the_bin_is_emptied_after_thirty_days_and_not_before(alice):
    early, late = ended(alice), ended(alice)
    listing.keep_up()
    for run, days in ((early, 31), (late, 29)):
        Execution.objects.filter(pk=run.pk).update(deleted_at=timezone.now() - timedelta(days=days))
    assert cleaning.clean_some() == 1
    assert Execution.objects.get() == late
    assert faults() == []


def test_a_rule_of_nonsense_is_refused(browser, alice):
    for days in ("0", "-1", "nonsense", "99999"):
        assert browser.post("/executions/retention", {"days": days}).status_code == 400
    assert not Retention.objects.filter(team=team_of(alice)).exists()
