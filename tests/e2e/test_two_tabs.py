"""Two tabs on one workflow, and two executions at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, field, new_workflow, use_template, wire
from tests.processes import PATIENCE, rows

pytestmark = pytest.mark.browser


@pytest.fixture
def second(person: BrowserContext) -> Page:
    tab = person.new_page()
    tab.set_default_timeout(1000 * PATIENCE)
    yield tab
    tab.close()


def write(page: Page, text: str) -> None:
    card(page, "Text Input").locator("textarea").fill(text)


def cut_off(page: Page) -> None:
    """Let no draft leave this page any more, not even while it closes, when the browser's own doors are open."""
    page.evaluate(
        """() => {
            const { fetch } = window;
            window.fetch = (path, options) =>
                String(path).endsWith("/draft") ? Promise.reject(new TypeError("cut off")) : fetch(path, options);
        }"""
    )


def both_open(page: Page, second: Page, site: Site, *nodes: str) -> None:
    new_workflow(page, site, *nodes)
    expect_saved(page)
    second.goto(page.url)
    expect(card(second, "Text Input")).to_be_visible()
    expect(page.locator(".person")).to_have_count(1)


def test_two_people_see_each_other_and_what_they_do(page: Page, second: Page, site: Site):
    both_open(page, second, site, "text input")
    write(second, "a lighthouse")
    page.bring_to_front()
    text = card(page, "Text Input").locator("textarea")
    expect(text).to_have_value("a lighthouse")
    second.bring_to_front()
    card(second, "Text Input").locator("h3").click()
    second.mouse.move(700, 620)
    page.bring_to_front()
    expect(page.locator(".other-choice")).to_have_count(1)
    # Names go when nothing moves: what they cover can be read. The frame and the pointer stay.
    for name in (page.locator(".other-choice span"), page.locator(".cursor span")):
        expect(name).to_have_css("opacity", "0")
    expect(page.locator(".cursor svg")).to_be_visible()
    for _ in ("put in order", "added"):  # what is one's own here; the text is not
        page.get_by_role("button", name="Undo").first.click()
    expect(card(page, "Text Input")).to_have_count(0)
    second.bring_to_front()
    expect(card(second, "Text Input")).to_have_count(0)
    second.close()
    expect(page.locator(".person")).to_have_count(0)


def test_what_two_did_without_a_server_is_all_there_when_it_is_back(page: Page, second: Page, site: Site):
    both_open(page, second, site, "text input")
    write(page, "a lighthouse")
    second.bring_to_front()
    text = card(second, "Text Input").locator("textarea")
    expect(text).to_have_value("a lighthouse")
    for tab in (page, second):
        tab.route("**/draft", lambda route: route.abort())
    write(second, "a red lighthouse")
    expect(second.locator(".save.warn")).to_be_visible()
    page.bring_to_front()
    write(page, "The lighthouse at night")
    expect(page.locator(".save.warn")).to_be_visible()
    for tab in (page, second):
        tab.unroute("**/draft")
        tab.bring_to_front()
        expect_saved(tab)
    for tab in (page, second):
        tab.bring_to_front()
        expect(card(tab, "Text Input").locator("textarea")).to_have_value("The red lighthouse at night")


def test_the_caret_of_who_types_stays_among_its_words(page: Page, second: Page, site: Site):
    both_open(page, second, site, "text input")
    write(page, "a fox runs home")
    theirs = card(second, "Text Input").locator("textarea")
    expect(theirs).to_have_value("a fox runs home")
    page.bring_to_front()
    mine = card(page, "Text Input").locator("textarea")
    mine.evaluate("field => (field.focus(), field.setSelectionRange(6, 10))")  # "runs"
    second.bring_to_front()
    theirs.fill("Look: a red fox runs home, late")
    page.bring_to_front()
    expect(mine).to_have_value("Look: a red fox runs home, late")
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert mine.evaluate(chosen) == "runs"
    page.keyboard.type("sits")
    expect(mine).to_have_value("Look: a red fox sits home, late")
    second.bring_to_front()
    expect(theirs).to_have_value("Look: a red fox sits home, late")


def test_a_word_that_an_input_method_puts_together_is_not_broken_off(page: Page, second: Page, site: Site):
    both_open(page, second, site, "text input")
    write(page, "a fox runs")
    theirs = card(second, "Text Input").locator("textarea")
    expect(theirs).to_have_value("a fox runs")
    page.bring_to_front()
    mine = card(page, "Text Input").locator("textarea")
    mine.evaluate("field => (field.focus(), field.setSelectionRange(2, 2))")
    # From here on no other tab comes to the front: that would end the word.
    keys = page.context.new_cdp_session(page)

    def compose(text: str) -> None:
        keys.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})

    compose("か")
    expect(theirs).to_have_value("a かfox runs")
    theirs.fill("Look: a かfox runs home")
    second.get_by_label("Name of the workflow").fill("Seen")
    second.keyboard.press("Enter")
    expect(page.get_by_label("Name of the workflow")).to_have_value("Seen")  # so the text has come as well
    expect(mine).to_have_value("a かfox runs")
    compose("かな")
    expect(mine).to_have_value("a かなfox runs")
    keys.send("Input.insertText", {"text": "仮名"})
    for field_ in (mine, theirs):
        expect(field_).to_have_value("Look: a 仮名fox runs home")
    page.keyboard.type(" ")
    expect(mine).to_have_value("Look: a 仮名 fox runs home")


def test_who_closes_the_tab_before_anything_was_saved_finds_it_over_what_others_saved(
    page: Page, second: Page, site: Site
):
    both_open(page, second, site, "text input")
    cut_off(second)
    second.bring_to_front()
    write(second, "kept here")
    expect(second.locator(".save.warn")).to_be_visible()
    page.bring_to_front()
    page.get_by_label("Name of the workflow").fill("Renamed meanwhile")
    page.keyboard.press("Enter")
    expect_saved(page)
    second.bring_to_front()
    second.reload()
    expect(card(second, "Text Input").locator("textarea")).to_have_value("kept here")
    expect_saved(second)
    expect(second.get_by_label("Name of the workflow")).to_have_value("Renamed meanwhile")
    page.bring_to_front()
    expect(card(page, "Text Input").locator("textarea")).to_have_value("kept here")


def test_a_draft_written_without_a_server_is_saved_when_it_is_back(page: Page, site: Site):
    new_workflow(page, site, "text input")
    expect_saved(page)
    site.server.kill()
    write(page, "written in the dark")
    expect(page.locator(".save.warn")).to_be_visible()
    site.start_again()
    expect_saved(page)
    page.reload()
    expect(card(page, "Text Input").locator("textarea")).to_have_value("written in the dark")


def test_two_executions_at_once_both_stream(page: Page, second: Page, site: Site):
    for tab in (page, second):
        new_workflow(tab, site, "text input", "nano banana 2")
        wire(tab, card(tab, "Text Input"), "out-prompt", card(tab, "Nano Banana 2"), "in-prompt")
        write(tab, f"a picture for {'one' if tab is page else 'two'}")
        field(card(tab, "Nano Banana 2"), "Resolution").select_option("1K")
    for tab in (page, second):
        tab.keyboard.press("Control+Enter")
    for tab in (page, second):
        expect_status(card(tab, "Nano Banana 2"), "running")
    for tab in (page, second):
        expect(tab.get_by_text(re.compile(r"^Done"))).to_be_visible()
        expect_status(card(tab, "Nano Banana 2"), "done")
        expect(card(tab, "Nano Banana 2").locator("img").first).to_be_visible()


def test_a_double_click_on_run_starts_one_execution(page: Page, site: Site):
    use_template(page, site, "Social crops")
    workflow = page.url.rsplit("/", 1)[1]
    page.locator("button.run").dblclick(force=True)  # it says that it cannot yet
    expect(page.get_by_role("heading", name="1 problem")).to_be_visible()  # no photo yet
    assert runs_of(site, workflow) == 0
    new_workflow(page, site, "text input")
    workflow = page.url.rsplit("/", 1)[1]
    write(page, "once")
    page.get_by_role("button", name=re.compile("^Run")).first.dblclick()
    expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()
    assert runs_of(site, workflow) == 1


def runs_of(site: Site, workflow: str) -> int:
    question = "SELECT count(*) AS n FROM executions_execution WHERE workflow_id = ?"
    return int(rows(site.data / "wireflow.sqlite3", question, workflow)[0]["n"])


def test_escape_stops_nobody_elses_run_unasked(
    page: Page, site: Site, browser: Browser, person: BrowserContext
):
    new_workflow(page, site, "text input", "approval")  # a run goes on until somebody approves
    text, gate = card(page, "Text Input"), card(page, "Approval")
    field(text, "Prompt").fill("a heron")
    wire(page, text, "out-prompt", gate, "in-item")
    expect_saved(page)
    context = browser.new_context(storage_state=person.storage_state())
    theirs = context.new_page()
    theirs.set_default_timeout(1000 * PATIENCE)
    theirs.goto(page.url)
    expect(theirs.locator(".person")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Run ·")).click()
    expect(theirs.locator(".run-state.running")).to_be_visible()
    theirs.bring_to_front()
    theirs.locator(".react-flow__pane").click(position={"x": 500, "y": 60})
    for _ in range(3):
        theirs.keyboard.press("Escape")
    asked = theirs.locator(".toast", has_text="You did not start this run. Stop it?")
    expect(asked.first).to_be_visible()
    assert not theirs.locator(".toast", has_text="Stopping").count()
    page.bring_to_front()
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.locator(".run-state.cancelled")).to_be_visible()
    context.close()


def test_nothing_behind_a_question_can_be_pressed(page: Page, site: Site):
    use_template(page, site, "Text to image")
    expect_saved(page)
    card(page, "Nano Banana 2").get_by_role("heading").click()
    page.keyboard.press("Control+Alt+k")
    question = page.get_by_role("dialog", name="Make a component")
    expect(question).to_be_visible()
    box = page.locator("button.run").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(question).to_be_hidden()  # a press beside it closes it, and does nothing else
    expect(page.locator(".run-state")).to_have_count(0)
