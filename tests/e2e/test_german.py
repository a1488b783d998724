"""The canvas in German: for a person who reads it, and for nobody else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

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


def test_a_person_who_reads_german_builds_a_workflow(page: Page, site: Site) -> None:
    page.context.add_cookies([{"name": "language", "value": "de", "url": site.url}])
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


def test_english_loads_no_words(page: Page, site: Site) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    open_new(page, site)
    expect(page.get_by_role("heading", name="An empty canvas")).to_be_visible()
    assert [url for url in loaded if WORDS.search(url)] == []
