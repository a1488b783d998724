"""What is under way is not paid for a second time by mistake."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WIDE, Site
from tests.e2e.drawing import card, expect_saved, expect_status, field, new_workflow, wire
from tests.processes import rows

pytestmark = pytest.mark.browser

#: The last start is so long ago that a press is another one, however fast this machine is.
PRESSED_BEFORE = """() => {
    const [, asked] = Object.entries(localStorage).find(([key]) => key.startsWith("wireflow:asked:"));
    return Date.now() - JSON.parse(asked)[0].at > 1000;
}"""


def started(page: Page, site: Site) -> int:
    workflow = page.url.split("/flow/")[1].split("?")[0]
    found = rows(
        site.data / "wireflow.sqlite3",
        f"SELECT count(*) AS n FROM executions_execution WHERE workflow_id = '{workflow}'",
    )
    return int(found[0]["n"])


def test_the_same_run_is_started_once_and_again_only_when_asked_for(page: Page, site: Site):
    new_workflow(page, site, "text input", "approval")  # a run goes on until somebody approves
    text, gate = card(page, "Text Input"), card(page, "Approval")
    field(text, "Prompt").fill("a heron")
    wire(page, text, "out-prompt", gate, "in-item")
    expect_saved(page)
    page.get_by_role("button", name=re.compile("^Run")).first.dblclick()
    expect(page.locator(".run-state.running")).to_be_visible()
    question = page.locator(".toast", has_text="A run of this is under way.")
    expect(question).to_have_count(0)  # a double click is one press
    page.reload()  # the page that comes knows it, too
    expect(page.locator(".run-state.running")).to_be_visible()
    page.locator(".react-flow__pane").click()
    page.wait_for_function(PRESSED_BEFORE)
    page.keyboard.press("Control+Enter")
    expect(question).to_be_visible()
    assert started(page, site) == 1
    question.get_by_role("button", name="Run once more").click()
    expect(page.locator(".run-state .count")).to_have_text("+1")
    assert started(page, site) == 2

    gate.get_by_role("heading").click()
    page.keyboard.press("Control+Shift+Enter")  # another target
    expect(page.locator(".run-state .count")).to_have_text("+2")
    field(text, "Prompt").fill("a heron at dawn")
    page.keyboard.press("Control+Enter")  # another draft
    expect(page.locator(".run-state .count")).to_have_text("+3")
    expect(question).to_have_count(0)
    assert started(page, site) == 4


def test_whoever_presses_run_elsewhere_is_asked_before_it_is_paid_twice(
    page: Page, site: Site, browser: Browser
):
    new_workflow(page, site, "text input", "nano banana 2")
    text, model = card(page, "Text Input"), card(page, "Nano Banana 2")
    field(text, "Prompt").fill("a heron")
    wire(page, text, "out-prompt", model, "in-prompt")
    expect_saved(page)
    elsewhere = browser.new_context(storage_state=page.context.storage_state(), viewport=WIDE)
    other = elsewhere.new_page()
    other.goto(page.url)
    other.evaluate("localStorage.clear()")  # it knows of no start
    expect(card(other, "Nano Banana 2")).to_be_visible()
    page.bring_to_front()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-state.running")).to_be_visible()
    other.bring_to_front()
    other.keyboard.press("Control+Enter")
    question = other.locator(".toast", has_text="A run of this is under way.")
    question.get_by_role("button", name="Watch that run").click()
    expect(question).to_have_count(0)
    assert started(page, site) == 1
    other.keyboard.press("Control+Enter")  # it was told of one run, and asks again
    question.get_by_role("button", name="Run anyway").click()
    expect(other.locator(".run-state .count")).to_have_text("+1")
    assert started(page, site) == 2
    elsewhere.close()


def test_cards_still_tell_after_a_reload_what_was_changed_since_it_ran(page: Page, site: Site):
    new_workflow(page, site, "text input", "prompt concat")
    text, both = card(page, "Text Input"), card(page, "Prompt Concat")
    field(text, "Prompt").fill("a heron")
    wire(page, text, "out-prompt", both, "in-prompt1")
    page.keyboard.press("Control+Enter")
    expect_status(both, "done.*")
    page.keyboard.press("Control+Enter")  # a newer run, and that other one stands behind it
    expect_status(both, "(done|reused).*")
    field(text, "Prompt").fill("a crane")
    expect_status(both, "settings changed since last result")
    expect_saved(page)
    page.reload()
    expect_status(both, "settings changed since last result")
    field(text, "Prompt").fill("a heron")
    expect_status(both, "(done|reused).*")
