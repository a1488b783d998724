"""The browser that figures are taken in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Without a screen everything is painted by the processor, as on the poorest of machines.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("WIREFLOW_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "WIREFLOW_TEST_BROWSER names no browser, and there is no chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
