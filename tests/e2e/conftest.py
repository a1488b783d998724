"""A real server and a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.prepared import empty_tables
from tests.processes import PATIENCE, Server, serve

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: Seconds that the sandbox takes, so that there is time to see it run, to reload and to kill.
LATENCY = "6"
WIDE = {"width": 1440, "height": 900}
expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as browser:
        yield browser


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("WIREFLOW_TEST_BROWSER")
    if not path:
        pytest.skip("no browser: bin/test brings one")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    try:
        yield browser
    finally:
        browser.close()


class Site:
    """A server with its data folder, which may be killed and started again."""

    def __init__(self, data: Path, *, fresh: bool = False) -> None:
        self.data = data
        self.server: Server = serve(data, fresh=fresh, WIREFLOW_SANDBOX_LATENCY=LATENCY)
        (self.link,) = re.findall(r"http://\S+/sign-in/link/\S+", self.server.output)

    @property
    def url(self) -> str:
        return self.server.url

    def start_again(self) -> None:
        """Start on the same port and data, as a person would after a crash."""
        self.server = serve(self.data, port=self.server.port, WIREFLOW_SANDBOX_LATENCY=LATENCY)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    shutil.copy(empty_tables(tmp_path_factory), data)
    site = Site(data, fresh=request.path.name == "test_story.py")  # the newcomer's own start
    yield site
    site.server.stop()


@pytest.fixture(scope="module")
def person(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """The owner's browser, signed in by the printed link."""
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    assert context.request.get(site.link).ok
    yield context
    context.close()


#: What Chromium writes by itself when a server is away or refuses.
NETWORK = re.compile("net::ERR_|status of 4")


def _is_fault(message: ConsoleMessage) -> bool:
    return message.type == "error" and not NETWORK.search(message.text)


def faults_of(page: Page) -> list[str]:
    """What the page will log as errors."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if _is_fault(message) else None)
    return errors


@pytest.fixture
def page(person: BrowserContext) -> Iterator[Page]:
    """A tab; whatever it logs as an error fails the test."""
    page = person.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    errors = faults_of(page)
    yield page
    page.close()
    assert errors == []
