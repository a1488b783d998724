"""Many photos are dropped at once and sent one by one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.assets.pictures import png
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_files_are_sent_one_at_a_time_and_refusals_are_told(page: Page, site: Site) -> None:
    sent: list[int] = []
    page.on("request", lambda asked: sent.append(1) if asked.method == "POST" else None)
    photos = [
        {"name": f"photo {number}.png", "mimeType": "image/png", "buffer": png(40 + number, 30)}
        for number in range(4)
    ]
    page.goto(f"{site.url}/assets")
    page.set_input_files("#file", photos)
    expect(page.locator("#assets .media")).to_have_count(4)
    assert len(sent) == 4

    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"\0\1" * 40}
    page.set_input_files("#file", [broken, {**photos[0], "name": "late.png"}])
    expect(page.locator("[data-drop-progress]")).to_contain_text("1 of 2 kept")
    expect(page.locator("[data-drop-problems] li")).to_have_count(1)
    expect(page.locator("[data-drop-problems]")).to_contain_text("broken.png")
    page.reload()
    expect(page.locator("#assets .media")).to_have_count(5)
