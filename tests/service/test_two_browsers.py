"""Two browsers at two web servers work on one workflow: PostgreSQL holds it, Redis carries the news between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import WIDE, chromium
from tests.e2e.drawing import card, expect_saved
from tests.e2e.walking import Tab, expect_equal, walk
from tests.processes import Server
from tests.service.conftest import Cluster

pytestmark = [pytest.mark.service, pytest.mark.browser]

NODES = [
    {"id": "text", "position": {"x": 0, "y": 0}, "data": {"nodeType": "input:text", "params": {"prompt": "a boat"}}},
    {"id": "more", "position": {"x": 0, "y": 320}, "data": {"nodeType": "input:text", "label": "More"}},
    {"id": "image", "position": {"x": 420, "y": 0}, "data": {"nodeType": "generate:nano_banana_2"}},
]  # fmt: skip
WIRE = {"source": "text", "sourceHandle": "out-prompt", "target": "image", "targetHandle": "in-prompt"}


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


def open_tab(browser: Browser, cluster: Cluster, web: Server, path: str) -> Tab:
    """A tab of a browser that is signed in at this server."""
    context = browser.new_context(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    name, value = cluster.sign_in(web).split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": web.url}])
    tab = Tab(context)
    tab.page.goto(web.url + path)
    expect(card(tab.page, "Text Input")).to_be_visible()
    return tab


def see_each_other(here: Page, there: Page) -> None:
    """What one points at, chooses, drags and writes is to be seen by the other."""
    there.bring_to_front()
    head = card(there, "More").locator("h3")
    head.click()
    box = head.bounding_box()
    assert box is not None
    there.mouse.move(box["x"] + 20, box["y"] + 8)
    here.bring_to_front()
    expect(here.locator(".cursor")).to_have_count(1)
    expect(here.locator(".other-choice")).to_have_count(1)
    before = card(here, "More").bounding_box()
    there.bring_to_front()
    there.mouse.down()
    there.mouse.move(box["x"] + 80, box["y"] + 68, steps=4)
    here.bring_to_front()
    here.wait_for_function(
        "([id, x]) => document.querySelector(`[data-id=${id}]`).getBoundingClientRect().x > x + 20",
        arg=["more", before["x"] if before else 0],
    )
    there.bring_to_front()
    there.mouse.up()
    text = card(there, "Text Input").locator("textarea")
    text.fill(text.input_value() + " at sea")
    wanted = text.input_value()
    here.bring_to_front()
    expect(card(here, "Text Input").locator("textarea")).to_have_value(wanted)
    there.bring_to_front()
    there.keyboard.press("Escape")
    there.locator(".react-flow__pane").click(position={"x": 700, "y": 60})
    here.bring_to_front()
    expect(here.locator(".other-choice")).to_have_count(0)


def test_two_browsers_at_two_servers_work_together_and_end_equal(cluster: Cluster, browser: Browser):
    """All there is of working together, and then as `walking` says."""
    webs = cluster.webs(2)
    with webs[0].client(cluster.key) as client:
        made = client.post("/workflows", json={"name": "Walk", "nodes": NODES, "edges": [WIRE]})
        assert made.status_code == 201, made.text
    path = f"/flow/{made.json()['id']}"
    first, second = (open_tab(browser, cluster, web, path) for web in webs)
    for tab in (first, second):
        tab.page.bring_to_front()
        expect(tab.page.locator(".person")).to_have_count(1)
    see_each_other(first.page, second.page)
    see_each_other(second.page, first.page)
    for tab in (first, second):
        tab.page.bring_to_front()
        expect_saved(tab.page)
    walk(first, second)
    expect_equal(first, second)
    assert (first.errors, second.errors) == ([], [])
