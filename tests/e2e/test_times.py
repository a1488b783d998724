"""Without a pointer that hovers, a tap on a time shows the exact moments, and so does the switch in the menu."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser

EXACT = re.compile(r"^\d{1,2} \w{3,4} 20\d\d, \d\d:\d\d:\d\d$")


def test_times_are_exact_at_a_tap_and_stay_so(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/usage/ledger")
    moment = page.locator("td time[data-relative]").first
    expect(moment).not_to_have_text(EXACT)
    expect(moment).to_have_attribute("title", re.compile(r"20\d\d, \d\d:\d\d:\d\d \w+"))
    moment.click()
    expect(moment).to_have_text(EXACT)
    page.reload()
    expect(moment).to_have_text(EXACT)

    page.get_by_label("Account").click()
    switch = page.get_by_role("button", name="Exact times")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(moment).not_to_have_text(EXACT)
