"""Habits of hands: keys that one sets oneself, dots on wires, the large editor, settings of several cards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, use_template, wait_until_still

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
    sheet = page.get_by_role("dialog", name="Prompt: Prompt").get_by_role("textbox")
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
