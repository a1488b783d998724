"""The provider of the tests, and coming back from it."""

from __future__ import annotations

import ssl
from html import unescape

import httpx
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import AuditEntry, Identity, Member, User
from providers import openid
from tests.doubles.openid import OpenId
from tests.factories import PASSWORD

PAGE = "/settings?tab=security"


@pytest.fixture
def house(settings):
    """The provider, agreed with."""
    double = OpenId()
    settings.OPENID = openid.Client(double.url, double.client_id, double.secret, "Example ID")
    settings.PUBLIC_URL = "http://testserver"
    yield double
    double.close()


def page(answer) -> str:
    return unescape(answer.content.decode())


def sent_to(answer) -> str:
    """Where the browser goes from here, which it has to be told without a script."""
    assert answer.status_code == 200, page(answer)
    address = answer.context["address"]
    assert f'content="0;url={address}"' in page(answer)
    return address


def at_provider(address: str, *, verify: ssl.SSLContext | bool = True) -> str:
    """Where the provider sends the browser back to."""
    answer = httpx.get(address, trust_env=False, verify=verify)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def come(browser: Client, **more: str):
    return browser.get(at_provider(sent_to(browser.post("/sign-in/openid", more))))


def link(browser: Client, **more: str):
    begun = browser.post("/settings/openid/link", {"password": PASSWORD, **more})
    return browser.get(at_provider(sent_to(begun)), follow=True)


def is_in(browser: Client) -> bool:
    return SESSION_KEY in browser.session


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Identity, Member, AuditEntry))


def refused(browser: Client, answer, sentence: str, status: int) -> None:
    """The sign-in page says why, and nobody is in."""
    assert (answer.status_code, is_in(browser)) == (status, False), page(answer)
    assert sentence in page(answer)
    assert 'action="/sign-in"' in page(answer)
