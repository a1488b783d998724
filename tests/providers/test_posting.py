"""Posting to an address that somebody gave us: where that never goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpcore
import pytest

from providers.fetch import FetchRefused
from providers.posting import NotReached, check_address, post_public
from tests.receiver import receiving

URL = "https://hooks.example.org/in"


def post(
    url: str, *, names: Sequence[str] = (), trusted: Sequence[str] = (), dialled: list[str] | None = None
):
    async def resolve(host: str, port: int) -> Sequence[str]:
        return names

    async def dial(address: str, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:
        (dialled if dialled is not None else []).append(address)
        raise httpcore.ConnectError("nobody is there")

    return asyncio.run(
        post_public(
            url, b"{}", {"Content-Type": "application/json"}, trusted=trusted, resolver=resolve, dialer=dial
        )
    )


@pytest.mark.parametrize(
    "names", [["10.0.0.1"], ["127.0.0.1"], ["93.184.216.34", "192.168.1.1"], ["::1"], ["64:ff9b::7f00:1"], []]
)
def test_a_name_that_stands_for_a_private_address_is_never_dialled(names):
    dialled: list[str] = []
    with pytest.raises(NotReached, match="could not be reached"):
        post(URL, names=names, dialled=dialled)
    assert dialled == []


def test_a_public_address_is_dialled_by_what_was_checked():
    dialled: list[str] = []
    with pytest.raises(NotReached):
        post(URL, names=["93.184.216.34"], dialled=dialled)
    assert dialled == ["93.184.216.34"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://a/",
        "https://a:8080/",
        "https://u@a/",
        "https://a\\b/",
        "",
        "https://",
    ],
)
def test_an_address_that_may_not_be_posted_to_is_refused_by_its_text(url):
    with pytest.raises(FetchRefused) as refusal:
        check_address(url)
    assert not isinstance(refusal.value, NotReached)


def test_a_host_of_the_operator_is_called_by_its_port_alone():
    with receiving(302) as receiver:
        answer = post(receiver.url, trusted=[receiver.host])
        assert (answer.status, answer.said, len(receiver.calls)) == (302, "said 302 …", 1)
        with pytest.raises(FetchRefused):
            post(receiver.url, trusted=["127.0.0.1:1"])
