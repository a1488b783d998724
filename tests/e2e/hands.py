"""What hands do on the canvas: graphs laid before them, and places they take hold of."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import PASTE, new_workflow, wait_until_still


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def place(node: Locator) -> tuple[int, int]:
    box = node.bounding_box()
    assert box is not None
    return round(box["x"]), round(box["y"])


def port(node: Locator, handle: str) -> Locator:
    return node.locator(f"[data-handleid='{handle}']")


def node(id: str, kind: str, x: int, y: int) -> dict[str, Any]:
    data = {"label": id.title(), "nodeType": kind, "category": kind.split(":")[0], "params": {}}
    return {"id": id, "type": "basedNode", "position": {"x": x, "y": y}, "data": data}


def edge(source: str, out: str, target: str, into: str) -> dict[str, str]:
    return {
        "id": f"{source}-{target}",
        "source": source,
        "sourceHandle": out,
        "target": target,
        "targetHandle": into,
    }


def draw(page: Page, site: Site, nodes: list[dict[str, Any]], edges: list[dict[str, str]]) -> None:
    """A new workflow with these, from the clipboard, all of them in view and none chosen."""
    new_workflow(page, site)
    ready(page)
    if nodes:
        page.evaluate(PASTE, json.dumps({"nodes": nodes, "edges": edges}))
    expect(page.locator(".react-flow__node")).to_have_count(len(nodes))
    page.keyboard.press("1")
    wait_until_still(page)
    page.keyboard.press("Escape")


#: A picture that is made smaller and shown; the second showing has nothing yet.
PICTURE = (
    [
        node("photo", "input:image", 0, 0),
        node("small", "utility:image_resize", 400, 0),
        node("shown", "output:preview", 800, 0),
    ],
    [edge("photo", "out-image", "small", "in-image")],
)


def ready(page: Page) -> None:
    """What follows the page is there, and so are the habits that come with it."""
    expect(page.get_by_role("complementary", name="Nodes")).not_to_have_attribute("aria-busy", "true")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], *, drop: bool = True) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    if drop:
        page.mouse.up()
