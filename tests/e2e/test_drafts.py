"""The draft and its versions: nothing is lost by one gesture, and the way back to the last version is short."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template

pytestmark = pytest.mark.browser


def delete_all(page: Page) -> None:
    page.locator(".react-flow__pane").click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator("article.card")).to_have_count(0)


def saved(page: Page) -> None:
    expect(page.locator(".save")).to_have_text(re.compile("^Draft saved"))


def test_what_was_emptied_comes_back_after_a_reload(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Picture")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        delete_all(page)
    saved(page)
    page.reload()
    expect(page.get_by_role("heading", name="An empty canvas")).to_be_visible()
    page.keyboard.press("Control+Shift+s")
    panel = page.get_by_role("region", name="Versions")
    automatic = panel.get_by_role("listitem").filter(has_text="Before it was emptied")
    expect(automatic).to_contain_text("automatic")
    automatic.get_by_role("button", name="Restore").click()
    expect(card(page, "Picture")).to_be_visible()
    expect(card(page, "Prompt")).to_be_visible()

    saved(page)
    automatic.get_by_role("button", name="Keep").click()
    expect(panel.get_by_role("listitem").filter(has_text="v1")).to_be_visible()
    expect(automatic).to_have_count(0)


def test_the_bar_says_how_far_the_draft_is_and_leads_back(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    text = card(page, "Prompt").locator("textarea")
    text.fill("A fox")
    since = page.locator("button.since")
    expect(since).to_have_count(0)  # nobody kept a version
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Kept as v1.")).to_be_visible()
    expect(since).to_have_text("as v1")

    text.fill("A bear")
    card(page, "Picture").get_by_role("heading").click()
    page.keyboard.press("Control+ArrowRight")
    expect(since).to_have_text("1 change since v1")
    since.click()
    story = page.get_by_role("dialog", name="The draft and its versions")
    expect(story.get_by_role("listitem")).to_contain_text("Prompt: A fox → A bear")
    story.get_by_role("button", name="Discard draft").click()
    expect(text).to_have_value("A fox")
    expect(since).to_have_text("as v1")
    page.locator(".toasts").get_by_role("button", name="Undo").click()
    expect(text).to_have_value("A bear")
    page.keyboard.press("Control+Shift+s")
    panel = page.get_by_role("region", name="Versions")
    expect(panel.get_by_role("listitem").filter(has_text="Before the draft was discarded")).to_be_visible()


def test_cards_that_were_only_moved_are_kept_where_they_stand(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    heading = card(page, "Picture").get_by_role("heading")
    since = page.locator("button.since")
    heading.click()
    page.keyboard.press("Control+s")
    expect(since).to_have_text("as v1")
    page.keyboard.press("Control+Shift+ArrowRight")
    expect(since).to_have_text("as v1, cards moved")
    page.keyboard.press("Control+s")
    expect(since).to_have_text("as v2")
    place = heading.bounding_box()
    page.keyboard.press("Control+Shift+ArrowDown")
    expect(since).to_have_text("as v2, cards moved")
    page.keyboard.press("Control+Shift+s")
    panel = page.get_by_role("region", name="Versions")
    panel.get_by_role("listitem").filter(has_text="v2").get_by_role("button", name="Restore").click()
    expect(since).to_have_text("as v2")
    assert heading.bounding_box() == place
