"""The list of nodes, and what cards tell and take: favourites, seeds, earlier results."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card
from tests.e2e.test_hands import draw

pytestmark = pytest.mark.browser


def test_favourites_and_what_was_used_last_stand_first_and_are_kept(page: Page, site: Site) -> None:
    draw(page, site, [], [])
    nodes = page.get_by_role("complementary", name="Nodes")
    search = nodes.get_by_role("searchbox")
    search.fill("fal-ai/flux/schnell")
    page.keyboard.press("ArrowDown")
    found = nodes.locator(".kind-row").first
    expect(found.locator(".kind")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(found.locator(".fav")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(nodes.locator("section[data-category='favourites'] .kind-name")).to_have_text(["FLUX Schnell"])

    search.fill("qzx")
    expect(nodes).to_contain_text("No node is found by “qzx”.")
    nodes.get_by_role("button", name="upscale").click()
    expect(nodes.locator(".kind").first).to_have_attribute("data-category", "upscale")
    search.fill("text input")
    search.press("Enter")
    expect(card(page, "Text Input")).to_be_visible()
    search.fill("")
    used = nodes.locator("section[data-category='used'] .kind-name")
    expect(used.first).to_have_text("Text Input")

    page.reload()
    expect(used.first).to_have_text("Text Input")
    favourites = nodes.locator("section[data-category='favourites']")
    favourites.get_by_role("button", name="Take FLUX Schnell out of the favourites").click()
    expect(favourites).to_have_count(0)
