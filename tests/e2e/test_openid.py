"""Signing in at an OpenID provider, as a person in a browser does: coming in first, linking, and being refused."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.doubles.openid import OpenId
from tests.e2e.conftest import WIDE
from tests.prepared import empty_tables
from tests.processes import PATIENCE, Server, serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenId]:
    double = OpenId()
    yield double
    double.close()


@pytest.fixture(scope="module")
def server(provider: OpenId, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where whoever has an address at corp.example may come in by the provider."""
    data: Path = tmp_path_factory.mktemp("openid")
    shutil.copy(empty_tables(tmp_path_factory), data)
    server = serve(
        data,
        WIREFLOW_OPENID_ISSUER=provider.url,
        WIREFLOW_OPENID_CLIENT_ID=provider.client_id,
        WIREFLOW_OPENID_CLIENT_SECRET=provider.secret,
        WIREFLOW_OPENID_NAME="Example ID",
        WIREFLOW_OPENID_NEW_ACCOUNTS="on",
        WIREFLOW_OPENID_DOMAINS="corp.example",
    )
    yield server
    server.stop()


@pytest.fixture
def somebody(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(1000 * PATIENCE)
    yield context
    context.close()


def come(page: Page, server: Server, wanted: str = "/assets") -> None:
    page.goto(f"{server.url}{wanted}")
    page.get_by_role("button", name="Sign in with Example ID").click()


def known_as(page: Page, email: str) -> None:
    page.get_by_label("Account", exact=True).click()
    expect(page.locator(".menu-head")).to_contain_text(email)


def test_somebody_new_comes_in_where_they_wanted_to_go_and_comes_again(
    somebody: BrowserContext, browser: Browser, server: Server, provider: OpenId
):
    page = somebody.new_page()
    come(page, server)
    expect(page).to_have_url(f"{server.url}/assets")
    known_as(page, "ada@corp.example")
    page.get_by_role("button", name="Sign out").click()
    come(page, server, "/usage")
    expect(page).to_have_url(f"{server.url}/usage")
    page.goto(f"{server.url}/settings?tab=security")
    panel = page.locator("#openid")
    expect(panel).to_contain_text("ada@corp.example at Example ID")
    expect(panel).to_contain_text("It is your only way in.")


def test_an_account_is_linked_under_settings_and_is_open_by_it_from_then_on(
    somebody: BrowserContext, server: Server, provider: OpenId, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(provider, "person", {"sub": "77", "email": "me@corp.example", "email_verified": True})
    [link] = re.findall(r"http://\S+/sign-in/link/\S+", server.output)
    page = somebody.new_page()
    page.goto(link)
    page.goto(f"{server.url}/settings?tab=security")
    panel = page.locator("#openid")
    panel.get_by_role("button", name="Link it").click()
    expect(page.get_by_text("From now on you can sign in with Example ID.")).to_be_visible()
    expect(panel).to_contain_text("me@corp.example at Example ID")
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    come(page, server)
    expect(page).to_have_url(f"{server.url}/assets")
    known_as(page, "owner@localhost")


@pytest.mark.parametrize(
    ("person", "says_no", "why"),
    [
        ({"email": "eve@elsewhere.example"}, False, "only people with an address at corp.example"),
        ({"email_verified": False}, False, "only people with an address at corp.example"),
        ({}, True, "Example ID did not confirm who you are. Nothing was changed"),
    ],
    ids=["elsewhere", "not verified", "refused there"],
)
def test_who_is_refused_reads_why_on_the_page_and_can_try_again(
    somebody: BrowserContext, server: Server, provider: OpenId, monkeypatch, person, says_no, why
):
    stranger = {"sub": "a stranger", "email": "eve@corp.example", "email_verified": True}
    monkeypatch.setattr(provider, "person", stranger | person)
    monkeypatch.setattr(provider, "says_no", says_no)
    page = somebody.new_page()
    come(page, server)
    expect(page.get_by_role("alert")).to_contain_text(why)
    expect(page.get_by_role("button", name="Sign in with Example ID")).to_be_visible()
    page.goto(f"{server.url}/assets")
    expect(page).to_have_url(f"{server.url}/sign-in?next=/assets")
