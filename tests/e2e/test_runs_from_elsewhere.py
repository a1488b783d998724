"""Runs that came in by another door: the open canvas keeps what it shows and says that they are there."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template
from tests.processes import manage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    made = manage(site.data, "create_api_key", "--email", "owner@localhost")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def start_over_rest(page: Page, site: Site, key: str) -> None:
    """Run the workflow that the page has open as a client with a key does."""
    workflow = page.url.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    answer = httpx.post(
        f"{site.url}/api/v1/workflows/{workflow}/execute",
        headers={"Authorization": f"Bearer {key}"},
        json={},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text


def picture(page: Page) -> str:
    return card(page, "Picture").locator("img").get_attribute("src") or ""


def test_a_run_over_rest_leaves_the_cards_and_is_shown_when_asked_for(page: Page, site: Site, key: str):
    use_template(page, site, "Text to image")
    card(page, "Prompt").locator("textarea").fill("A heron in the reeds")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "done")
    mine = picture(page)

    start_over_rest(page, site, key)
    told = page.get_by_role("region", name="Runs from elsewhere")
    expect(told).to_contain_text(re.compile(r"A run over the API: \d of \d done"))
    expect(told.get_by_role("status")).to_have_text("A run over the API")
    expect_status(card(page, "Picture"), "done")
    assert picture(page) == mine
    expect(page.locator(".run-state.completed")).to_be_visible()  # there is nothing of one's own to stop

    told.get_by_role("button", name="Show").click()
    expect_status(card(page, "Picture"), "waiting")
    expect(page.locator(".run-state.running")).to_be_visible()
    expect_status(card(page, "Picture"), "done")
    expect(told.get_by_role("status")).to_have_text("A run over the API is done")
    theirs = picture(page)
    assert theirs != mine
    told.get_by_role("button", name="Back").click()
    expect(told).to_be_hidden()
    assert picture(page) == mine

    page.reload()
    expect_status(card(page, "Picture"), "done")
    assert picture(page) == mine


def test_a_run_from_elsewhere_is_reached_by_keys_and_sent_away(page: Page, site: Site, key: str):
    use_template(page, site, "Text to image")
    card(page, "Prompt").locator("textarea").fill("A fox")
    expect_saved(page)
    start_over_rest(page, site, key)  # nothing was shown yet, so it is followed by itself
    expect_status(card(page, "Picture"), "waiting")
    told = page.get_by_role("region", name="Runs from elsewhere")
    expect(told).to_be_hidden()
    expect_status(card(page, "Picture"), "done")

    for _ in range(2):
        start_over_rest(page, site, key)
    expect(told).to_contain_text(re.compile(r"2 runs from elsewhere: \d ended"))
    turn_by_keys(page)
    expect(told.get_by_role("button", name="Back")).to_be_visible()
    start_over_rest(page, site, key)
    turn_by_keys(page)
    told.get_by_role("button", name="Dismiss").press("Enter")
    expect(told).to_be_hidden()


def test_a_run_that_goes_on_when_the_page_opens_is_told_of(page: Page, site: Site, key: str):
    use_template(page, site, "Text to image")
    card(page, "Prompt").locator("textarea").fill("A heron at dusk")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "done")
    mine = picture(page)
    start_over_rest(page, site, key)
    page.reload()
    told = page.get_by_role("region", name="Runs from elsewhere")
    expect(told).to_contain_text(re.compile(r"A run over the API: \d of \d done"))
    assert picture(page) == mine
    told.get_by_role("button", name="Show").click()
    expect(page.locator(".run-state.running")).to_be_visible()
    expect(told.get_by_role("status")).to_have_text("A run over the API is done")
    assert picture(page) != mine


def turn_by_keys(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill("elsewhere")
    page.keyboard.press("Enter")
