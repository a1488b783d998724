"""What stands at the left beside the canvas: runs, assets, other workflows and templates, by hand and by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, new_workflow, use_template

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name=name, exact=True)


def test_one_panel_at_a_time_stands_beside_the_canvas_and_is_remembered(page: Page, site: Site) -> None:
    new_workflow(page, site)
    rail = page.get_by_role("navigation", name="Panels beside the canvas")
    expect(rail.get_by_role("button")).to_have_text(["Nodes", "Templates", "Assets", "Workflows", "Runs"])
    expect(panel(page, "Nodes")).to_be_visible()

    page.keyboard.press("w")
    workflows = panel(page, "Workflows")
    expect(workflows.get_by_role("searchbox", name="Search workflows")).to_be_focused()
    expect(panel(page, "Nodes")).to_be_hidden()
    expect(rail.get_by_role("button", name="Workflows")).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("no such workflow")
    expect(workflows).to_contain_text("No workflow is called like that.")
    page.keyboard.press("Escape")  # first what was asked for goes, then the panel
    expect(workflows.get_by_role("link", name="Untitled workflow").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(workflows).to_be_hidden()
    expect(rail.get_by_role("button", name="Workflows")).to_be_focused()

    page.keyboard.press("q")
    expect(panel(page, "Runs")).to_contain_text("This workflow has not run yet.")
    page.reload()
    expect(panel(page, "Runs")).to_contain_text("This workflow has not run yet.")
    rail.get_by_role("button", name="Nodes").click()
    expect(panel(page, "Nodes")).to_be_visible()
    expect(panel(page, "Runs")).to_be_hidden()


def test_another_workflow_is_opened_from_its_name(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    mine = page.url
    page.get_by_role("textbox", name="Name of the workflow").fill("Herons in the reeds")
    page.keyboard.press("Enter")
    expect_saved(page)
    new_workflow(page, site)
    page.keyboard.press("w")
    page.keyboard.type("herons")
    found = panel(page, "Workflows").get_by_role("link", name="Herons in the reeds")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")  # quicker than the answer, and meant for what was asked
    expect(opened.value).to_have_url(mine)
    opened.value.close()
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(mine)
    expect(card(page, "Prompt")).to_be_visible()


def test_a_run_is_watched_stopped_and_looked_at_again_and_what_it_made_is_put_on_the_canvas(
    page: Page, site: Site
) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    page.keyboard.press("q")
    runs = panel(page, "Runs")
    expect(runs).to_contain_text("This workflow has not run yet.")
    page.keyboard.press("Control+Enter")
    expect(runs.get_by_role("button", name="Stop this run")).to_be_visible()
    runs.get_by_role("button", name="The team, now").click()
    expect(runs).to_contain_text("running")
    expect(runs.get_by_role("button", name="Stop this run")).to_be_visible()
    runs.get_by_role("button", name="This workflow").click()
    expect_status(card(page, "Picture"), "done")
    row = runs.get_by_role("listitem").first
    expect(row).to_contain_text("done")
    expect(row.locator("img")).to_be_visible()
    expect(row).to_contain_text(re.compile(r"\d+ credits"))
    expect(row.get_by_role("link", name="Open the page of this run")).to_have_attribute(
        "href", re.compile("/executions/")
    )

    card(page, "Prompt").locator("textarea").fill("a heron")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    runs.get_by_role("button", name="Stop this run").click()
    expect(runs.get_by_role("listitem").first).to_contain_text("stopped")

    runs.get_by_role("listitem").nth(1).get_by_role("button").first.click()
    past = page.get_by_role("region", name="Time machine")
    expect(past).to_contain_text("1 of 2")
    expect(runs).to_be_visible()  # beside it: the next click looks at another
    runs.get_by_role("listitem").first.get_by_role("button").first.click()
    expect(past).to_contain_text("2 of 2")
    past.get_by_role("button", name="Back to now").click()

    page.get_by_role("button", name="Assets").click()
    assets = panel(page, "Assets")
    assets.get_by_role("button", name="Pictures").click()
    made = assets.get_by_role("listitem").get_by_role("button").first
    expect(made).to_be_visible()
    cards = page.locator("article.card").count()
    made.drag_to(page.locator(".react-flow__pane"), target_position={"x": 700, "y": 700})
    expect(page.locator("article.card")).to_have_count(cards + 1)
    made.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.card")).to_have_count(cards + 2)
    expect(card(page, "Image Input").locator("img")).to_have_count(2)
    assets.get_by_role("searchbox").fill("nothing is called so")
    expect(assets).to_contain_text("Nothing of this name.")


def test_a_template_becomes_a_workflow_of_ones_own(page: Page, site: Site) -> None:
    new_workflow(page, site)
    mine = page.url
    page.get_by_role("button", name="Templates").click()
    templates = panel(page, "Templates")
    templates.get_by_role("searchbox", name="Search templates").fill("text to image")
    templates.get_by_role("button", name="Use “Text to image” for a new workflow").click()
    page.wait_for_url(lambda url: "/flow/" in url and url != mine)
    expect(card(page, "Prompt")).to_be_visible()


def test_a_list_that_does_not_come_says_so_and_comes_when_asked_again(page: Page, site: Site) -> None:
    new_workflow(page, site)
    page.route("**/beside/workflows**", lambda route: route.abort())
    page.keyboard.press("w")
    workflows = panel(page, "Workflows")
    expect(workflows.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    page.unroute("**/beside/workflows**")
    workflows.get_by_role("button", name="Try again").click()
    expect(workflows.get_by_role("link", name="Untitled workflow").first).to_be_visible()
    expect(workflows.get_by_role("alert")).to_be_hidden()


def test_on_a_phone_the_panels_are_reached_from_more(page: Page, site: Site) -> None:
    new_workflow(page, site)
    page.set_viewport_size(PHONE)
    page.reload()
    expect(page.locator(".rail")).to_be_hidden()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Runs: history and queue").click()
    expect(panel(page, "Runs")).to_contain_text("This workflow has not run yet.")
    panel(page, "Runs").get_by_role("button", name="Close").click()
    expect(panel(page, "Runs")).to_be_hidden()
