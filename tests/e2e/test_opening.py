"""Where one looks when a workflow opens, and what the settings of a node leave in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import WIDE, Site
from tests.e2e.drawing import DRAWN, card, use_template, wait_until_still

pytestmark = pytest.mark.browser

#: Counts the cards that are seen in any frame before the first look at the graph is chosen.
COUNT_EARLY = """() => {
    window.early = 0;
    requestAnimationFrame(function look() {
        const cards = [...document.querySelectorAll(".stage.opening .react-flow__node")];
        window.early += cards.filter((card) => card.checkVisibility({ visibilityProperty: true })).length;
        requestAnimationFrame(look);
    });
}"""
#: All of a card, but for what scaling takes from a fraction of a pixel.
WHOLE = 0.999


def zoom(page: Page) -> int:
    wait_until_still(page)
    return int(page.locator(".zoom .percent").inner_text().removesuffix(" %"))


def test_a_large_graph_opens_where_it_begins_and_can_be_read(page: Page, site: Site):
    use_template(page, site, "Product photos: scenes and formats")
    first = card(page, "Scenes, one per line")
    expect(first).to_be_in_viewport(ratio=WHOLE)
    assert zoom(page) == 70
    expect(first.locator("textarea")).to_be_visible()  # and no mere block

    page.keyboard.press("1")
    expect(card(page, "Scenes, one per line")).to_be_in_viewport(ratio=WHOLE)
    whole = zoom(page)
    assert whole < 50
    page.add_init_script(f"({COUNT_EARLY})()")
    page.reload()
    expect(first).to_be_visible()
    assert page.evaluate("early") == 0
    assert zoom(page) == whole  # somebody chose to look so

    page.evaluate(DRAWN)
    page.set_viewport_size({"width": 390, "height": 844})  # from another window it says nothing
    page.reload()
    expect(first).to_be_in_viewport(ratio=WHOLE)
    wait_until_still(page)
    expect(page.locator(".stage")).to_have_attribute("data-zoom", "near")


def test_settings_that_open_leave_the_chosen_card_in_sight(page: Page, site: Site):
    use_template(page, site, "Text to image")
    picture = card(page, "Picture")
    expect(picture).to_be_visible()
    page.keyboard.press("i")
    picture.get_by_role("heading").click()
    wait_until_still(page)
    before = picture.bounding_box()
    assert before is not None
    page.keyboard.press("i")
    sheet = page.get_by_role("complementary", name="Settings of the node")
    expect(sheet).to_contain_text("Preview / Output")
    left = sheet.bounding_box()
    assert left is not None
    assert before["x"] + before["width"] > left["x"]
    page.wait_for_function(
        "([card, edge]) => card.getBoundingClientRect().right <= edge",
        arg=[picture.element_handle(), left["x"]],
    )
    wait_until_still(page)
    after = picture.bounding_box()
    assert after is not None
    assert left["x"] - after["x"] - after["width"] < 40  # no farther than needed
    assert after["y"] == before["y"]

    page.keyboard.press("Control+a")
    page.keyboard.press("1")
    wait_until_still(page)
    box = picture.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= WIDE["width"] - 324
