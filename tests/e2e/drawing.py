"""What a person does on the canvas, by the names that a screen reader would say."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Site
from tests.processes import PATIENCE
from workflows.templates import all_templates

#: A text comes onto the canvas as from the clipboard.
PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


#: A phone opens workflows drawn, for whoever chose so in this browser.
DRAWN = "localStorage.setItem('wireflow:editor', 'canvas')"


def card(page: Page, title: str) -> Locator:
    """The card of a node by its title."""
    return page.locator("article.card", has=page.get_by_role("heading", name=title, exact=True))


def field(node: Locator, label: str) -> Locator:
    """A parameter's control on a card; the handle beside it bears a longer name."""
    return node.get_by_label(label, exact=True)


def send(person: BrowserContext, url: str, method: str = "POST", **what: Any) -> APIResponse:
    """What a form or the canvas sends, without a page that would have to be drawn for it."""
    (token,) = (cookie["value"] for cookie in person.cookies(url) if cookie["name"] == "csrftoken")
    answer = person.request.fetch(
        url, method=method, headers={"X-CSRFToken": token}, max_redirects=0, timeout=1000 * PATIENCE, **what
    )
    assert answer.status < 400, answer.text()
    return answer


def make_drawn(person: BrowserContext, site: Site, graph: str) -> str:
    """The address of a new workflow with this graph, saved as the canvas saves it."""
    address = send(person, f"{site.url}/workflows/new").headers["location"]
    workflow = address.rpartition("/")[2]
    made = person.request.get(f"{site.url}/api/v1/workflows/{workflow}").json()
    draft = {"baseUpdatedAt": made["updatedAt"], **json.loads(graph)}
    send(person, f"{site.url}/workflows/{workflow}/draft", "PATCH", data=draft)
    return site.url + address


def use_template(page: Page, site: Site, title: str) -> None:
    """A workflow as the button of the gallery makes it."""
    (slug,) = (template["slug"] for template in all_templates() if template["title"] == title)
    page.goto(site.url + send(page.context, f"{site.url}/templates/{slug}/use").headers["location"])


def new_workflow(page: Page, site: Site, *words: str) -> None:
    """An empty workflow and the nodes that a search for these words finds first, in order and in view."""
    page.bring_to_front()  # a tab behind another is drawn once a second
    page.goto(site.url + send(page.context, f"{site.url}/workflows/new").headers["location"])
    page.locator(".react-flow__pane").click()
    for one in words:
        page.keyboard.press("Tab")
        box = page.locator("input[role='combobox']")
        box.fill(one)
        page.keyboard.press("Enter")
        expect(box).to_be_hidden()
        page.keyboard.press("Escape")
    page.keyboard.press("Control+Alt+o")
    page.keyboard.press("1")
    wait_until_still(page)


def wait_until_still(page: Page) -> None:
    """The view glides no more: a card that is being dragged to is where it was seen."""
    page.evaluate(
        """() => new Promise((resolve) => {
            const view = document.querySelector(".react-flow__viewport").style;
            let [last, frames] = ["", 0];
            requestAnimationFrame(function look() {
                frames = view.transform === last ? frames + 1 : 0;
                last = view.transform;
                if (frames > 20) resolve(); else requestAnimationFrame(look);
            });
        })"""
    )


def wire(page: Page, source: Locator, out: str, target: Locator, into: str) -> None:
    wires = page.locator(".react-flow__edge").count()
    source.locator(f"[data-handleid='{out}']").drag_to(target.locator(f"[data-handleid='{into}']"))
    expect(page.locator(".react-flow__edge")).to_have_count(wires + 1)


def expect_saved(page: Page) -> None:
    """The server has what is drawn."""
    expect(page.locator(".save")).to_have_text(re.compile("^Draft saved"))


def expect_status(node: Locator, pattern: str) -> None:
    """The card says this of its latest run: "running 2 s", "done · 2.1 s · 7 credits", …"""
    expect(node).to_have_attribute("aria-label", re.compile(rf", (?:{pattern})"))
