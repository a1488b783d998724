"""A graph so large that it is painted on a sheet, and where things are on it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import PASTE, expect_saved, new_workflow, wait_until_still

#: As many cards as a run may have, and notes beside them: together enough to be painted.
ACROSS, ROWS, NOTES = 14, 7, 56
#: Turn the wheel so far: the zoom is halved every 500 pixels.
ZOOM = """wanted => {
    const now = new DOMMatrix(document.querySelector(".react-flow__viewport").style.transform).a;
    document.querySelector(".react-flow__pane").dispatchEvent(new WheelEvent("wheel", {
        deltaY: 500 * Math.log2(now / wanted), clientX: innerWidth / 2, clientY: innerHeight / 2,
        ctrlKey: true, bubbles: true, cancelable: true,
    }));
}"""


#: Where things are in the window: the card of a title, as the server stores it; most are only painted.
HELP = """nodes => {
    const view = () => new DOMMatrix(document.querySelector(".react-flow__viewport").style.transform);
    const node = (title) => nodes.find(({ data }) => data.label === title);
    const title = (id) => nodes.find((node) => node.id === id).data.label;
    window.see = {
        zoom: () => view().a,
        id: (title) => node(title).id,
        at: (title, x, y) => {
            const { position } = node(title);
            const found = view().translate(position.x + x, position.y + y);
            const stage = document.querySelector(".react-flow").getBoundingClientRect();
            return [stage.x + found.e, stage.y + found.f];
        },
        chosen: () => [...document.querySelectorAll(".react-flow__node.selected")]
            .map(({ dataset }) => title(dataset.id)).sort(),
        colour: ([x, y]) => {
            for (const paper of [...document.querySelectorAll("canvas.sheet")].reverse()) {
                const box = paper.getBoundingClientRect(), part = paper.width / box.width;
                const pen = paper.getContext("2d");
                const [r, g, b, a] = pen.getImageData((x - box.x) * part, (y - box.y) * part, 1, 1).data;
                if (a > 0) return `rgb(${r}, ${g}, ${b})`;
            }
            return "";
        },
        ink: (name) => {
            const probe = document.querySelector(".stage").appendChild(document.createElement("i"));
            probe.style.color = `var(${name})`;
            const { color } = getComputedStyle(probe);
            probe.remove();
            return color;
        },
    };
}"""


def graph() -> str:
    """Rows of texts of which each is made of the one before it, as text for the clipboard."""
    nodes, edges = [], []
    for i in range(ACROSS * ROWS):
        first = i % ACROSS == 0
        params = {"prompt": "red fox"} if first else {"find": "red", "replace": "grey"}
        kind = "input:text" if first else "utility:text_replace"
        place = {"x": i % ACROSS * 320, "y": i // ACROSS * 420}
        nodes.append(
            {
                "id": f"n{i}",
                "position": place,
                "data": {"nodeType": kind, "label": f"Card {i}", "params": params},
            }
        )
        if not first:
            out = "out-prompt" if i % ACROSS == 1 else "out-text"
            ends = {"source": f"n{i - 1}", "target": f"n{i}", "sourceHandle": out, "targetHandle": "in-text"}
            edges.append({"id": f"e{i}", **ends})
    for i in range(NOTES):
        place = {"x": i % 28 * 160, "y": ROWS * 420 + i // 28 * 150}
        note = {"nodeType": "utility:sticky_note", "text": f"Note {i}", "width": 140, "height": 120}
        nodes.append({"id": f"note{i}", "position": place, "data": note})
    return json.dumps({"nodes": nodes, "edges": edges})


def look_from_afar(page: Page, site: Site) -> None:
    new_workflow(page, site)
    page.evaluate(PASTE, graph())
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(position={"x": 400, "y": 8})
    look_at_all(page)
    expect(page.locator("canvas.sheet").first).to_be_attached()
    page.evaluate(HELP, stored(page)["nodes"])
    assert page.evaluate("see.zoom()") == pytest.approx(0.24, abs=0.01)


def look_at_all(page: Page) -> None:
    """All cards are in sight, from where they show titles and pictures."""
    page.keyboard.press("1")
    wait_until_still(page)
    page.evaluate(ZOOM, 0.24)
    wait_until_still(page)


def place(page: Page, title: str, x: float = 140, y: float = 60) -> tuple[float, float]:
    """Where in the window a point of a card is, counted from its corner."""
    found: tuple[float, float] = page.evaluate("([title, x, y]) => see.at(title, x, y)", [title, x, y])
    return found


def stored(page: Page) -> Any:
    expect_saved(page)
    return page.evaluate(
        "id => fetch(`/api/v1/workflows/${id}`).then((answer) => answer.json())", page.url.rsplit("/", 1)[1]
    )


def expect_changed(page: Page) -> None:
    """The canvas knows that it is not saved as it is."""
    expect(page.locator(".save")).not_to_have_text(re.compile("^Draft saved"))
