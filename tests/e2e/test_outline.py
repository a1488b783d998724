"""The outline: a workflow is built, connected, filled, run and looked at on a phone, as forms."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template

pytestmark = pytest.mark.browser


def build_as_forms(page: Page, site: Site, *titles: str) -> Locator:
    """A new workflow on a phone with these nodes, none of them connected."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="New workflow").first.click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    outline = page.get_by_role("region", name="Outline")
    for title in titles:
        outline.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("combobox", name="Node").fill(title)
        page.keyboard.press("Enter")
    return outline


def test_a_workflow_is_built_and_run_as_forms(page: Page, site: Site) -> None:
    outline = build_as_forms(page, site, "Text Input", "Text Replace")
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


def test_a_phone_keeps_which_of_the_two_somebody_chose(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    use_template(page, site, "Text to image")
    outline = page.get_by_role("region", name="Outline")
    expect(outline.get_by_role("button", name=re.compile("^Prompt"))).to_be_visible()
    expect(page.locator(".stage")).to_have_attribute("inert", "")
    run = page.locator("button.run")
    box = run.bounding_box()
    assert box is not None and box["y"] > 700 and box["y"] + box["height"] <= 844  # under the thumb
    expect(run).to_contain_text("·")
    page.get_by_role("button", name="Canvas", exact=True).click()
    expect(outline).to_be_hidden()
    page.reload()
    expect(card(page, "Prompt")).to_be_visible()
    expect(outline).to_be_hidden()
    page.get_by_role("group", name="Show the workflow as").get_by_role("button", name="Outline").click()
    expect(outline).to_be_visible()
    page.reload()
    expect(outline).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})  # with room for both, the canvas stands beside
    expect(outline).to_be_hidden()


def test_a_problem_leads_to_its_field_in_the_outline(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    use_template(page, site, "Social crops")
    page.get_by_role("button", name="1 problem").click()
    page.get_by_role("region", name="Problems").get_by_role("button", name="Show").click()
    outline = page.get_by_role("region", name="Outline")
    expect(outline.get_by_role("button", name="choose one")).to_be_focused()
    expect(page.get_by_role("region", name="Problems")).to_be_hidden()


def test_a_result_is_approved_in_the_outline(page: Page, site: Site) -> None:
    outline = build_as_forms(page, site, "Text Input", "Approval")
    outline.get_by_role("button", name=re.compile("^Text Input")).click()
    outline.get_by_role("textbox", name="Prompt").fill("a quiet harbour")
    outline.get_by_label("Connect Text Input").select_option(index=1)
    page.locator("button.run").click()
    asked = outline.get_by_role("region", name="Your decision")
    expect(asked).to_contain_text("a quiet harbour")
    asked.get_by_role("button", name="Approve", exact=True).click()
    expect(asked).to_be_hidden()
    expect(page.locator(".run-state.completed")).to_be_visible()
