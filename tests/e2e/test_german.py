"""The canvas in German: for a person who reads it, and for nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from providers.catalog import load_catalog
from tests.e2e.conftest import Site
from tests.e2e.drawing import card, field

pytestmark = pytest.mark.browser
WORDS = re.compile(r"/static/canvas/words-de\.js$")


def open_new(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    page.locator(
        "form[action*='new'] button, button", has_text=re.compile("New workflow|Neuer Workflow")
    ).first.click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    page.locator(".react-flow__pane").click()


@pytest.fixture
def in_german(page: Page, site: Site) -> Iterator[Page]:
    page.context.add_cookies([{"name": "language", "value": "de", "url": site.url}])
    yield page
    page.context.clear_cookies(name="language")


def test_a_person_who_reads_german_builds_a_workflow(in_german: Page, site: Site) -> None:
    page = in_german
    open_new(page, site)
    expect(page.get_by_role("heading", name="Eine leere Arbeitsfläche")).to_be_visible()

    for asked in ("text ersetzen", "text input"):  # by its German name, and by the English one
        page.keyboard.press("Tab")
        page.get_by_role("combobox", name="Knoten").fill(asked)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    expect(card(page, "Text-Eingabe")).to_be_visible()
    replacing = card(page, "Text ersetzen")
    expect(field(replacing, "Suchen*")).to_be_visible()

    expect(replacing.get_by_role("img", name=re.compile("Text fehlt"))).to_be_attached()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_text("Rückgängig gemacht: Text-Eingabe hinzufügen")).to_be_visible()
    expect(page.locator(".save")).to_have_text(re.compile("^Entwurf gesichert"))

    page.context.clear_cookies(name="language")
    page.reload()
    # Nobody named it: it has the name of its type, in whichever language it is looked at.
    expect(card(page, "Text Replace")).to_be_visible()


#: Words on cards that are cut off, or run past the edge of their card.
CUT = """() => [...document.querySelectorAll(".card :is(label, .port-label, .badge, .outlook, .fed span)")]
    .filter((words) => {
        const [card, own] = [words.closest(".card").getBoundingClientRect(), words.getBoundingClientRect()];
        const isOut = own.left < card.left - 1 || own.right > card.right + 1;
        return isOut || words.scrollWidth > words.clientWidth + 1 && getComputedStyle(words).overflowX !== "visible";
    })
    .map((words) => `${words.closest("article").ariaLabel}: ${words.textContent}`)"""


def test_no_german_word_of_any_node_is_cut_off(in_german: Page, site: Site) -> None:
    page = in_german
    kinds = sorted(set(load_catalog().names.values()))
    long = ["Donaudampfschifffahrtsgesellschaft und " * 6, "x" * 200]
    for part in (kinds[:70], kinds[70:]):
        nodes = [
            {
                "id": f"n{i}",
                "type": "basedNode",
                "position": {"x": i % 10 * 340, "y": i // 10 * 640},
                "data": {"nodeType": kind} | ({"label": long[i][:200]} if i < len(long) else {}),
            }
            for i, kind in enumerate(part)
        ]
        page.goto(f"{site.url}/workflows/import")
        page.locator("textarea").first.fill(json.dumps({"name": "Alle", "nodes": nodes, "edges": []}))
        page.get_by_role("button", name="Importieren", exact=True).click()
        page.wait_for_url(re.compile(r"/flow/cm"))
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator(".react-flow__node")).to_have_count(len(part))
        page.keyboard.press("0")
        expect(page.locator(".stage")).to_have_attribute("data-zoom", "near")
        with suppress(TimeoutError):  # parts of cards and their styles follow on demand
            page.wait_for_function(f"({CUT})().length === 0")
        assert page.evaluate(CUT) == []
        for title in page.locator("article.card h3").all()[: len(long)]:
            head, own = title.locator("..").bounding_box(), title.bounding_box()
            assert head is not None and own is not None
            assert head["y"] <= own["y"] and own["y"] + own["height"] <= head["y"] + head["height"]


def test_english_loads_no_words(page: Page, site: Site) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    open_new(page, site)
    expect(page.get_by_role("heading", name="An empty canvas")).to_be_visible()
    assert [url for url in loaded if WORDS.search(url)] == []
