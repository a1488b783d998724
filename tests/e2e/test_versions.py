"""Versions apart from the draft: keep one, see what changed since, take it back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template

pytestmark = pytest.mark.browser


def test_a_version_is_kept_compared_and_restored(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    text = card(page, "Prompt").locator("textarea")
    text.fill("A fox")
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="All versions").click()
    panel = page.get_by_role("region", name="Versions")
    name = panel.get_by_role("textbox")
    name.fill("The fox")
    with page.expect_response(lambda answer: "/versions" in answer.url and answer.request.method == "GET"):
        name.press("Enter")

    text.fill("A bear")
    card(page, "Picture").get_by_role("heading").click()
    page.keyboard.press("Delete")
    panel.get_by_role("button", name="Compare").click()
    changes = panel.get_by_role("list", name="2 differences")
    expect(changes).to_contain_text("Prompt: A fox → A bear")
    expect(changes.locator(".removed")).to_contain_text("Picture")
    expect(changes.get_by_role("listitem")).to_contain_text(
        [re.compile("≠ 1 *Prompt changed"), re.compile("− 2 *Picture removed")]
    )
    expect(panel.locator("svg.difference rect.removed")).to_have_count(1)
    drawn = panel.locator("svg.difference g")
    expect(drawn.filter(has_text="≠ 1").locator(".of-card")).to_have_text("Prompt")
    expect(drawn.filter(has_text="− 2").locator(".of-card")).to_have_text("Picture")
    expect(drawn.filter(has_text="≠ 1").locator("title")).to_have_text(
        re.compile("^1: Prompt, changed\nPrompt: A fox → A bear$")
    )

    panel.get_by_role("button", name="Compare").click()
    panel.get_by_role("button", name="Restore").click()
    expect(text).to_have_value("A fox")
    expect(card(page, "Picture")).to_be_visible()
    page.locator(".toasts").get_by_role("button", name="Undo").click()
    expect(text).to_have_value("A bear")
