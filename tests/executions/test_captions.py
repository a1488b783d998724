"""The line that tells a run apart from others of the same workflow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executions.actions import Start, accept_executions
from executions.batches import ItemList
from executions.captions import MOST_LETTERS, caption_of, captions_of
from executions.models import GUEST, Execution, NodeRun
from executions.runs import _graphs
from history import listing
from history.models import Listing
from tests.assets.pictures import make_asset
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, prompt, start
from tests.factories import team_of
from tests.workflows.graphs import node

pytestmark = pytest.mark.django_db

SYSTEM = "You write slogans."
TWO = [
    text("ask", "a fox"),
    text("style", "in ink"),
    node("join", "utility:prompt_concat"),
    llm("make"),
    preview(),
]
WIRES = (
    "ask.prompt join.prompt1",
    "style.prompt join.prompt2",
    "join.prompt make.prompt",
    "make.text out.value",
)


def test_what_was_given_comes_before_what_stands_in_the_graph(alice):
    assert caption_of(start(alice, TWO, *WIRES)) == "a fox · in ink"
    given = start(alice, TWO, *WIRES, inputs={"style": "in  oil,\nlarge"})
    assert caption_of(given) == "in oil, large"


def test_each_run_of_a_batch_has_its_own(alice):
    lists = [ItemList("ask", ["a hen", "a hare"]), ItemList("style", ["ink", "oil"])]
    workflow = make_workflow(alice, TWO, *WIRES)
    accept_executions(workflow=workflow, team=team_of(alice), start=Start(lists=lists), user=alice)
    batch = Execution.objects.order_by("run_index")
    assert [caption_of(one) for one in batch] == ["a hen · ink", "a hare · oil"]


def test_words_on_a_node_count_where_no_wire_brings_others(alice):
    own = [llm("make", prompt="a lighthouse", system_prompt=SYSTEM), preview()]
    assert caption_of(start(alice, own, "make.text out.value")) == "a lighthouse"
    wired = [text("ask", "a fox"), llm("make", prompt="unused", system_prompt=SYSTEM), preview()]
    assert caption_of(start(alice, wired, "ask.prompt make.prompt", "make.text out.value")) == "a fox"


def test_numbers_and_files_are_named(alice):
    nodes = [node("seed", "input:seed", value=1), *TWO]
    assert caption_of(start(alice, nodes, *WIRES, inputs={"seed": 7})) == "Seed Input: 7 · a fox · in ink"
    run = start(alice, *prompt("a fox"))
    run.inputs = {"ask": "https://example.org/holiday/red%20hat.png?size=2"}
    assert caption_of(run) == "red hat.png · a fox"


def test_a_run_without_words_is_named_by_what_goes_in(alice, tmp_path):
    picture = make_asset(alice, tmp_path, filename="boots.png")
    nodes = [node("picture", "input:image", image=picture.pk), preview()]
    run = Hand().finish(start(alice, nodes, "picture.image out.value"))
    runs = list(NodeRun.objects.filter(execution=run))
    assert captions_of([run], {run.pk: runs}) == {run.pk: "boots.png"}
    assert caption_of(run) == ""


def test_a_long_one_is_cut(alice):
    caption = caption_of(start(alice, *prompt("fox " * 200)))
    assert len(caption) <= MOST_LETTERS and caption.endswith("fox…")


def test_guests_read_what_they_gave_and_nothing_of_the_graph(alice):
    run = start(alice, *prompt("the author's own words"))
    Execution.objects.filter(pk=run.pk).update(trigger=GUEST, inputs={"topic": "a fox", "seed": 4})
    run.refresh_from_db()
    assert caption_of(run) == "a fox"


def test_the_list_the_page_and_its_title_tell_runs_apart(signed_in, alice):
    run = Hand().finish(start(alice, *prompt("a fox & a <hen>")))
    browser = signed_in(alice)

    def shown():
        page = browser.get("/executions")
        assert page.context["executions"][0].caption == "a fox & a <hen>"
        return page.content.decode()

    fresh = shown()
    listing.keep_up()
    assert Listing.objects.get().caption == "a fox & a <hen>"
    assert 'title="a fox &amp; a &lt;hen&gt;">a fox &amp; a &lt;hen&gt;</a>' in fresh
    assert shown().count("a fox &amp; a &lt;hen&gt;") == fresh.count("a fox &amp; a &lt;hen&gt;")
    page = browser.get(f"/executions/{run.pk}").content.decode()
    assert f"<title>✓ a fox &amp; a &lt;hen&gt; · Words · {str(run.pk)[:8]}</title>" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("noted", ["not yet", "before captions", "with captions"])
def test_no_row_of_the_list_costs_a_statement(signed_in, alice, noted):
    browser = signed_in(alice)

    def statements():
        if noted != "not yet":
            listing.keep_up()
        if noted == "before captions":
            Listing.objects.update(caption=None)
        _graphs.clear()  # as in a process that was just started
        with CaptureQueriesContext(connection) as asked:
            page = browser.get("/executions")
        return len(asked), [row.caption for row in page.context["executions"]]

    Hand().finish(start(alice, *prompt("a fox")))
    statements()  # the first visit also reads what is kept afterwards
    few, _ = statements()
    for number in range(5):
        Hand().finish(start(alice, *prompt(f"hen {number}")))
    many, captions = statements()
    assert captions == [*(f"hen {number}" for number in reversed(range(5))), "a fox"]
    assert many == few
