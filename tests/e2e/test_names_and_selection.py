"""What cannot be stored cannot be typed, and what is gone is not selected."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, field, new_workflow

pytestmark = pytest.mark.browser
LONGEST_NAME = 200


def test_a_name_that_is_too_long_is_cut_and_holds_up_nothing(page: Page, site: Site) -> None:
    new_workflow(page, site, "text input")
    name = page.get_by_label("Name of the workflow")
    name.click()
    name.press("Control+a")
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const field = document.activeElement;
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        "n" * (LONGEST_NAME + 50),
    )
    expect(page.locator(".toasts")).to_contain_text("A name has at most 200 characters.")
    name.press_sequentially("n" * (LONGEST_NAME + 5))
    name.press("Enter")
    field(card(page, "Text Input"), "Prompt").fill("a boat")
    expect_saved(page)
    page.reload()
    expect(name).to_have_value("n" * LONGEST_NAME)
    expect(field(card(page, "Text Input"), "Prompt")).to_have_value("a boat")


def test_an_undone_paste_leaves_nothing_selected_that_is_not_there(page: Page, site: Site) -> None:
    new_workflow(page, site, "text input", "preview")
    page.locator(".react-flow__pane").click(position={"x": 600, "y": 20})
    card(page, "Text Input").get_by_role("heading").click()
    page.keyboard.press("Control+d")
    expect(card(page, "Text Input")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(card(page, "Text Input")).to_have_count(1)
    expect(page.locator("article.card[aria-selected=true], .react-flow__node.selected")).to_have_count(0)
    card(page, "Text Input").get_by_role("heading").click(modifiers=["Shift"])
    expect(page.locator(".inspector")).to_be_visible()
    expect(page.locator(".inspector")).not_to_contain_text("2 selected")
