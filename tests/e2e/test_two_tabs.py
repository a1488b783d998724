"""Two tabs on one workflow, and two executions at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, field, new_workflow, use_template, wire
from tests.processes import PATIENCE, rows

pytestmark = pytest.mark.browser


@pytest.fixture
def second(person: BrowserContext) -> Page:
    tab = person.new_page()
    tab.set_default_timeout(1000 * PATIENCE)
    yield tab
    tab.close()


def write(page: Page, text: str) -> None:
    card(page, "Text Input").locator("textarea").fill(text)


def both_write(page: Page, second: Page, site: Site) -> None:
    """Each writes before it can know of the other: the first has no way to the server until the second saved."""
    new_workflow(page, site, "text input")
    expect_saved(page)
    second.goto(page.url)
    page.route("**/draft", lambda route: route.abort())
    write(page, "mine")
    expect(page.locator(".save.warn")).to_be_visible()
    with second.expect_response(re.compile("/draft$")):
        write(second, "theirs")
    page.unroute("**/draft")
    expect(page.get_by_role("alert").filter(has_text="was changed somewhere else")).to_be_visible()


def test_a_conflict_can_end_with_the_other_version_and_come_back(page: Page, second: Page, site: Site):
    both_write(page, second, site)
    page.get_by_role("button", name="Take the other version").click()
    text = card(page, "Text Input").locator("textarea")
    expect(text).to_have_value("theirs")
    page.locator(".toasts").get_by_role("button", name="Undo").click()
    expect(text).to_have_value("mine")
    expect_saved(page)
    second.reload()
    expect(card(second, "Text Input").locator("textarea")).to_have_value("mine")


def test_a_conflict_can_end_with_mine(page: Page, second: Page, site: Site):
    both_write(page, second, site)
    page.get_by_role("button", name="Keep mine", exact=True).click()
    expect_saved(page)
    second.reload()
    expect(card(second, "Text Input").locator("textarea")).to_have_value("mine")


def test_a_conflict_can_end_with_both(page: Page, second: Page, site: Site):
    both_write(page, second, site)
    first_address = page.url
    page.get_by_role("button", name="Keep mine as a copy").click()
    page.wait_for_url(lambda url: "/flow/cm" in url and url != first_address)
    expect(card(page, "Text Input").locator("textarea")).to_have_value("mine")
    second.reload()
    expect(card(second, "Text Input").locator("textarea")).to_have_value("theirs")


def test_a_draft_written_without_a_server_is_saved_when_it_is_back(page: Page, site: Site):
    new_workflow(page, site, "text input")
    expect_saved(page)
    site.server.kill()
    write(page, "written in the dark")
    expect(page.locator(".save.warn")).to_be_visible()
    site.start_again()
    expect_saved(page)
    page.reload()
    expect(card(page, "Text Input").locator("textarea")).to_have_value("written in the dark")


def test_two_executions_at_once_both_stream(page: Page, second: Page, site: Site):
    for tab in (page, second):
        new_workflow(tab, site, "text input", "nano banana 2")
        wire(tab, card(tab, "Text Input"), "out-prompt", card(tab, "Nano Banana 2"), "in-prompt")
        write(tab, f"a picture for {'one' if tab is page else 'two'}")
        field(card(tab, "Nano Banana 2"), "Resolution").select_option("1K")
    for tab in (page, second):
        tab.keyboard.press("Control+Enter")
    for tab in (page, second):
        expect_status(card(tab, "Nano Banana 2"), "running")
    for tab in (page, second):
        expect(tab.get_by_text(re.compile(r"^Done"))).to_be_visible()
        expect_status(card(tab, "Nano Banana 2"), "done")
        expect(card(tab, "Nano Banana 2").locator("img").first).to_be_visible()


def test_a_double_click_on_run_starts_one_execution(page: Page, site: Site):
    use_template(page, site, "Social crops")
    workflow = page.url.rsplit("/", 1)[1]
    page.get_by_role("button", name=re.compile("^Run")).first.dblclick()
    expect(page.get_by_role("heading", name="1 problem")).to_be_visible()  # no photo yet
    assert runs_of(site, workflow) == 0
    new_workflow(page, site, "text input")
    workflow = page.url.rsplit("/", 1)[1]
    write(page, "once")
    page.get_by_role("button", name=re.compile("^Run")).first.dblclick()
    expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()
    assert runs_of(site, workflow) == 1


def runs_of(site: Site, workflow: str) -> int:
    question = "SELECT count(*) AS n FROM executions_execution WHERE workflow_id = ?"
    return int(rows(site.data / "wireflow.sqlite3", question, workflow)[0]["n"])
