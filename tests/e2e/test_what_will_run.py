"""While somebody edits, each card says what the next run does with it, and the run does that."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template

pytestmark = pytest.mark.browser


def test_cards_say_what_runs_and_what_is_reused(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    drawn, run = card(page, "Nano Banana 2"), page.locator("button.run")
    expect_status(drawn, "will run · 7 credits · about 6 s")
    expect(run).to_have_text(re.compile("7 credits"))
    page.keyboard.press("Control+Enter")
    expect_status(drawn, "running")
    expect(drawn.locator(".outlook")).to_have_count(0)
    expect(page.get_by_text(re.compile("^Done"))).to_be_visible()
    expect_status(drawn, "will be reused · 0 credits")
    expect(run).to_have_text(re.compile("reused"))

    drawn.get_by_role("heading").click()
    page.get_by_role("button", name="More ways to run").click()
    anew = page.get_by_role("menuitem", name="Run anew")
    expect(anew).to_contain_text("≤ 7 credits")
    anew.hover()
    expect_status(drawn, "will run · 7 credits")
    page.keyboard.press("Escape")
    expect_status(drawn, "will be reused")

    card(page, "Prompt").locator("textarea").fill("A lighthouse")
    expect_status(drawn, "will run · 7 credits · about 6 s")
    page.keyboard.press("Escape")
    expect_saved(page)
    page.keyboard.press("Control+z")
    expect_status(drawn, "will be reused")


def test_nodes_are_disabled_bypassed_and_pinned_with_one_key(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    prompt, drawn, shown = card(page, "Prompt"), card(page, "Nano Banana 2"), card(page, "Picture")
    run = page.locator("button.run")
    prompt.locator("textarea").fill("A harbour that nobody has drawn yet")
    page.keyboard.press("Escape")
    expect_status(drawn, "will run · 7 credits")

    drawn.get_by_role("heading").click()
    page.keyboard.press("d")
    expect_status(drawn, "disabled: does not run")
    expect_status(shown, "not run: what it needs does not run")
    expect(run).to_have_text("Run · free")
    page.keyboard.press("d")
    expect_status(drawn, "will run · 7 credits")

    page.keyboard.press("Control+b")
    expect_status(drawn, "bypassed: what comes in goes on")
    drawn.get_by_role("heading").click(button="right")
    expect(page.get_by_role("menuitem", name="Take out of bypass")).to_be_visible()
    page.get_by_role("menuitem", name="Disable").click()
    expect_status(drawn, "disabled: does not run")
    drawn.get_by_role("heading").click()
    page.keyboard.press("Shift+ArrowLeft")  # a mixed lot is brought into one state first
    page.get_by_role("heading", name="Nano Banana 2").click(button="right")
    expect(page.get_by_role("menuitem", name="Disable")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(position={"x": 600, "y": 20})
    drawn.get_by_role("heading").click()
    drawn.get_by_role("toolbar").get_by_role("button", name="Enable").click()
    expect_status(drawn, "will run · 7 credits")
    page.keyboard.press("Control+b")
    expect(
        page.get_by_label(re.compile("^Problem: .*nothing wired into it can stand for its"))
    ).to_be_visible()
    page.keyboard.press("Control+z")
    expect_status(drawn, "will run · 7 credits")

    page.keyboard.press("Control+Enter")
    expect_status(drawn, "running")
    expect(page.get_by_text(re.compile("^Done"))).to_be_visible()
    drawn.get_by_role("toolbar").get_by_role("button", name="Pin result").click()
    expect(drawn.get_by_role("toolbar").get_by_role("button", name="Unpin")).to_be_visible()
    expect_status(drawn, "done .* keeps its pinned result · 0 credits")
    prompt.locator("textarea").fill("Another harbour")
    page.keyboard.press("Escape")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(drawn, "pinned result · 0 credits")
    expect_status(prompt, "not needed: a pinned result is used")

    page.locator(".run-state a").click()
    expect(page.locator(".node-run-status", has_text="pinned").first).to_be_visible()


def test_what_lacks_something_is_told_from_what_waits_for_it(page: Page, site: Site) -> None:
    use_template(page, site, "Social crops")
    expect(card(page, "Photo").locator(".outlook")).to_have_text("cannot run yet")
    expect(card(page, "Square 1:1").locator(".outlook")).to_have_text("waits for what comes before it")
    expect(page.locator("button.run")).to_have_text(re.compile("1 input is missing"))
