"""Two browsers edit one workflow at random, for a part of the time cut off: they end equal, and equal to the server.

``WIREFLOW_TOGETHER_SECONDS=60`` makes it a long walk, of which a sixth is spent without a line.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, WebSocketRoute, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import expect_saved, new_workflow
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

SEED = int(os.environ.get("WIREFLOW_TOGETHER_SEED", "20261121"))
SECONDS = float(os.environ.get("WIREFLOW_TOGETHER_SECONDS", "8"))


class Tab:
    """A tab whose line to the server can be cut: calls fail, and its socket ends and cannot be opened again."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.is_cut = False
        self.lines: list[WebSocketRoute] = []
        self.page.route("**/draft", self._pass)
        self.page.route("**/api/v1/workflows/*", self._pass)
        self.page.route_web_socket("**/ws/workflows/*", self._connect)

    def _pass(self, route: Route) -> None:
        if self.is_cut:
            route.abort()
        else:
            route.continue_()

    def _connect(self, line: WebSocketRoute) -> None:
        if self.is_cut:
            line.close()
            return
        line.connect_to_server()
        self.lines.append(line)

    def cut(self) -> None:
        self.is_cut = True
        for line in self.lines:
            line.close()
        self.lines.clear()

    def mend(self) -> None:
        self.is_cut = False
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def act(self, dice: random.Random) -> None:
        """One gesture, as hands make it."""
        page = self.page
        page.bring_to_front()
        texts = page.locator(".react-flow__node textarea")
        titles = page.locator(".react-flow__node h3")
        match dice.randrange(7):
            case 0 | 1 | 2 if count := texts.count():
                box = texts.nth(dice.randrange(count))
                old = box.input_value(timeout=2_000)
                at = dice.randrange(len(old) + 1)
                box.fill(old[:at] + dice.choice(["fox ", "sea ", "é", "😀"]) + old[at:], timeout=2_000)
                page.keyboard.press("Escape")
            case 3 if titles.count():
                titles.nth(dice.randrange(titles.count())).click(force=True, timeout=2_000)
                for _ in range(dice.randrange(1, 4)):
                    page.keyboard.press(dice.choice(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]))
            case 4 if 0 < titles.count() < 8:
                titles.nth(dice.randrange(titles.count())).click(force=True, timeout=2_000)
                page.keyboard.press("Control+d")
            case 5 if titles.count() > 2:
                titles.nth(dice.randrange(titles.count())).click(force=True, timeout=2_000)
                page.keyboard.press("Delete")
            case _:
                undo = page.get_by_role("button", name=dice.choice(["Undo", "Redo"])).first
                if undo.is_enabled():
                    undo.click(timeout=2_000)

    def document(self) -> Any:
        """What the canvas holds: all of it, copied as text."""
        self.page.bring_to_front()
        self.page.locator(".react-flow__pane").click(position={"x": 640, "y": 20})
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Control+c")
        copied = json.loads(self.page.evaluate("navigator.clipboard.readText()"))
        return in_order(copied)


def in_order(graph: Any) -> Any:
    """What is the same whichever was chosen first, without where the copy begins."""
    for node in graph["nodes"]:
        node.pop("dims", None)  # guessed for who reads
    return {part: sorted(graph[part], key=lambda item: item["id"]) for part in ("nodes", "edges")}


@pytest.fixture
def tabs(browser: Browser, person: BrowserContext) -> Iterator[list[Tab]]:
    rights = ["clipboard-read", "clipboard-write"]
    people = [
        browser.new_context(
            viewport={"width": 1280, "height": 800}, storage_state=person.storage_state(), permissions=rights
        )
        for _ in range(2)
    ]
    yield [Tab(one) for one in people]
    for one in people:
        one.close()


def test_two_who_edit_at_random_and_offline_end_equal(site: Site, tabs: list[Tab]):
    print(f"seed {SEED}, {SECONDS:g} seconds")
    dice = random.Random(SEED)
    first, second = tabs
    new_workflow(first.page, site, "text input", "text input", "nano banana 2")
    expect_saved(first.page)
    address = first.page.url
    second.page.goto(address)
    expect(second.page.locator(".person")).to_have_count(1)

    began = time.monotonic()
    gestures = {"together": 0, "cut off": 0}
    while (part := (time.monotonic() - began) / SECONDS) < 1:
        cut = 0.4 < part < 0.4 + 1 / 6
        if cut != first.is_cut:
            for tab in tabs:
                tab.cut() if cut else tab.mend()
        dice.choice(tabs).act(dice)
        gestures["cut off" if cut else "together"] += 1
    print(gestures)
    for tab in tabs:
        tab.mend()
    for tab in tabs:
        tab.page.bring_to_front()
        expect_saved(tab.page)
    deadline = time.monotonic() + PATIENCE
    while (here := first.document()) != second.document() and time.monotonic() < deadline:
        pass
    stored = first.page.evaluate(
        "id => fetch(`/api/v1/workflows/${id}`).then((answer) => answer.json())", address.rsplit("/", 1)[1]
    )
    assert here == second.document()
    assert here == in_order(stored)
