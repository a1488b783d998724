"""A batch of pictures is looked at as a gallery, by the keyboard too, and as a table."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_a_table_becomes_pictures_that_keys_go_through(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    page.wait_for_url("**/flow/*")
    page.goto(f"{site.url}/workflows/{page.url.rpartition('/')[2]}/table")
    page.get_by_label("Rows").fill("a hen\na hare\nan owl")
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_role("button", name="Start 3 runs").click()
    page.wait_for_url("**/batches/*")
    expect(page.get_by_role("link", name="Gallery")).to_have_attribute("aria-current", "page")
    expect(page.get_by_text("3 of 3 finished")).to_be_visible(timeout=60_000)

    pictures = page.locator(".gallery-picture > a")
    expect(pictures).to_have_count(3)
    assert all(box["width"] >= 280 for one in pictures.all() if (box := one.bounding_box()))
    pictures.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(pictures.nth(2)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog")
    expect(shown).to_contain_text(re.compile("Run 2: a hare"))
    page.keyboard.press("ArrowRight")
    expect(shown).to_contain_text(re.compile("Run 3: an owl"))
    page.keyboard.press("Escape")
    expect(pictures.nth(2)).to_be_focused()

    page.get_by_role("link", name="Table", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?view=table$"))
    expect(page.get_by_role("row")).to_have_count(4)
    page.go_back()
    expect(pictures).to_have_count(3)

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
