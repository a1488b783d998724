"""What the canvas loads at once, what follows by itself, and what happens when that does not come."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from bench import bundle
from tests.e2e.conftest import Site
from tests.e2e.drawing import card, use_template

pytestmark = pytest.mark.browser
FOLLOWS = re.compile(r"/static/canvas/on-demand-[\w-]+\.js$")


def test_the_script_travels_compressed_to_whoever_can_read_that(site: Site) -> None:
    with httpx.Client(base_url=site.url, trust_env=False) as client:
        path = "/static/canvas/canvas.js"
        sent = {
            how: client.get(path, headers={"Accept-Encoding": how})
            for how in ("identity", "gzip", "gzip, br")
        }
    plain = sent["identity"]
    assert "Content-Encoding" not in plain.headers
    assert sent["gzip"].headers["Content-Encoding"] == "gzip"
    assert sent["gzip"].content == plain.content
    assert sent["gzip, br"].headers["Content-Encoding"] == "br"
    assert int(sent["gzip"].headers["Content-Length"]) < len(plain.content) / 2.5


def test_the_first_load_in_english_stays_small() -> None:
    at_once = bundle.measure()[0]
    assert at_once.is_met, f"{at_once.name}: {at_once.value:.1f} kB, at most {at_once.aim} are wanted"


def test_panels_that_open_on_demand_are_there_before_the_line_breaks(page: Page, site: Site) -> None:
    with page.expect_response(FOLLOWS) as followed:
        use_template(page, site, "Text to image")
    followed.value.finished()
    expect(card(page, "Prompt")).to_be_visible()
    page.route("**/*", lambda route: route.abort())  # from here on the server is away

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    card(page, "Prompt").get_by_role("heading").click()
    expect(page.get_by_role("complementary", name="Settings of the node")).to_contain_text("Text Input")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="All commands")).to_be_visible()


def test_a_panel_that_does_not_arrive_says_so_and_the_canvas_goes_on(page: Page, site: Site) -> None:
    page.route(FOLLOWS, lambda route: route.abort())
    use_template(page, site, "Text to image")
    card(page, "Prompt").locator("textarea").fill("a heron in the reeds")
    page.locator(".react-flow__pane").click(position={"x": 400, "y": 60})
    page.keyboard.press("?")
    expect(page.get_by_text("This part of the canvas did not arrive.")).to_be_visible()
    expect(page.locator(".save")).to_have_text(re.compile("^Draft saved"))
    expect(card(page, "Prompt").locator("textarea")).to_have_value("a heron in the reeds")
