"""Fetching an address that somebody gave us: the only way out for such addresses.

Each hop is checked twice. The text of the address is checked and parsed, and that same parsed object is
used for the request. The name is resolved once, every answer is held against `is_public`, and the connection
goes to the literal that was checked, so a second answer of the name server never matters. What goes wrong is
said without addresses, banners or bodies: the caller may be probing our network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpcore
import httpx

from providers.errors import InvalidInput

MAX_URL = 2_048
MAX_REDIRECTS = 3
MAX_BYTES = 25 * 1024 * 1024
FIRST_BYTE_SECONDS = 10.0
TOTAL_SECONDS = 30.0

#: Name and port → the literal addresses it stands for.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
#: Checked literal, port and seconds → an open connection.
Dialer = Callable[[str, int, float | None], Awaitable[httpcore.AsyncNetworkStream]]

# Our own tables: what `ipaddress` calls global changes with patch releases and lets relays (NAT64, 6to4,
# Teredo), multicast and site-local addresses through. 168.63.129.16 is the platform address of a large cloud.
_BAD_V4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
]  # fmt: skip
_GOOD_V6 = ipaddress.IPv6Network("2000::/3")
_BAD_V6 = [ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SPLIT = re.compile(r"^([a-z][a-z0-9+.-]*://)([^/?#]*)(.*)$", re.IGNORECASE | re.DOTALL)
_FAILED = "The address could not be fetched. Check that it opens in a browser without signing in."


class FetchRefused(InvalidInput):
    """The address may not be fetched, could not be, or holds too much; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body in a file: ``content_type`` as the server said it (not to be trusted), ``bytes`` the size."""

    path: Path
    content_type: str
    bytes: int


def is_public(address: str) -> bool:
    """Whether ``address``, a literal, is one that the public internet routes to an ordinary host."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in block for block in _BAD_V4)
    return ip in _GOOD_V6 and ip.scope_id is None and not any(ip in block for block in _BAD_V6)


async def fetch_public(
    url: str,
    into: Path,
    *,
    max_bytes: int = MAX_BYTES,
    hosts: Collection[str] | None = None,
    resolver: Resolver | None = None,
    dialer: Dialer | None = None,
    first_byte_seconds: float = FIRST_BYTE_SECONDS,
    total_seconds: float = TOTAL_SECONDS,
) -> Fetched:
    """GET ``url`` into the file ``into``, following up to 3 redirects; the file is removed when that fails.

    ``max_bytes`` is counted on the body as it comes. With ``hosts`` only these are asked, also after a redirect.
    Raises FetchRefused with a sentence that may be shown.
    """
    network = guarded(resolver, dialer)
    target = checked(url, hosts)
    try:
        async with asyncio.timeout(total_seconds):
            return await _follow(target, into, max_bytes, network, first_byte_seconds, hosts)
    except BaseException as error:
        into.unlink(missing_ok=True)
        if isinstance(error, TimeoutError):
            said = f"The address took too long to answer; the limit is {total_seconds:g} seconds in all."
            raise FetchRefused(said) from error
        if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError | httpcore.TimeoutException):
            raise FetchRefused(_FAILED) from error
        raise


async def _follow(
    target: httpx.URL,
    into: Path,
    max_bytes: int,
    network: CheckedNetwork,
    first_byte_seconds: float,
    hosts: Collection[str] | None,
) -> Fetched:
    for _ in range(MAX_REDIRECTS + 1):
        answer = await _get(target, into, max_bytes, network, first_byte_seconds)
        if isinstance(answer, Fetched):
            return answer
        target = checked(_joined(target, answer), hosts)
    raise FetchRefused(f"The address redirects more than {MAX_REDIRECTS} times; give the final one.")


def checked(url: str, hosts: Collection[str] | None = None) -> httpx.URL:
    """``url`` parsed, after everything that can be refused by its text was refused. Raises FetchRefused."""
    if len(url) > MAX_URL:
        raise FetchRefused(f"The address has {len(url)} characters; the limit is {MAX_URL}.")
    parts = _SPLIT.match(url)
    if parts is None or parts[1].lower() not in ("http://", "https://"):
        raise FetchRefused("The address must begin with https:// or http://.")
    if re.search(r"[\\\s\x00-\x20\x7f-\x9f]", url) or not (parts[1] + parts[3]).isascii():
        raise FetchRefused(
            "The address holds spaces, backslashes or other letters that must be written as %xx."
        )
    if "@" in parts[2]:
        raise FetchRefused("The address must not hold a user name or password.")
    if "%" in parts[2]:
        raise FetchRefused("The host of the address must not hold a percent sign.")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchRefused("The address is not a valid one; copy it from the browser again.") from error
    if not parsed.raw_host or parsed.userinfo or b"%" in parsed.raw_host:
        raise FetchRefused("The address must name a host, and no user name or password.")
    if parsed.port not in (None, 80, 443):
        raise FetchRefused("The address must use port 80 or 443.")
    if hosts is not None and parsed.host.lower() not in hosts:
        raise FetchRefused("The address is on a host that this server does not fetch from.")
    return parsed


def _joined(target: httpx.URL, location: str) -> str:
    """The address that a redirect from ``target`` leads to, as text, to be checked like any other."""
    if len(location) > MAX_URL or not location.isascii() or re.search(r"[\\\s\x00-\x20\x7f]", location):
        raise FetchRefused(_FAILED)
    try:
        return str(target.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchRefused(_FAILED) from error


async def _get(
    target: httpx.URL, into: Path, max_bytes: int, network: CheckedNetwork, first_byte_seconds: float
) -> Fetched | str:
    """One hop with a connection of its own: the body in ``into``, or where it redirects to."""
    host = target.netloc.decode("ascii")
    headers = [
        ("Host", host),
        ("User-Agent", "wireflow-ui"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    ]
    place = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )
    async with httpcore.AsyncConnectionPool(ssl_context=tls(), network_backend=network) as pool:
        async with asyncio.timeout(first_byte_seconds):
            response = await pool.handle_async_request(
                httpcore.Request("GET", place, headers=[*headers, ("Connection", "close")])
            )
        try:
            return await _read(response, into, max_bytes)
        finally:
            await response.aclose()


async def _read(response: httpcore.Response, into: Path, max_bytes: int) -> Fetched | str:
    said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    if response.status in _REDIRECTS and "location" in said:
        return said["location"]
    if response.status != 200:
        raise FetchRefused(_FAILED)
    if said.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchRefused("The server of the address sends compressed bytes though asked not to.")
    length = said.get("content-length", "")
    too_large = FetchRefused(f"The file is larger than {max_bytes / 1024 / 1024:g} MB, which is the limit.")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large
    count = 0
    with into.open("wb") as file:
        async for chunk in response.aiter_stream():
            count += len(chunk)
            if count > max_bytes:
                raise too_large
            file.write(chunk)
    content_type = said.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(into, content_type or "application/octet-stream", count)


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves, checks every answer, and dials the literal; TLS and Host keep the real name."""

    def __init__(self, resolver: Resolver, dialer: Dialer) -> None:
        self._resolver = resolver
        self._dialer = dialer

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolver(host, port)
        if not addresses or not all(is_public(address) for address in addresses):
            # The same words for a name that does not exist: nobody learns what is inside our network.
            raise FetchRefused(_FAILED)
        for address in addresses[:-1]:
            try:
                return await self._dialer(address, port, timeout)
            except httpcore.NetworkError:
                continue  # e.g. no IPv6 route; the next one was checked as well
        return await self._dialer(addresses[-1], port, timeout)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise FetchRefused(_FAILED)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def guarded(resolver: Resolver | None = None, dialer: Dialer | None = None) -> CheckedNetwork:
    """The way out to public addresses, and to no other."""
    return CheckedNetwork(resolver or _resolve, dialer or _dial)


async def _resolve(host: str, port: int) -> Sequence[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused(_FAILED) from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def _dial(address: str, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:
    return await httpcore.AnyIOBackend().connect_tcp(address, port, timeout=timeout)


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
