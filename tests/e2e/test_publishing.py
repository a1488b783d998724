"""Publishing anew, change by change, on a window and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WIDE, Site
from tests.e2e.drawing import card, expect_saved, use_template
from tests.e2e.people import make_colleague

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def test_what_a_colleague_has_begun_is_left_out(page: Page, site: Site, browser: Browser) -> None:
    use_template(page, site, "Text to image")
    expect_saved(page)
    settings = page.url.replace("/flow/", "/workflows/") + "/settings?tab=app"
    page.goto(settings)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Nothing: this is the graph that is published.")).to_be_visible()

    mate = browser.new_context(viewport=WIDE).new_page()
    mate.goto(make_colleague(site, "editor", "publishing@example.com"))
    mate.goto(settings.replace("/workflows/", "/flow/").removesuffix("/settings?tab=app"))
    card(mate, "Prompt").locator("textarea").fill("a bear, unfin")
    expect_saved(mate)
    page.goto(settings.replace("/workflows/", "/flow/").removesuffix("/settings?tab=app"))
    page.bring_to_front()
    expect(card(page, "Prompt").locator("textarea")).to_have_value("a bear, unfin")
    card(page, "Prompt").get_by_role("heading").dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type("Subject")
    page.keyboard.press("Enter")
    expect_saved(page)

    page.set_viewport_size(PHONE)
    page.goto(settings)
    button = page.get_by_role("button", name="Publish 2 of 2 changes")
    expect(button).to_be_visible()
    theirs = page.get_by_role("group", name="publishing")
    box = theirs.get_by_role("checkbox", name="Subject:")
    expect(theirs).to_contain_text("a bear, unfin")
    box.focus()
    page.keyboard.press("Space")
    expect(theirs.get_by_role("checkbox", name="publishing")).not_to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Publish 1 of 2 changes").click()
    expect(page.get_by_role("button", name="Publish this change")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Subject:")).to_be_checked()
    mate.context.close()

    german = browser.new_context(viewport=WIDE, locale="de-DE", storage_state=page.context.storage_state())
    reader = german.new_page()
    reader.goto(settings)
    expect(reader.get_by_role("button", name="Diese Änderung veröffentlichen")).to_be_visible()
    expect(reader.locator(".input-row legend")).to_contain_text(["Subject"])
    reader.get_by_role("checkbox", name="Subject:").uncheck()
    expect(reader.get_by_role("button", name="Ohne diese Änderung veröffentlichen")).to_be_visible()
    german.close()
