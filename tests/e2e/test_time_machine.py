"""Earlier runs on the canvas: a slider shows each as it was, and brings a node or the whole graph back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template

pytestmark = pytest.mark.browser


def test_an_earlier_run_is_looked_at_and_its_parts_are_loaded(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    text = card(page, "Prompt").locator("textarea")
    expect(text).to_be_visible()
    page.keyboard.press("Alt+h")
    past = page.get_by_role("region", name="Time machine")
    expect(past).to_contain_text("Nothing ran yet")
    past.get_by_role("button", name="Back to now").click()
    expect(past).to_be_hidden()

    text.fill("A fox")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "done")
    fox = card(page, "Picture").locator("img").get_attribute("src") or ""
    text.fill("A bear")
    expect_saved(page)
    with page.expect_response(lambda answer: answer.url.endswith(("/run", "/execute"))) as started:
        page.keyboard.press("Control+Enter")  # it is shown while it goes on, too
    assert started.value.ok, started.value.text()
    page.locator(".react-flow__pane").click(position={"x": 600, "y": 20})
    page.keyboard.press("Alt+h")
    expect(past.get_by_role("slider")).to_be_focused()
    expect(past).to_contain_text("2 of 2")
    page.keyboard.press("ArrowLeft")
    expect(past).to_contain_text("1 of 2")
    expect(past.get_by_role("status")).to_contain_text("done")
    expect(past.locator("svg image")).to_have_count(2)  # made, and shown by the last card
    expect(past.get_by_role("link", name="Open the run")).to_be_visible()

    past.get_by_role("button", name=re.compile("^Prompt done")).press("Enter")
    sheet = past.get_by_role("complementary", name="Settings of the node")
    expect(sheet.locator("textarea")).to_have_value("A fox")
    expect(sheet.locator("textarea")).to_have_js_property("readOnly", True)
    past.get_by_role("button", name=re.compile("^Nano Banana 2 done")).click()
    expect(sheet.get_by_label("Aspect ratio")).to_be_disabled()
    sheet.get_by_role("tab", name="Result").click()
    expect(sheet.locator("img")).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    past.get_by_role("button", name=re.compile("^Prompt done")).press("Enter")
    past.get_by_role("button", name="Load “Prompt” alone").click()
    expect(past).to_be_hidden()
    expect(text).to_have_value("A fox")
    page.locator(".toasts").get_by_role("button", name="Undo").first.click()
    expect(text).to_have_value("A bear")

    card(page, "Picture").get_by_role("heading").click()
    page.keyboard.press("Delete")
    expect(card(page, "Picture")).to_be_hidden()
    page.keyboard.press("Alt+h")
    expect(past.get_by_role("slider")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(past).to_contain_text("1 of 2")
    past.get_by_role("button", name="Load this into the draft").click()
    expect(text).to_have_value("A fox")
    expect(card(page, "Picture")).to_be_visible()
    expect_status(
        card(page, "Picture"), "done"
    )  # of the very run, though the other one goes on or ended since
    expect(card(page, "Picture").locator("img")).to_have_attribute("src", re.compile(f"{re.escape(fox)}$"))
    page.keyboard.press("Alt+h")
    expect(past).to_be_visible()
    page.keyboard.press("Escape")
    expect(past).to_be_hidden()
