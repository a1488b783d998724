"""A node that failed says what to do now, with buttons that do it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, field, use_template
from tests.processes import rows

pytestmark = pytest.mark.browser


def fail(page: Page, site: Site, words: str) -> None:
    use_template(page, site, "Text to image")
    field(card(page, "Prompt"), "Prompt").fill(words)
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-state.failed")).to_be_visible()


def newest(site: Site) -> dict[str, object]:
    return rows(
        site.data / "wireflow.sqlite3",
        'SELECT "trigger", credits_used FROM executions_execution ORDER BY created_at DESC LIMIT 1',
    )[0]


def test_a_refused_prompt_is_changed_and_run_from_there(page: Page, site: Site):
    fail(page, site, "A heron [block]")
    drawn = card(page, "Nano Banana 2")
    step = drawn.locator(".next-step")
    expect(step).to_contain_text("safety rules refused it")
    expect(step).to_contain_text("costs nothing again")
    step.get_by_role("button", name="Change the prompt").click()
    prompt = field(card(page, "Prompt"), "Prompt")
    expect(prompt).to_be_focused()  # the text is wired in: it is changed where it stands
    prompt.fill("A heron")
    page.keyboard.press("Escape")
    step.get_by_role("button", name="Run from here").click()
    expect_status(drawn, "running|waiting")
    expect(step).to_be_hidden()
    expect_status(card(page, "Picture"), "done")
    assert newest(site)["trigger"] == "canvas"


def test_what_may_pass_is_resumed_where_nothing_was_changed(page: Page, site: Site):
    fail(page, site, "A heron [empty]")
    drawn = card(page, "Nano Banana 2")
    drawn.get_by_role("heading").click()
    sheet = page.get_by_role("complementary", name="Settings of the node")
    sheet.get_by_role("tab", name="Result").click()
    expect(sheet.locator(".next-step")).to_contain_text("often pass by themselves")
    sheet.get_by_role("button", name="Run again from here").click()
    expect_status(drawn, "running|waiting")
    expect(page.locator(".run-state.failed")).to_be_visible()
    assert newest(site) == {"trigger": "resume", "credits_used": 0}

    field(card(page, "Prompt"), "Prompt").fill("A heron")
    expect_saved(page)
    drawn.locator(".next-step").get_by_role("button", name="Run again from here").click()
    expect_status(card(page, "Picture"), "done")  # of the draft as it is now
    assert newest(site)["trigger"] == "canvas"


def test_on_a_phone_the_outline_says_it_and_the_page_of_the_run(page: Page, site: Site):
    fail(page, site, "A heron [block]")
    page.set_viewport_size({"width": 390, "height": 844})
    outline = page.get_by_role("region", name="Outline")
    outline.get_by_role("button", name=re.compile("^Nano Banana 2")).click()
    step = outline.locator(".next-step")
    expect(step).to_contain_text("safety rules refused it")
    expect(step.get_by_role("button", name="Run from here")).to_be_visible()
    step.get_by_role("button", name="Change the prompt").click()
    expect(outline.get_by_role("button", name=re.compile("^Prompt"))).to_be_focused()
    expect(outline.get_by_role("textbox", name="Prompt")).to_have_value("A heron [block]")
    outline.get_by_role("button", name=re.compile("^Nano Banana 2")).click()
    assert step.evaluate("(step) => step.scrollWidth <= step.clientWidth")
    page.locator(".run-state a").click()
    failed = page.locator(".node-run", has_text="Nano Banana 2").first
    expect(failed).to_contain_text("Change the prompt, or the file that goes in")
    failed.get_by_role("link", name="Open this node on the canvas").click()
    page.wait_for_url(re.compile("#node="))
