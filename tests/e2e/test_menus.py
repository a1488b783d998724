"""Menus of the canvas by the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template

pytestmark = pytest.mark.browser


def test_arrows_go_through_the_menu_and_escape_leads_back(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    opener = page.get_by_role("button", name="More ways to run")
    opener.press("Enter")
    menu = page.get_by_role("dialog", name="Run", exact=True)
    expect(menu.get_by_role("menuitem", name="Run workflow")).to_be_focused()
    page.keyboard.press("ArrowDown")  # past "Run this node", for none is selected
    expect(menu.get_by_role("menuitem", name="Run anew")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Run a table")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Schedules")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Run workflow")).to_be_focused()

    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()
    expect(page.locator(".run-state")).to_have_count(0)


def test_publish_leads_to_the_page_of_the_app(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/workflows/cm\w+/settings"))
    expect(page.get_by_role("heading", name="Text to image")).to_be_visible()
