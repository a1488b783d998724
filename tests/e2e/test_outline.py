"""The outline: a workflow is built, connected, filled, run and looked at on a phone, as forms."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_a_workflow_is_built_and_run_as_forms(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="New workflow").first.click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Outline")).click()
    outline = page.get_by_role("region", name="Outline")
    for title in ("Text Input", "Text Replace"):
        outline.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("combobox", name="Node").fill(title)
        page.keyboard.press("Enter")
    outline.get_by_role("button", name=re.compile("^Text Input")).click()
    outline.get_by_role("textbox", name="Prompt").fill("a quiet harbour")
    outline.get_by_label("Connect Text Input").select_option(label="Prompt to Text Replace · Text")
    outline.get_by_role("textbox", name="Title").fill("Harbour")
    page.keyboard.press("Enter")
    outline.get_by_role("button", name=re.compile("^Text Replace")).click()
    expect(outline.get_by_text("Text from Harbour")).to_be_visible()
    outline.get_by_role("textbox", name="Find").fill("quiet")
    outline.get_by_role("textbox", name="Replace").fill("loud")
    outline.get_by_role("button", name="Run this and what it needs").click()
    expect(outline.locator(".text-result")).to_contain_text("a loud harbour")
