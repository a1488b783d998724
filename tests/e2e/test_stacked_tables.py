"""Tables on a phone: each cell says what it is, beside what it holds."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import translation
from playwright.sync_api import Page

from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def words_beside_cells(language: str) -> list[str]:
    """The words of all names that cells have on a phone. A name breaks between its words."""
    said = set[str]()
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        said |= set(re.findall(r'data-label="{% translate "([^"]+)" %}"', path.read_text("utf-8")))
    with translation.override(language):
        return sorted({word for one in said for word in translation.gettext(one).split()})


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_name_of_a_cell_is_printed_over_what_the_cell_holds(page: Page, site: Site, language: str):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/settings?tab=members")
    too_wide = page.locator(".table.stacks td").first.evaluate(
        """(cell, words) => {
          const room = parseFloat(getComputedStyle(cell).gridTemplateColumns);
          const name = getComputedStyle(cell, "::before");
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = `${name.fontWeight} ${name.fontSize} ${name.fontFamily}`;
          return words.filter((word) => pen.measureText(word).width > room);
        }""",
        words_beside_cells(language),
    )
    assert too_wide == []
