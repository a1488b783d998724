"""What scenes do with the product: on a wide screen and on a phone alike."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.drawing import PASTE, card, expect_saved, use_template, wait_until_still
from tests.e2e.photos import landscape
from tests.e2e.pictures.stage import Stage

Json = dict[str, Any]

IDEA = "a red fox in the snow, soft morning light"


def open_template(stage: Stage, title: str) -> Page:
    page = stage.page
    use_template(page, stage.site, title)
    expect(page.locator("article.card").first).to_be_visible()
    wait_until_still(page)
    return page


def open_idea(stage: Stage, idea: str = IDEA) -> Page:
    """Text to image: a prompt, a model and what it makes."""
    page = open_template(stage, "Text to image")
    write(page, "Prompt", idea)
    expect_saved(page)
    fit(page)
    return page


def open_empty(stage: Stage) -> Page:
    page = stage.page
    page.goto(f"{stage.site.url}/")
    page.get_by_role("button", name="New workflow").first.click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    expect(page.get_by_role("heading", name="An empty canvas")).to_be_visible()
    return page


def paste(page: Page, graph: Json) -> None:
    """Put a graph onto the empty canvas, as from the clipboard."""
    page.evaluate(PASTE, json.dumps(graph))
    expect(page.locator("article.card").first).to_be_visible()
    page.keyboard.press("Escape")
    fit(page)


def write(page: Page, title: str, text: str) -> None:
    """Beside the card: on a phone all of the graph is too small to be written on."""
    open_settings(page, title)
    sheet = page.get_by_role("complementary", name="Settings of the node")
    box = sheet.get_by_role("textbox", name="Prompt", exact=True)
    box.fill(text)
    box.evaluate("field => field.blur()")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def give_photo(stage: Stage, page: Page, title: str) -> None:
    photo = stage.site.data / "evening.jpg"
    if not photo.exists():
        landscape(photo)
    card(page, title).locator("input[type=file]").set_input_files(photo)
    expect(card(page, title).locator("img").first).to_be_visible()
    expect_saved(page)


def choose(page: Page, title: str) -> None:
    card(page, title).get_by_role("heading").first.click()


def open_settings(page: Page, title: str) -> None:
    choose(page, title)
    sheet = page.get_by_role("complementary", name="Settings of the node")
    if not sheet.is_visible():
        page.keyboard.press("i")
    expect(sheet.get_by_role("heading", name=title).first).to_be_visible()
    wait_until_still(page)


def fit(page: Page) -> None:
    """All of the graph in the window."""
    page.keyboard.press("1")
    wait_until_still(page)


def run(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-state.running")).to_be_visible()


def expect_done(page: Page) -> None:
    expect(page.locator(".run-state.completed")).to_be_visible()


def run_to_the_end(page: Page) -> None:
    run(page)
    expect_done(page)


def address_of_run(page: Page) -> str:
    """The path of the page of the run that is shown."""
    return page.locator(".run-state a").get_attribute("href") or ""


def node(ident: str, kind: str, at: tuple[int, int], *, label: str = "", **params: str | int) -> Json:
    """A node of a graph that is pasted; without a label it has the name of its type."""
    x, y = at
    named = {"label": label} if label else {}
    return {"id": ident, "position": {"x": x, "y": y}, "data": {"nodeType": kind, **named, "params": params}}


def wire(source: str, port: str, target: str, into: str) -> Json:
    ends = {"source": source, "target": target, "sourceHandle": f"out-{port}", "targetHandle": f"in-{into}"}
    return {"id": f"{source}-{target}", **ends}
