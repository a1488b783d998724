"""The pages of settings, with names nobody thought of, on a window and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser

LONG = "Sommerkampagne" * 14
PHONE, WINDOW = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def is_wider_than_the_window(page: Page) -> bool:
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(width)) > 0


def test_a_long_name_stays_in_its_table_and_a_bad_one_is_brought_to_sight(page: Page, site: Site):
    for size in (WINDOW, PHONE):
        page.set_viewport_size(size)
        page.goto(f"{site.url}/settings?tab=api-keys")
        page.get_by_label("Name", exact=True).fill(LONG)
        page.get_by_role("button", name="Create the key").click()
        expect(page.get_by_text("Copy it now")).to_be_visible()
        assert not is_wider_than_the_window(page)
        name = page.get_by_label("Name", exact=True)
        name.evaluate("field => field.removeAttribute('maxlength')")
        name.fill(LONG * 2)
        page.get_by_role("button", name="Create the key").click()
        expect(page.get_by_text("at most 200 characters")).to_be_visible()
        expect(name).to_be_focused()
        expect(name).to_be_in_viewport()


def test_the_open_tab_is_in_sight_on_a_phone(page: Page, site: Site):
    page.set_viewport_size(PHONE)
    for address, tab in (("/settings/audit", "Audit log"), ("/settings?tab=profile", "Profile")):
        page.goto(f"{site.url}{address}")
        expect(page.locator(".tabs").get_by_role("link", name=tab)).to_be_in_viewport(ratio=0.9)


def test_what_was_refused_leads_back(page: Page, site: Site):
    page.set_viewport_size(WINDOW)
    page.goto(f"{site.url}/usage/limits")
    form = page.locator("form[action='/usage/limits']")
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("[name=credits]").fill("0")
    form.get_by_role("button").click()
    page.get_by_role("link", name="Back to where you were").click()
    expect(page.get_by_role("heading", name="Limits of spending")).to_be_visible()
