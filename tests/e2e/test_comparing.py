"""Runs are ticked in the history and held against each other, their pictures laid over one another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_status, field, use_template

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
    sides = [
        stage.get_by_role("img", name=re.compile(f"{letter}: .+ ago|{letter}: .+just now")) for letter in "AB"
    ]
    for side in sides:
        expect(side).to_have_count(1)
    page.get_by_role("button", name="Slider").click()
    names = stage.locator(".stage-name")
    expect(names).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    left, right, picture = (
        one.bounding_box() for one in (names.nth(0), names.nth(1), stage.locator(".stage-pair"))
    )
    assert left is not None and right is not None and picture is not None
    assert left["x"] + left["width"] <= right["x"]  # beside each other, above the picture
    assert max(one["y"] + one["height"] for one in (left, right)) <= picture["y"]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("slider").fill("25")
    over = stage.locator(".over").evaluate("image => getComputedStyle(image).clipPath")
    assert over == "inset(0px 0px 0px 25%)"
    page.get_by_role("button", name="Side by side").click()
    expect(stage).to_be_hidden()


def test_the_two_sides_of_a_comparison_on_the_canvas_bear_names(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    node = card(page, "Nano Banana 2")
    card(page, "Prompt").locator("textarea").fill("Two sides")
    for count in ("2", "1"):
        field(node, "Images").fill(count)
        page.locator(".split .run").click()
        expect_status(node, "running")
        expect_status(node, "done")
    node.get_by_role("heading").click()
    page.get_by_role("tab", name="Result").click()
    page.get_by_role("button", name="Look at it beside the run before").click()
    page.get_by_role("button", name="Compare").click()
    box = page.get_by_role("dialog")
    times = r"run of \d+:\d\d:\d\d.*"
    expect(box.get_by_role("img", name=re.compile(f"^Left: Nano Banana 2, {times}$"))).to_be_visible()
    right = box.get_by_role("img", name=re.compile(f"^Right: Nano Banana 2, {times} · 1 of 2$"))
    expect(right).to_be_attached()
    slider = box.get_by_role("slider")
    slider.fill("25")
    expect(slider).to_have_attribute(
        "aria-valuetext", re.compile("^25 % Nano Banana 2, .*, the rest Nano Ban")
    )

    page.set_viewport_size({"width": 390, "height": 844})
    names = box.locator("figcaption span")
    left, other, picture = (one.bounding_box() for one in (names.nth(0), names.nth(1), right))
    assert left is not None and other is not None and picture is not None
    assert left["x"] + left["width"] <= other["x"]
    assert max(one["y"] + one["height"] for one in (left, other)) <= picture["y"]


def test_the_tiles_of_results_fill_their_panel(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    node = card(page, "Nano Banana 2")
    card(page, "Prompt").locator("textarea").fill("Tiles")
    for count in (2, 4):
        field(node, "Images").fill(str(count))
        page.locator(".split .run").click()
        expect_status(node, "running")
        expect_status(node, "done")
        node.get_by_role("heading").click()
        page.get_by_role("tab", name="Result").click()
        tiles = page.locator(".tiles li")
        expect(tiles).to_have_count(count)
        whole = page.locator(".tiles").bounding_box()
        boxes = [tile.bounding_box() for tile in tiles.all()]
        assert whole is not None
        covered = sum(box["width"] * box["height"] for box in boxes if box)
        assert covered > 0.93 * whole["width"] * whole["height"]
        for box in boxes:
            assert box is not None and abs(box["width"] / box["height"] - 16 / 9) < 0.05
