"""Runs are ticked in the history and held against each other, their pictures laid over one another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_two_runs_are_ticked_and_their_pictures_laid_over_each_other(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    with page.expect_response(lambda answer: answer.url.endswith("/execute")):
        page.locator(".split .run").click()
    page.goto(f"{site.url}/executions")
    page.locator(".run-link").first.click()
    expect(page.locator("#outputs a[data-light]")).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#outputs a[data-light]")).to_be_visible()

    page.goto(f"{site.url}/executions")
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_hidden()
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
        expect(page.locator("[data-picked]")).to_be_visible()
    compare.click()
    expect(page.get_by_role("heading", name="Compare 2 executions")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    for picture in page.locator(".compare-cell img").all():
        box = picture.bounding_box()
        assert box is not None and box["y"] + box["height"] <= 900 and box["width"] > 400
    stage = page.locator(".stage")
    for mode in ("Slider", "Onion skin", "Difference"):
        page.get_by_role("button", name=mode).click()
        expect(stage.locator("img")).to_have_count(2)
        for picture in stage.locator("img").all():
            assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_role("button", name="Slider").click()
    page.get_by_role("slider").fill("25")
    over = stage.locator(".over").evaluate("image => getComputedStyle(image).clipPath")
    assert over == "inset(0px 0px 0px 25%)"
    page.get_by_role("button", name="Side by side").click()
    expect(stage).to_be_hidden()
