"""Two browsers edit one workflow at random and offline: they end equal, and equal to the server. See `walking`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import expect_saved, new_workflow
from tests.e2e.walking import Tab, expect_equal, walk

pytestmark = pytest.mark.browser


@pytest.fixture
def tabs(browser: Browser, person: BrowserContext) -> Iterator[list[Tab]]:
    rights = ["clipboard-read", "clipboard-write"]
    people = [
        browser.new_context(
            viewport={"width": 1280, "height": 800}, storage_state=person.storage_state(), permissions=rights
        )
        for _ in range(2)
    ]
    tabs = [Tab(one) for one in people]
    yield tabs
    for one in people:
        one.close()
    assert [tab.errors for tab in tabs] == [[], []]


def test_two_who_edit_at_random_and_offline_end_equal(site: Site, tabs: list[Tab]):
    first, second = tabs
    new_workflow(first.page, site, "text input", "text input", "nano banana 2")
    expect_saved(first.page)
    second.page.goto(first.page.url)
    expect(second.page.locator(".person")).to_have_count(1)
    walk(first, second)
    expect_equal(first, second)
