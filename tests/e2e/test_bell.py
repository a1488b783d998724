"""The bell of the canvas: it counts by itself, tells what happened, and is read there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, faults_of
from tests.e2e.drawing import new_workflow

pytestmark = pytest.mark.browser


def join(browser: Browser, page: Page, site: Site, name: str) -> None:
    """Somebody new takes an invitation that the person of ``page`` makes meanwhile, in a tab of their own."""
    inviting = page.context.new_page()
    inviting.goto(f"{site.url}/settings?tab=members")
    inviting.get_by_role("button", name="Make a link").click()
    link = re.search(r"http://\S+/invitation/[\w-]+", inviting.content())
    assert link is not None
    inviting.close()
    context = browser.new_context()
    theirs = context.new_page()
    errors = faults_of(theirs)
    theirs.goto(link[0])
    theirs.get_by_label(re.compile("^E-mail")).fill(f"{name}@example.org")
    theirs.get_by_label(re.compile("^Name")).fill(name)
    theirs.locator("input[name=password]").fill("four wet green boots")
    theirs.locator("main button[type=submit]").first.click()
    expect(theirs).to_have_url(re.compile(f"^{site.url}/(?!invitation)"))
    context.close()
    assert errors == []


def test_the_bell_counts_while_somebody_draws(page: Page, site: Site, browser: Browser) -> None:
    new_workflow(page, site, "text input")
    bell = page.get_by_role("button", name=re.compile("^Notices"))
    expect(bell).to_have_accessible_name("Notices")
    join(browser, page, site, "mallory")
    page.bring_to_front()
    expect(bell).to_have_accessible_name("Notices, 1 new")

    bell.click()
    list_ = page.get_by_role("dialog", name="Notices")
    expect(list_.get_by_role("link", name="mallory (mallory@example.org) joined")).to_be_visible()
    join(browser, page, site, "oscar")  # while the list is open
    page.bring_to_front()
    expect(list_.get_by_role("link", name=re.compile(r"^New: ")).first).to_contain_text("oscar")
    list_.get_by_role("button", name="Mark all as read").click()
    expect(list_.get_by_role("button", name="Mark all as read")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(bell).to_be_focused()
    expect(bell).to_have_accessible_name("Notices")

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Notices").click()
    page.wait_for_url(f"{site.url}/notices")
    expect(page.locator(".notice-list li").first).to_contain_text("oscar")
