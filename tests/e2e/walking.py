"""Two browsers edit one workflow at random, for a part of the time cut off.

``WIREFLOW_TOGETHER_SECONDS=60`` makes it a long walk, of which each spends a sixth without a line, half of that
while the other has none either; ``WIREFLOW_TOGETHER_SEED`` repeats one.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from typing import Any

from playwright.sync_api import BrowserContext, Locator, WebSocketRoute, expect
from playwright.sync_api import TimeoutError as Missed

from tests.e2e.conftest import faults_of
from tests.e2e.drawing import expect_saved, wait_until_still
from tests.processes import PATIENCE

SEED = int(os.environ.get("WIREFLOW_TOGETHER_SEED", "20261121"))
SECONDS = float(os.environ.get("WIREFLOW_TOGETHER_SECONDS", "8"))
#: When each is cut off and back, in parts of the walk.
OFF = ((0.35, 0.35 + 1 / 6), (0.35 + 1 / 12, 0.35 + 1 / 4))
#: A hand tries so long, in milliseconds: what it reached for may be gone, as the other took it away.
TRIES = 1_500
MOST_CARDS = 9
WORDS = ["fox ", "sea ", "é", "😀 ", "red-", "\n", "日本"]
KINDS = ["text input", "text input", "text input", "nano banana 2", "resize", "preview", "sticky note"]
#: Where a pointer hits a wire.
ON_WIRE = """path => {
    const {x, y} = path.getPointAtLength(path.getTotalLength() * 0.4), m = path.getScreenCTM();
    return [x * m.a + m.e, y * m.d + m.f];
}"""


class Tab:
    """A tab whose line to the server can be cut: it is offline, and its socket ends and cannot be opened again."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.errors = faults_of(self.page)
        self.is_cut = False
        self.lines: list[WebSocketRoute] = []
        self.page.route_web_socket("**/ws/workflows/*", self._connect)

    def _connect(self, line: WebSocketRoute) -> None:
        if self.is_cut:
            line.close()
            return
        line.connect_to_server()
        self.lines.append(line)

    def cut(self) -> None:
        self.is_cut = True
        self.context.set_offline(True)
        for line in self.lines:
            line.close()
        self.lines.clear()

    def mend(self) -> None:
        self.is_cut = False
        self.context.set_offline(False)

    @property
    def cards(self) -> Locator:
        return self.page.locator(".react-flow__node:has(article.card)")

    def leave(self) -> None:
        """Out of every field and list, with nothing chosen and everything in sight."""
        self.page.evaluate("(document.activeElement?.blur(), getSelection().removeAllRanges())")
        for _ in range(2):
            self.page.keyboard.press("Escape")
        self.page.keyboard.press("1")
        wait_until_still(self.page)

    def some(self, dice: random.Random, things: Locator) -> Locator:
        """One of them; there may be none any more."""
        if not (count := things.count()):
            raise Missed("nothing there")
        return things.nth(dice.randrange(count))

    def choose(self, dice: random.Random, *, more: bool = False) -> None:
        """Click the head of some card."""
        head = self.some(dice, self.cards.locator("h3"))
        head.click(force=True, timeout=TRIES, modifiers=["Shift"] if more else [])

    # What hands do

    def write(self, dice: random.Random) -> None:
        box = self.some(dice, self.cards.locator("textarea"))
        box.focus(timeout=TRIES)
        for _ in range(dice.randrange(1, 4)):
            box.evaluate(
                "(field, part) => field.setSelectionRange(...[0, 0].fill(Math.round(part * field.value.length)))",
                dice.random(),
                timeout=TRIES,
            )
            if dice.random() < 0.3:
                self.page.keyboard.press("Backspace")
            self.page.keyboard.insert_text(dice.choice(WORDS))

    def drag(self, dice: random.Random) -> None:
        box = self.some(dice, self.cards.locator("h3")).bounding_box(timeout=TRIES)
        if box:
            x, y = box["x"] + 8, box["y"] + 6
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            self.page.mouse.move(x + dice.randrange(-60, 60), y + dice.randrange(-60, 60), steps=3)
            self.page.mouse.up()

    def nudge(self, dice: random.Random) -> None:
        self.choose(dice)
        self.page.keyboard.press(f"Control+Arrow{dice.choice(['Up', 'Down', 'Left', 'Right'])}")

    def add(self, dice: random.Random) -> None:
        if self.cards.count() < MOST_CARDS:
            self.page.keyboard.press("Tab")
            box = self.page.locator("input[role='combobox']")
            box.fill(dice.choice(KINDS), timeout=TRIES)
            self.page.keyboard.press("Enter")

    def double(self, dice: random.Random) -> None:
        if self.cards.count() < MOST_CARDS:
            self.choose(dice)
            self.page.keyboard.press("Control+d")

    def paste(self, dice: random.Random) -> None:
        self.choose(dice)
        self.page.keyboard.press("Control+c")
        if self.cards.count() < MOST_CARDS:
            self.page.keyboard.press("Control+v")

    def delete(self, dice: random.Random) -> None:
        if self.cards.count() > 3:
            self.choose(dice)
            self.page.keyboard.press(dice.choice(["Delete", "Control+Delete"]))

    def connect(self, dice: random.Random) -> None:
        source = self.some(dice, self.page.locator("[data-handleid^='out-']"))
        target = self.some(dice, self.page.locator("[data-handleid^='in-']"))
        source.drag_to(target, force=True, timeout=TRIES)

    def cut_wire(self, dice: random.Random) -> None:
        wire = self.some(dice, self.page.locator(".react-flow__edge-path"))
        self.page.mouse.click(*wire.evaluate(ON_WIRE, timeout=TRIES))
        self.page.keyboard.press("Delete")

    def rename(self, dice: random.Random) -> None:
        self.choose(dice)
        self.page.keyboard.press("F2")
        self.page.get_by_label("Name of the node").fill(f"Card {dice.randrange(99)}", timeout=TRIES)
        self.page.keyboard.press("Enter")

    def rename_workflow(self, dice: random.Random) -> None:
        self.page.get_by_label("Name of the workflow").fill(f"Walk {dice.randrange(99)}", timeout=TRIES)
        self.page.keyboard.press("Enter")

    def set(self, dice: random.Random) -> None:
        box = self.some(dice, self.cards.locator("select:enabled"))
        box.select_option(index=dice.randrange(box.locator("option").count()), timeout=TRIES)

    def group(self, dice: random.Random) -> None:
        self.choose(dice)
        self.choose(dice, more=True)
        self.page.keyboard.press(dice.choice(["Control+g", "Control+g", "Control+Shift+g"]))

    def switch(self, dice: random.Random) -> None:
        self.choose(dice)
        self.page.keyboard.press(dice.choice(["d", "Control+b"]))

    def collapse(self, dice: random.Random) -> None:
        self.choose(dice)
        self.page.keyboard.press("Alt+c")

    def undo(self, dice: random.Random) -> None:
        for _ in range(dice.randrange(1, 4)):
            self.page.keyboard.press("Control+z")

    def redo(self, dice: random.Random) -> None:
        self.page.keyboard.press("Control+Shift+z")

    def act(self, dice: random.Random) -> str:
        """One gesture; what became of it."""
        doings = [self.write] * 5 + [self.undo] * 3 + [self.connect] * 3 + [self.add, self.redo] * 2
        doings += [self.drag, self.nudge, self.double, self.paste, self.delete, self.cut_wire, self.rename]
        doings += [self.rename_workflow, self.set, self.group, self.switch, self.collapse]
        doing = dice.choice(doings)
        self.page.bring_to_front()
        self.leave()
        if self.cards.count() == 0:
            doing = self.add
        try:
            doing(dice)
        except Missed:
            self.page.mouse.up()
            return "missed"
        return doing.__name__

    def document(self) -> Any:
        """What the canvas holds: all of it, copied as text, and its name."""
        self.page.bring_to_front()
        self.leave()
        self.page.evaluate('navigator.clipboard.writeText(\'{"nodes": [], "edges": []}\')')
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Control+c")
        copied = json.loads(self.page.evaluate("navigator.clipboard.readText()"))
        return in_order({**copied, "name": self.page.get_by_label("Name of the workflow").input_value()})


def in_order(graph: Any) -> str:
    """The graph as one text, which is the same whatever was chosen first."""
    for node in graph["nodes"]:
        node.pop("dims", None)  # guessed for who reads
    parts = {part: sorted(graph[part], key=lambda item: item["id"]) for part in ("nodes", "edges")}
    return json.dumps({"name": graph["name"], **parts}, sort_keys=True, indent=1)


def walk(first: Tab, second: Tab) -> None:
    """Let both do this and that on the workflow that both have open, and be cut off by turns."""
    print(f"seed {SEED}, {SECONDS:g} seconds")
    dice = random.Random(SEED)
    tabs = (first, second)
    began = time.monotonic()
    done: Counter[str] = Counter()
    while (part := (time.monotonic() - began) / SECONDS) < 1:
        for tab, (off, on) in zip(tabs, OFF, strict=True):
            if (off <= part < on) != tab.is_cut:
                tab.mend() if tab.is_cut else tab.cut()
        tab = dice.choice(tabs)
        done[tab.act(dice)] += 1
        done["cut off"] += tab.is_cut
    for tab in tabs:
        tab.mend()
    print(dict(done))


def expect_equal(first: Tab, second: Tab) -> None:
    """Both show the same, and it is what their servers have."""
    tabs = (first, second)
    for tab in tabs:
        tab.page.bring_to_front()
        expect_saved(tab.page)
        expect(tab.page.locator(".person")).to_have_count(1)
    deadline = time.monotonic() + PATIENCE
    while (here := first.document()) != second.document() and time.monotonic() < deadline:
        pass
    assert here == second.document()
    for tab in tabs:
        stored = tab.page.evaluate(
            "id => fetch(`/api/v1/workflows/${id}`).then((answer) => answer.json())",
            tab.page.url.rsplit("/", 1)[1],
        )
        assert here == in_order(stored)
