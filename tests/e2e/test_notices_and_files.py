"""What an action had to say covers nothing, what scripts say goes away, and files are dropped on their fields."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser

DROP = """([field, name]) => {
    const taken = new DataTransfer();
    taken.items.add(new File(["Prompt\\na fox\\n"], name, { type: "text/csv" }));
    field.files = taken.files;
    field.dispatchEvent(new DragEvent("dragenter", { bubbles: true, dataTransfer: taken }));
}"""

#: As htmx tells of a press that reached no server.
REFUSED = """document.body.dispatchEvent(new CustomEvent("htmx:sendError", {
    bubbles: true, detail: { requestConfig: { triggeringEvent: new Event("click") } },
}))"""


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_what_was_done_is_said_above_the_page(page: Page, site: Site, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site.url}/settings?tab=profile")
    page.locator('form[action="/settings/profile"] button[type=submit]').click()
    said = page.locator(".said-above .notice")
    expect(said).to_be_visible()
    below, above = page.locator("main").bounding_box(), said.bounding_box()
    assert below is not None and above is not None
    assert above["y"] + above["height"] <= below["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    said.get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)


def test_what_scripts_say_goes_unless_somebody_is_at_it(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(f"{site.url}/executions")
    told = page.locator(".toasts .notice")
    page.evaluate(REFUSED)
    told.get_by_role("button", name="Close").focus()
    page.clock.run_for(30_000)
    expect(told).to_be_visible()
    page.locator("#content a").first.focus()
    page.clock.run_for(13_000)
    expect(told).to_have_count(0)


def test_a_file_lies_in_its_field_and_is_sent(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    page.wait_for_url("**/flow/*")
    page.goto(f"{site.url}/workflows/{page.url.rpartition('/')[2]}/table")
    field = page.get_by_label("Or a file: XLSX, CSV or TSV")
    assert (field.bounding_box() or {})["height"] >= 34
    field.evaluate("(field, name) => (" + DROP + ")([field, name])", "rows.csv")
    expect(field).to_have_class("over")
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.get_by_role("button", name="Start 1 run")).to_be_visible()
