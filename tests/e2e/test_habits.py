"""Habits of hands: keys that one sets oneself, dots on wires, the large editor, settings of several cards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, field, new_workflow, use_template, wait_until_still

pytestmark = pytest.mark.browser

#: A point on a wire, well before its middle.
ON_WIRE = """path => {
    const {x, y} = path.getPointAtLength(path.getTotalLength() * 0.3), m = path.getScreenCTM();
    return [x * m.a + m.e, y * m.d + m.f];
}"""


def test_keys_dots_and_the_large_editor_stay_after_a_reload(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    wait_until_still(page)
    page.mouse.dblclick(*page.locator(".react-flow__edge-path").first.evaluate(ON_WIRE))
    expect(page.locator("circle.reroute")).to_have_count(1)

    card(page, "Prompt").get_by_role("button", name="Write Prompt in a large editor").click()
    dialog = page.get_by_role("dialog", name="Prompt: Prompt")
    sheet = dialog.get_by_role("textbox")
    outer, inner = dialog.bounding_box(), sheet.bounding_box()
    assert outer and inner
    assert inner["x"] >= outer["x"] and inner["y"] > outer["y"]
    assert inner["width"] > 0.9 * outer["width"] and inner["height"] > 0.5 * outer["height"]
    assert sheet.evaluate("it => it === document.elementFromPoint(innerWidth / 2, innerHeight / 2)")
    sheet.fill("A fox in {{place}}")
    expect(page.locator(".mirror mark")).to_have_text("{{place}}")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()

    page.keyboard.press("?")
    page.get_by_role("button", name=re.compile("^Tidy up: ")).click()
    page.keyboard.press("m")
    expect(page.get_by_text("M was “Show or hide the map” before.")).to_be_visible()
    page.keyboard.press("Escape")
    expect_saved(page)

    page.reload()
    expect(page.locator("circle.reroute")).to_have_count(1)
    expect(card(page, "Prompt").locator("textarea")).to_have_value("A fox in {{place}}")
    page.keyboard.press("?")
    expect(page.get_by_role("button", name="Tidy up: M. Change")).to_be_visible()
    page.get_by_label("Keys as in").select_option("figma")
    expect(page.get_by_role("button", name="Fit everything: Shift 1. Change")).to_be_visible()
    page.get_by_role("button", name="Reset all").click()
    expect(page.get_by_role("button", name="Tidy up: Ctrl Alt O Shift Alt T. Change")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    expect(page.get_by_role("complementary", name="Settings of several nodes")).to_contain_text("3 selected")


def test_the_key_that_takes_back_works_in_the_field_that_adding_led_into(page: Page, site: Site) -> None:
    new_workflow(page, site)
    text = card(page, "Text Input")
    page.keyboard.press("Tab")
    page.locator("input[role='combobox']").fill("text input")
    page.keyboard.press("Enter")
    expect(field(text, "Prompt")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(text).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(text).to_have_count(1)
    field(text, "Prompt").focus()
    page.keyboard.insert_text("a heron in the reeds")
    page.keyboard.press("Control+z")
    expect(field(text, "Prompt")).to_have_value("")
    expect(field(text, "Prompt")).to_be_focused()
    page.keyboard.press("Control+y")
    expect(field(text, "Prompt")).to_have_value("a heron in the reeds")


def test_what_a_dropped_wire_adds_is_seen_whole(page: Page, site: Site) -> None:
    new_workflow(page, site, "text input")
    handle = card(page, "Text Input").locator("[data-handleid='out-prompt']").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(1000, 780, steps=10)
    page.mouse.up()
    choice = page.get_by_role("combobox", name="Node")
    choice.fill("nano banana 2")
    choice.press("Enter")
    made = card(page, "Nano Banana 2")
    expect(made).to_be_visible()
    wait_until_still(page)
    box, bar = made.bounding_box(), page.locator(".zoom").bounding_box()
    assert box is not None and bar is not None
    assert box["y"] + box["height"] <= bar["y"]
