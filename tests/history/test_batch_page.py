"""The runs of a batch as a gallery of what they made, and as a table."""

from __future__ import annotations

import re

import pytest

from executions.actions import Start, accept_executions
from executions.batches import ItemList
from executions.models import Execution, NodeRun
from history import batch_pages
from tests.assets.pictures import make_asset
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow
from tests.factories import team_of
from tests.workflows.graphs import node

pytestmark = pytest.mark.django_db

WIRES = "ask.prompt make.prompt", "make.images out.value"


def batch_of(alice, maker, prompts, *wires) -> str:
    workflow = make_workflow(alice, [text("ask", "a fox"), maker, preview()], *wires)
    start = Start(lists=[ItemList("ask", prompts)])
    accepted = accept_executions(workflow=workflow, team=team_of(alice), start=start, user=alice)
    return f"/batches/{accepted[0].execution.batch_id}"


@pytest.fixture
def pictures(alice, tmp_path):
    """Three runs: one made two pictures, one failed, one goes on."""
    address = batch_of(
        alice, node("make", "generate:nano_banana_2"), ["a hen", "[block] a hare", "an owl"], *WIRES
    )
    done, failed, _ = Execution.objects.order_by("run_index")
    values = [make_asset(alice, tmp_path).as_value() for _ in range(2)]
    NodeRun.objects.filter(execution=done, node_id="out").update(status="COMPLETED", output={"value": values})
    Execution.objects.filter(pk=done.pk).update(status="COMPLETED", ended_at=done.created_at)
    Hand().finish(failed)
    return address


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def test_pictures_come_large_with_what_their_row_was_given(browser, pictures):
    page = browser.get(pictures)
    shown = page.content.decode()
    assert page.context["view"] == "gallery"
    cards = re.findall(r'<li class="gallery-card" id="card-[0-9a-f-]+-([a-z]+)"( hx-preserve)?>', shown)
    assert cards == [("completed", " hx-preserve"), ("failed", " hx-preserve"), ("running", "")]
    assert [len(re.findall("data-light=", card)) for card in shown.split("<li class")[1:]] == [2, 0, 0]
    assert 'data-light="Run 1: a hen"' in shown and "refuse this prompt" in shown
    assert re.findall(r'<dd><span class="two-lines" title="([^"]*)"', shown) == [
        "a hen", "[block] a hare", "an owl",
    ]  # fmt: skip


def test_the_view_stands_in_the_address_and_stays_while_runs_go_on(browser, pictures):
    for view, mark in (("table", '<table class="table batch">'), ("gallery", '<ol class="gallery"')):
        shown = browser.get(pictures, {"view": view}).content.decode()
        assert mark in shown
        assert f'hx-get="{pictures}?part=runs&amp;view={view}"' in shown
        assert re.findall(r'href="[^"]*\?view=(\w+)" aria-current="page"', shown) == [view]
        assert mark in browser.get(pictures, {"view": view, "part": "runs"}).content.decode()
    assert browser.get(pictures, {"view": "nonsense"}).context["view"] == "gallery"


def test_a_batch_of_texts_begins_as_a_table_and_may_be_a_gallery(browser, alice):
    address = batch_of(alice, llm("make"), ["a hen"], "ask.prompt make.prompt", "make.text out.value")
    Hand().finish(Execution.objects.get())
    assert browser.get(address).context["view"] == batch_pages.VIEWS[1] == "table"
    shown = browser.get(address, {"view": "gallery"}).content.decode()
    assert '<p class="gallery-text" tabindex="0">' in shown


def test_clips_play_and_files_are_taken_away(browser, alice, pictures, tmp_path):
    clip = {**make_asset(alice, tmp_path).as_value(), "contentType": "video/mp4", "seconds": 4.0}
    file = {**make_asset(alice, tmp_path).as_value(), "contentType": "application/zip", "thumbnailUrl": None}
    NodeRun.objects.filter(output__isnull=False, node_id="out").update(output={"value": [clip, file]})
    shown = browser.get(pictures).content.decode()
    assert 'data-player="video"' in shown and f'href="{file["url"]}"' in shown
    assert len(re.findall(r'download title="Download"', shown)) == 1
