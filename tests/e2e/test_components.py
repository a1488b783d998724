"""Nodes become a component, run as one, and come back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template

pytestmark = pytest.mark.browser


def test_nodes_are_packed_run_as_one_and_unpacked(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    drawn, part = card(page, "Nano Banana 2"), card(page, "Painter")
    wires = page.locator(".react-flow__edge")
    expect(drawn).to_be_visible()
    expect(wires).to_have_count(2)
    drawn.get_by_role("heading").click()
    page.keyboard.press("Control+Alt+k")
    dialog = page.get_by_role("dialog", name="Make a component")
    dialog.get_by_label("Name", exact=True).fill("Painter")
    dialog.get_by_role("button", name="Make it").click()
    expect(part).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(drawn).to_have_count(0)
    expect(wires).to_have_count(2)
    expect_saved(page)
    expect_status(part, "will run · 7 credits")

    page.keyboard.press("Control+Enter")
    expect_status(part, "done")
    expect(part.locator(".preview img")).to_be_visible()
    page.reload()
    expect(part.locator(".preview img")).to_be_visible()
    expect_status(part, "done")

    part.get_by_role("heading").click(button="right")
    page.get_by_role("menuitem", name="Unpack the component").click()
    expect(drawn).to_be_visible()
    expect(part).to_have_count(0)
    expect(wires).to_have_count(2)
    expect_status(drawn, "will be reused")
    page.keyboard.press("Control+z")
    expect(part).to_be_visible()

    components = page.get_by_role("region", name="Components")
    components.get_by_role("button", name="Copy the nodes of Painter here").click()
    expect(drawn).to_be_visible()
    components.get_by_role("button", name="Painter", exact=True).click()
    expect(part).to_have_count(2)
    expect_saved(page)
