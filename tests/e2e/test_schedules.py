"""A schedule from the canvas to the run that it starts by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template
from tests.timed_rows import make_due

pytestmark = pytest.mark.browser


def test_a_schedule_is_made_runs_by_itself_and_is_deleted(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    page.get_by_role("button", name="More ways to run").click()
    page.get_by_role("menuitem", name="Schedules…").click()
    page.get_by_role("link", name="New schedule").click()

    # The form begins in the browser's zone, and says the next runs while it is filled in.
    own = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.get_by_label("Time zone")).to_have_value(own)
    page.get_by_label("Name", exact=True).fill("Boats at dawn")
    page.get_by_label("It runs").select_option("on days of the week")
    expect(page.get_by_label("Cron expression")).to_be_hidden()
    page.get_by_label("Friday").uncheck()
    page.get_by_label("Time of day").fill("06:15")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    moments = page.locator(".schedule-moments li")
    expect(moments).to_have_count(5)
    expect(moments.first).to_contain_text("06:15 JST")
    expect(page.locator(".schedule-moments")).not_to_contain_text("Fri")
    page.get_by_label("Time zone").fill("Asia/Nowhere")
    expect(page.locator(".schedule-preview")).to_contain_text("There is no time zone of this name.")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(moments).to_have_count(5)
    page.get_by_label("Prompt").first.fill("boats at dawn")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_text("The schedule is made.")).to_be_visible()
    expect(page.locator(".schedule-facts")).to_contain_text("Mon, Tue, Wed, Thu at 06:15")

    # It is due, and runs with nobody there.
    make_due(site.data / "wireflow.sqlite3", seconds=1)
    address = page.url
    started = page.locator("tbody .badge", has_text="started")
    while not started.count():
        page.goto(address)
    page.locator("tbody a[href^='/executions/']").click()
    expect(page.locator(".facts")).to_contain_text("schedule Boats at dawn")
    expect(page.get_by_text("boats at dawn").first).to_be_visible()
    page.get_by_role("link", name="Boats at dawn").click()

    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".schedule-facts")).to_contain_text("paused")
    page.goto(f"{site.url}/schedules")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("Delete")).click()
    expect(page.get_by_text("The schedule is deleted.")).to_be_visible()
