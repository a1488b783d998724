"""The canvas under a thumb: fields lead to where there is room to write, and wires begin where one is missing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import DRAWN, card, expect_saved, field, new_workflow, wait_until_still

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def on_a_phone(page: Page, title: str) -> None:
    """The same workflow in a window as narrow as a phone's."""
    page.evaluate(DRAWN)
    page.set_viewport_size(PHONE)
    page.reload()
    expect(card(page, title)).to_be_visible()
    wait_until_still(page)


def test_a_tap_on_a_field_opens_where_it_can_be_written(page: Page, site: Site):
    new_workflow(page, site, "text input", "resize")
    on_a_phone(page, "Text Input")
    text = card(page, "Text Input")
    box = field(text, "Prompt").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    editor = page.get_by_role("dialog", name="Text Input: Prompt")
    editor.get_by_role("textbox").fill("a heron")
    editor.get_by_role("button", name="Close").click()
    expect(field(text, "Prompt")).to_have_value("a heron")
    expect_saved(page)

    # What is no text opens the sheet; a drag on a field moves the plane, and opens nothing.
    page.locator(".react-flow__pane").click(position={"x": 12, "y": 12})
    width = card(page, "Resize").locator("[data-param]").first.bounding_box()
    assert width is not None
    page.mouse.click(width["x"] + width["width"] / 2, width["y"] + width["height"] / 2)
    expect(page.get_by_role("complementary", name="Settings of the node")).to_be_visible()
    expect(editor).to_have_count(0)


def test_connect_begins_at_the_input_that_is_missing(page: Page, site: Site):
    new_workflow(page, site, "resize", "image input")
    on_a_phone(page, "Resize")
    card(page, "Resize").get_by_role("heading").click()
    page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Connect").click()
    hint = page.locator(".hint-bar")
    expect(hint).to_contain_text("Where does Image come from?")
    card(page, "Image Input").get_by_role("heading").click()
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    expect(hint).to_have_count(0)
    page.locator(".react-flow__pane").click(position={"x": 12, "y": 12})
    card(page, "Resize").get_by_role("heading").click()
    page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Connect").click()
    expect(hint).to_contain_text(re.compile("Where does the wire go"))  # nothing is missing now


def test_all_of_the_selection_bar_can_be_reached(page: Page, site: Site):
    new_workflow(page, site, "nano banana 2")
    on_a_phone(page, "Nano Banana 2")
    card(page, "Nano Banana 2").get_by_role("heading").click()
    bar = page.get_by_role("toolbar", name="Selection")
    box = bar.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    delete = bar.get_by_role("button", name="Delete")
    delete.scroll_into_view_if_needed()
    at = delete.bounding_box()
    assert at is not None and at["x"] >= 0 and at["x"] + at["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_on_a_phone_gestures_come_before_keys(page: Page, site: Site):
    new_workflow(page, site, "nano banana 2")
    on_a_phone(page, "Nano Banana 2")
    page.keyboard.press("?")
    box = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(box.get_by_role("heading", name="With fingers")).to_be_visible()
    expect(box.get_by_text("Pinch with two fingers")).to_be_visible()
    keys = box.get_by_role("button", name="Run workflow: Ctrl Enter. Change")
    expect(keys).to_be_hidden()
    box.get_by_text("With a keyboard and a mouse").click()
    expect(keys.locator("kbd")).to_be_visible()


def test_settings_come_up_below_the_card_they_belong_to(page: Page, site: Site):
    new_workflow(page, site, "text input")
    on_a_phone(page, "Text Input")
    card(page, "Text Input").get_by_role("heading").click()
    page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Settings").click()
    expect(page.get_by_role("complementary", name="Settings of the node")).to_be_visible()
    page.wait_for_function(
        """() => {
            const boxOf = (selector) => document.querySelector(selector).getBoundingClientRect();
            return boxOf("article.card").top > 0 && boxOf("article.card").bottom < boxOf(".inspector").top;
        }"""
    )
