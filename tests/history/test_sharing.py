"""Links to results, the way back into the draft, labels and the story of a run, on the page of one execution."""

from __future__ import annotations

import re

import pytest

from executions.models import Execution, NodeRun, Submission
from history.models import Mark, Share
from tests.executions.runs import Hand, prompt, start
from workflows.actions import save_draft
from workflows.ids import written
from workflows.models import Snapshot, Version, Workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def link_on(browser, run) -> str:
    return re.search(r'value="(\S+/shared/run/\w+)"', browser.get(f"/executions/{run.pk}").content.decode())[
        1
    ]


def test_a_link_shows_results_without_signing_in_until_it_is_closed(browser, client, alice):
    run = Hand().finish(start(alice, *prompt("a red fox")))
    Execution.objects.filter(pk=run.pk).update(workflow_name="Poster")
    assert "/shared/run/" not in browser.get(f"/executions/{run.pk}").content.decode()
    assert browser.post(f"/executions/{run.pk}/share", {"do": "on"}).status_code == 303
    address = link_on(browser, run)
    path = "/" + address.split("/", 3)[3]
    token = path.rsplit("/", 1)[1]
    assert token not in repr(list(Share.objects.values()))
    page = client.get(path)
    made = NodeRun.objects.get(node_id="make")
    text = page.content.decode()
    assert (page.status_code, page["X-Robots-Tag"]) == (200, "noindex")
    assert "Poster" in text
    assert made.output["text"] in text.replace("&#x27;", "'").replace("&quot;", '"')
    ref = Submission.objects.get().provider_ref or "no reference"
    for secret in ("alice@example.org", str(run.pk), run.workflow_id, "credits", ref, "/executions"):
        assert secret not in text, secret
    browser.post(f"/executions/{run.pk}/share", {"do": "off"})
    assert client.get(path).status_code == 404
    browser.post(f"/executions/{run.pk}/share", {"do": "on"})
    assert link_on(browser, run) != address
    assert client.get(path).status_code == 404


def test_a_link_to_what_was_thrown_away_shows_nothing(browser, client, alice):
    run = Hand().finish(start(alice, *prompt("a fox")))
    browser.post(f"/executions/{run.pk}/share", {"do": "on"})
    path = "/" + link_on(browser, run).split("/", 3)[3]
    browser.post("/executions/bulk", {"do": "delete", "run": str(run.pk)})
    assert client.get(path).status_code == 404


def test_the_graph_of_a_run_becomes_the_draft_byte_for_byte(browser, alice):
    run = Hand().finish(start(alice, *prompt("a red fox")))
    workflow = Workflow.objects.get()
    nodes, edges = workflow.graph_json()
    changed = [dict(node, position={"x": 5, "y": 6}) for node in nodes[:1]]
    save_draft(workflow=workflow, base_updated_at=written(workflow.updated_at), nodes=changed, edges=[])
    answer = browser.post(f"/executions/{run.pk}/load")
    assert (answer.status_code, answer["Location"]) == (303, f"/flow/{workflow.pk}")
    workflow.refresh_from_db()
    assert workflow.graph_json() == (nodes, edges) == (run.version.nodes, run.version.edges)
    assert Version.objects.count() == 1
    kept = Snapshot.objects.get()
    assert (kept.reason, kept.taken_by, kept.nodes[0]["position"]) == ("loaded", alice, {"x": 5, "y": 6})


def test_labels_are_put_on_and_taken_off_on_the_page(browser, alice):
    run = start(alice, *prompt("a fox"))
    browser.post(f"/executions/{run.pk}/labels", {"label": "for the fair"})
    assert (
        'href="/executions?label=for%20the%20fair"' in browser.get(f"/executions/{run.pk}").content.decode()
    )
    assert browser.post(f"/executions/{run.pk}/labels", {"label": " "}).status_code == 400
    browser.post(f"/executions/{run.pk}/labels", {"remove": "for the fair"})
    assert Mark.objects.count() == 0


def test_a_failed_run_is_resumed_from_its_page_and_a_complete_one_is_not(browser, alice):
    good, bad = (Hand().finish(start(alice, *prompt(words))) for words in ("a fox", "[block] a fox"))
    assert "/resume" not in browser.get(f"/executions/{good.pk}").content.decode()
    assert f"/executions/{bad.pk}/resume" in browser.get(f"/executions/{bad.pk}").content.decode()
    answer = browser.post(f"/executions/{bad.pk}/resume")
    new = Execution.objects.get(trigger="resume")
    assert answer["Location"] == f"/executions/{new.pk}"
    assert browser.post(f"/executions/{good.pk}/resume")["Location"] == f"/executions/{good.pk}"
    assert Execution.objects.count() == 3


def test_the_page_tells_what_happened_which_calls_were_made_and_why_it_was_charged(browser, alice):
    run = Hand().finish(start(alice, *prompt("a fox")))
    context = browser.get(f"/executions/{run.pk}").context
    make = next(one for one in context["execution"].node_runs if one["node_id"] == "make")
    assert [line for _, line in make["story"]][-1] == "It ended: done."
    assert make["stretches"]
    assert [(call["provider"], call["state"], call["calls"]) for call in make["calls"]] == [
        ("sandbox", "answered", 1)
    ]
    [charge] = context["charges"]
    assert (charge["held"], charge["credits"]) == (1, 1)
    assert charge["why"] == "It was completed and its result is kept, so its price was charged once."


def test_a_failure_that_passed_is_told_and_costs_nothing(browser, alice):
    run = Hand().finish(start(alice, *prompt("[block] a fox")))
    context = browser.get(f"/executions/{run.pk}").context
    [charge] = context["charges"]
    assert (charge["held"], charge["credits"]) == (1, 0)
    assert charge["why"] == "It failed: nothing is charged, the 1 credit set aside went back."
