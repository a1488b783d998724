"""The pictures of README and docs, made anew from a real run: python -m tests.e2e.pictures (bin/test has set up)."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import FLAGS, WIDE, Site
from tests.e2e.drawing import card, use_template
from tests.e2e.photos import landscape
from tests.processes import ROOT


def main() -> None:
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        site = Site(Path(folder))
        try:
            page = browser.new_page(viewport=WIDE, color_scheme="dark", reduced_motion="reduce")
            page.goto(site.link)
            use_template(page, site, "Social crops")
            with page.expect_file_chooser() as chooser:
                card(page, "Photo").get_by_text("choose one").click()
            chooser.value.set_files(landscape(Path(folder) / "evening.jpg"))
            expect(card(page, "Photo").locator("img")).to_be_visible()
            expect(page.locator(".toasts").get_by_role("button", name="Dismiss")).to_be_hidden()
            page.keyboard.press("Control+Enter")
            expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()
            page.keyboard.press("Escape")
            page.keyboard.press("1")
            page.wait_for_load_state("networkidle")
            take(page, "canvas")
            page.goto(f"{site.url}/templates")
            page.wait_for_load_state("networkidle")
            take(page, "templates")
        finally:
            site.server.stop()
            browser.close()


def take(page: Page, name: str) -> None:
    """A picture with few colours: small enough to be kept beside the words."""
    path = ROOT / f"docs/images/{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as whole:
        few = whole.convert("RGB").quantize(256)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main()
