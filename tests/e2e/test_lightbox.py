"""A picture of a result is shown large on its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_a_result_is_looked_at_without_leaving_the_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    with page.expect_response(lambda answer: answer.url.endswith("/execute")):
        page.locator(".split .run").click()
    page.goto(f"{site.url}/executions")
    page.locator(".run-link").first.click()
    link = page.locator("#outputs a[data-light]")
    link.click()
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    expect(box.locator("img")).to_have_js_property("complete", True)
    width, height = box.locator("img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width > 0
    assert f"{width} × {height}" in box.inner_text()
    assert (box.get_by_role("link", name="Download").get_attribute("href") or "").endswith("?download=1")
    page.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    expect(link).to_be_focused()

    page.goto(
        f"{site.url}{link.get_attribute('href')}"
    )  # as without scripts; errors in the console fail the test
    expect(page.locator("img")).to_have_js_property("naturalWidth", width)
