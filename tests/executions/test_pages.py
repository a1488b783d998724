"""The history and the page of one execution, as people of the team see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import translation

from executions.actions import Start, cancel_execution, start_execution
from executions.models import Execution, NodeRun
from executions.pages import duration_text, row_of, shown_values, span_text
from tests.executions.boards import LIST, collect, each, lines, llm, text
from tests.executions.runs import Hand, everything_stored, prompt, start, wallet
from workflows.models import Version, Workflow

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def names(answer) -> list[str]:
    """The executions on a page of the history, by their links."""
    return re.findall(r'run-link cut" href="/executions/([0-9a-f-]+)"', answer.content.decode())


def test_the_history_is_empty_at_first(browser):
    assert "Nothing has run yet" in browser.get("/executions").content.decode()


def test_the_history_lists_the_newest_first_page_by_page(browser, alice, monkeypatch):
    monkeypatch.setattr("history.views.PAGE", 2)
    ids = [str(start(alice, *prompt(words)).pk) for words in "abc"][::-1]
    first = browser.get("/executions")
    assert names(first) == ids[:2]
    cursor = first.context["next_cursor"]
    second = browser.get("/executions", {"cursor": cursor})
    assert (names(second), second.context["next_cursor"]) == (ids[2:], "")


def test_executions_of_the_same_moment_are_all_listed(browser, alice, monkeypatch):
    monkeypatch.setattr("history.views.PAGE", 1)
    ids = {str(start(alice, *prompt(words)).pk) for words in "abc"}
    Execution.objects.update(created_at="2026-01-01T00:00:00Z")
    seen, cursor = [], ""
    for _ in range(3):
        answer = browser.get("/executions", {"cursor": cursor})
        seen += names(answer)
        cursor = answer.context["next_cursor"]
    assert (len(seen), set(seen)) == (3, ids)


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "2026-01-01~nobody", "~", "2026-13-01T00:00:00~0dc9e500-cddf-4614-9202-60977088e0fd"],
)
def test_a_cursor_that_cannot_be_read_begins_anew(browser, alice, cursor):
    execution = start(alice, *prompt("x"))
    assert names(browser.get("/executions", {"cursor": cursor})) == [str(execution.pk)]


def test_filters_narrow_the_history(browser, alice):
    good, bad = start(alice, *prompt("x")), Hand().finish(start(alice, *prompt("[block]")))
    for query, found in (
        ({"status": "FAILED"}, [bad]),
        ({"status": "nonsense"}, [bad, good]),
        ({"workflow": good.workflow_id}, [good]),
        ({"q": "policy"}, [bad]),
        ({"q": str(good.pk)}, [good]),
        ({"q": "zebra"}, []),
    ):
        assert names(browser.get("/executions", query)) == [str(one.pk) for one in found], query


def test_htmx_gets_the_rows_alone(browser, alice):
    start(alice, *prompt("x"))
    assert "<html" in browser.get("/executions").content.decode()
    part = browser.get("/executions", headers=HTMX).content.decode()
    assert "<html" not in part
    assert part.strip().startswith("<tr")


@pytest.mark.parametrize("path", ["/executions/{}", "/executions/{}?part=summary"])
def test_a_stranger_finds_no_page(signed_in, alice, charlie, path):
    execution = start(alice, *prompt("x"))
    assert signed_in(charlie).get(path.format(execution.pk)).status_code == 404
    assert names(signed_in(charlie).get("/executions")) == []


def test_nobody_signed_in_is_asked_to(client, alice):
    execution = start(alice, *prompt("x"))
    for path in ("/executions", f"/executions/{execution.pk}"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in")


def test_the_page_of_a_finished_run_shows_its_results_costs_and_steps(browser, alice):
    execution = Hand().finish(start(alice, *prompt("a lighthouse")))
    answer = browser.get(f"/executions/{execution.pk}")
    made = NodeRun.objects.get(node_id="make").output["text"]
    assert answer.context["outputs"] == [
        {"label": "Preview / Output", "items": [{"port": "value", "kind": "text", "text": made}]}
    ]
    [charge] = answer.context["charges"]
    assert (charge["label"], charge["credits"], charge["provider"]) == ("Gemini Text", 1, "sandbox")
    steps = answer.context["execution"].node_runs
    assert [(one["node_id"], one["status_word"]) for one in steps] == [
        ("ask", "done"), ("make", "done"), ("out", "done"),
    ]  # fmt: skip
    assert 'data-live="' not in answer.content.decode()


def test_the_page_of_a_run_under_way_listens(browser, alice):
    execution = start(alice, *prompt("x"))
    page = browser.get(f"/executions/{execution.pk}").content.decode()
    assert f'data-live="/ws/executions/{execution.pk}"' in page
    assert "Each result appears here as soon as it is there." in page


@pytest.mark.parametrize("part", ["summary", "outputs", "node_runs", "row"])
def test_each_part_of_the_page_comes_alone(browser, alice, part):
    execution = start(alice, *prompt("x"))
    answer = browser.get(f"/executions/{execution.pk}?part={part}")
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()


def test_an_unknown_part_is_not_found(browser, alice):
    execution = start(alice, *prompt("x"))
    assert browser.get(f"/executions/{execution.pk}?part=secret").status_code == 404


def test_what_users_wrote_is_shown_as_text(browser, alice):
    execution = Hand().finish(start(alice, *prompt("<script>alert(1)</script>")))
    assert "<script>alert(1)" not in browser.get(f"/executions/{execution.pk}").content.decode()


def test_a_run_is_stopped_from_its_page(browser, alice):
    execution = start(alice, *prompt("x"))
    answer = browser.post(f"/executions/{execution.pk}/cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/executions/{execution.pk}")
    again = browser.post(f"/executions/{execution.pk}/cancel", headers=HTMX)
    assert "stopped" in again.content.decode()
    assert wallet(alice) == (1000, 0, 0)


def test_a_run_is_started_again_with_the_very_same_graph_and_made_anew(browser, alice):
    execution = Hand().finish(start(alice, *prompt("first")))
    Workflow.objects.get().nodes.all().delete()
    answer = browser.post(f"/executions/{execution.pk}/again")
    new = Execution.objects.exclude(pk=execution.pk).get()
    assert answer.headers["Location"] == f"/executions/{new.pk}"
    assert (new.version_id, new.reuse, new.trigger) == (execution.version_id, "none", "again")


def refused_again(browser, execution) -> str:
    """The notice after running again was refused; nothing was started."""
    before = everything_stored()
    answer = browser.post(f"/executions/{execution.pk}/again")
    assert everything_stored() == before
    assert answer.headers["Location"] == f"/executions/{execution.pk}"
    [notice] = get_messages(answer.wsgi_request)
    return str(notice)


def test_what_cannot_run_again_says_what_is_wrong_first(browser, alice):
    execution = Hand().finish(start(alice, *prompt("x")))
    Version.objects.update(edges=[], nodes=[llm("make")])
    notice = refused_again(browser, execution)
    assert notice.startswith('Workflow graph failed validation (1 error). "Gemini Text"')


def test_what_cannot_be_paid_again_says_so(browser, alice):
    execution = start(alice, *prompt("x"), credits=1)
    assert refused_again(browser, execution) == "Insufficient credits. Required: 1, Available: 0"


def test_a_run_of_a_deleted_workflow_cannot_be_started_again(browser, alice):
    execution = start(alice, *prompt("x"))
    Workflow.objects.update(deleted_at="2026-01-01T00:00:00Z")
    before = everything_stored()
    assert browser.post(f"/executions/{execution.pk}/again").status_code == 404
    assert everything_stored() == before


@pytest.mark.parametrize("deed", ["cancel", "again"])
def test_a_viewer_may_look_and_do_nothing(signed_in, alice, vera, deed):
    execution = start(alice, *prompt("x"))
    before = everything_stored()
    assert signed_in(vera).post(f"/executions/{execution.pk}/{deed}").status_code == 403
    assert everything_stored() == before
    assert signed_in(vera).get(f"/executions/{execution.pk}").status_code == 200


@pytest.mark.parametrize("deed", ["cancel", "again"])
def test_nothing_is_done_by_following_a_link_or_from_another_site(signed_in, alice, deed):
    execution = start(alice, *prompt("x"))
    before = everything_stored()
    strict = signed_in(alice, enforce_csrf_checks=True)
    assert strict.get(f"/executions/{execution.pk}/{deed}").status_code == 405
    assert strict.post(f"/executions/{execution.pk}/{deed}").status_code == 403
    assert everything_stored() == before


def test_the_canvas_page_knows_the_last_run(browser, alice):
    execution = Hand().finish(start(alice, *prompt("x")))
    data = browser.get(f"/flow/{execution.workflow_id}").context["canvas_data"]
    assert data["lastExecution"]["id"] == str(execution.pk)
    assert data["credits"] == {"available": 999, "held": 0}


@pytest.mark.parametrize("trigger", ["canvas", "again", "resume"])
def test_the_canvas_opens_with_the_newest_run_that_was_started_by_hand(browser, alice, trigger):
    by_hand = start(alice, *prompt("x"), trigger=trigger)
    for door in ("table", "api", "webhook", "app"):
        again = Start(trigger=door)
        start_execution(workflow=by_hand.workflow, team=by_hand.team, start=again, user=alice)
    data = browser.get(f"/flow/{by_hand.workflow_id}").context["canvas_data"]
    assert data["lastExecution"]["id"] == str(by_hand.pk)


def test_where_no_run_was_started_by_hand_the_canvas_opens_with_the_newest(browser, alice):
    first = start(alice, *prompt("x"), trigger="webhook")
    again = Start(trigger="table")
    newest = start_execution(workflow=first.workflow, team=first.team, start=again, user=alice)
    data = browser.get(f"/flow/{first.workflow_id}").context["canvas_data"]
    assert (data["lastExecution"]["id"], data["lastExecution"]["trigger"]) == (str(newest.pk), "table")


def test_the_canvas_is_told_of_the_other_runs_that_go_on(browser, alice):
    by_hand = start(alice, *prompt("x"), trigger="canvas")
    workflow, team = by_hand.workflow, by_hand.team
    hook, table = (
        start_execution(workflow=workflow, team=team, start=Start(trigger=door), user=alice)
        for door in ("webhook", "table")
    )
    start(alice, *prompt("another workflow"), trigger="api")
    cancel_execution(execution_id=table.pk)
    data = browser.get(f"/flow/{workflow.pk}").context["canvas_data"]
    assert (data["lastExecution"]["id"], data["underWay"]) == (str(by_hand.pk), [str(hook.pk)])


@pytest.mark.parametrize("sealing", [True, False])
def test_the_canvas_leads_those_to_provider_keys_who_can_enter_one(signed_in, alice, vera, settings, sealing):
    settings.SEAL_KEYS, settings.SEAL_KEY_FILE = (["a" * 32] if sealing else []), None
    workflow = start(alice, *prompt("x")).workflow
    for user, leads in ((alice, sealing), (vera, False)):
        data = signed_in(user).get(f"/flow/{workflow.pk}").context["canvas_data"]
        assert data["urls"]["providerKeys"] == ("/settings?tab=provider-keys" if leads else "")


def test_items_are_numbered_from_one(alice):
    nodes = [text("words", "a,b"), lines(), each(), llm("make"), collect()]
    execution = Hand().finish(start(alice, nodes, *LIST, "each.item make.prompt", "make.text all.item"))
    row = row_of(execution, list(execution.node_runs.order_by("position", "id")), with_nodes=True)
    assert [one["item_path_text"] for one in row.node_runs if one["node_id"] == "make"] == ["1", "2"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.25, "250 ms"), (1.5, "1.5 s"), (59.94, "59.9 s"), (61, "1 min 1 s"), (7265, "2 h 1 min")],
)
def test_durations_are_told_as_people_tell_them(alice, seconds, shown):
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    assert duration_text(begun, begun + timedelta(seconds=seconds)) == shown
    assert duration_text(None, begun) == ""


def test_durations_are_written_as_the_reader_writes_numbers():
    with translation.override("de"):
        assert span_text(timedelta(seconds=1.25)) == "1,2 s"


def test_values_are_shown_by_their_kind():
    picture = {"assetId": "as_1", "url": "/media/as_1.png", "contentType": "image/png"}
    archive = {"assetId": "as_2", "url": "/media/as_2.zip", "contentType": "application/zip"}
    assert [(one["port"], one["kind"]) for one in shown_values({"a": [picture, archive], "b": ["x", "y"]})] == [
        ("a", "image"), ("a", "file"), ("b", "text"), ("b", "text"),
    ]  # fmt: skip
    assert shown_values({"a": {"k": 1}, "b": None, "c": 12.0}) == [
        {"port": "a", "kind": "json", "text": '{\n  "k": 1\n}'},
        {"port": "c", "kind": "text", "text": "12"},
    ]
