"""The top bar and links: sharing, what credits did last, a node by its address, and the way to what failed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template

pytestmark = pytest.mark.browser

NARROW = {"width": 1024, "height": 720}


def test_a_workflow_is_shared_by_its_page_and_a_node_by_its_address(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    address = page.url
    card(page, "Prompt").get_by_role("heading").click()
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share")
    expect(dialog.get_by_label("For the team: this canvas", exact=True)).to_have_value(address)
    node = dialog.get_by_label("For the team: “Prompt” on it", exact=True)
    expect(node).to_have_value(re.compile(rf"^{re.escape(address)}#node=.+"))
    link = node.input_value()
    dialog.get_by_label("The page for others").select_option("Whoever has the link may look")
    shown = dialog.get_by_label("For everybody: its page", exact=True)
    expect(shown).to_have_value(re.compile(r"/workflows/cm\w+$"))
    assert (
        page.request.get(shown.input_value(), max_redirects=0).status == 303
    )  # the team is led to the canvas
    dialog.get_by_label("The page for others").select_option("Nobody but the team")
    expect(shown).to_be_hidden()
    dialog.get_by_role("button", name="Done").click()
    card(page, "Prompt").locator("textarea").fill("a heron")  # saving goes on
    expect_saved(page)

    page.locator(".react-flow__pane").click(position={"x": 600, "y": 20})
    page.evaluate("address => { location.href = address; }", link)
    expect(page.get_by_role("complementary", name="Settings of the node")).to_contain_text("Prompt")


def test_the_balance_tells_the_last_movements(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "done")
    page.get_by_role("button", name=re.compile("credits to spend$")).click()
    told = page.get_by_role("dialog", name="Credits")
    expect(told).to_contain_text("nothing is set aside")
    expect(told).to_contain_text("Set aside")
    expect(told.get_by_role("link", name=re.compile("Text to image")).first).to_have_attribute(
        "href", re.compile("/executions/")
    )
    expect(told.get_by_role("link", name="Usage and all movements")).to_be_visible()


def test_a_narrow_bar_keeps_what_it_has_no_room_for_under_more(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    expect(card(page, "Prompt")).to_be_visible()
    page.set_viewport_size(NARROW)
    expect(page.get_by_role("button", name="Share")).to_be_hidden()
    bar = page.locator("header.top")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Share").click()
    expect(page.get_by_role("dialog", name="Share")).to_be_visible()
