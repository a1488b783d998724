"""Posting a result to an address that somebody gave us: through the same guard as fetching, and never redirected.

Hosts that the operator trusts may be called wherever they are, by plain http too; all others by https, at a public
address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from json import dumps
from urllib.parse import quote

import httpcore
import httpx

from providers.fetch import MAX_URL, Dialer, FetchRefused, Resolver, checked, guarded, tls
from providers.http import without_keys

TOTAL_SECONDS = 10.0
#: What of an answer is read, and what of it is kept for people to see.
ANSWER_BYTES, SAID_LETTERS = 4096, 200
#: A part of a hidden text that has so many letters is hidden by itself.
PART_LETTERS = 6
_UNREACHABLE = "The address could not be reached. Check that it is a public one and takes calls."


@dataclass(frozen=True, slots=True)
class Posted:
    """An answer: ``said`` is the beginning of its text, ``retry_after`` the seconds that it asks to wait, or 0."""

    status: int
    said: str
    retry_after: int


class NotReached(FetchRefused):
    """No answer came. Another time one may."""


def check_address(url: str, trusted: Collection[str] = ()) -> httpx.URL:
    """``url`` parsed. Raises `FetchRefused` when it may never be posted to."""
    if len(url) <= MAX_URL and (own := _trusted(url, trusted)) is not None:
        return own
    parsed = checked(url)
    if parsed.scheme != "https":
        raise FetchRefused("The address must begin with https://, so that nobody reads results on their way.")
    return parsed


def _trusted(url: str, trusted: Collection[str]) -> httpx.URL | None:
    """The address, where it is on one of the operator's own hosts."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    is_own = parsed.scheme in ("http", "https") and not parsed.userinfo and f"{parsed.host}:{port}" in trusted
    return parsed if is_own else None


async def post_public(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    trusted: Collection[str] = (),
    hidden: Collection[str] = (),
    resolver: Resolver | None = None,
    dialer: Dialer | None = None,
    total_seconds: float = TOTAL_SECONDS,
) -> Posted:
    """POST ``body`` once. ``trusted`` are hosts with ports, such as ``cms.local:8080``; what of the ``hidden`` texts is
    in the answer is not given on.

    Raises `FetchRefused`, which is a `NotReached` where another try may succeed; its sentence names no address.
    """
    target = check_address(url, trusted)
    network = None if _trusted(url, trusted) is not None else guarded(resolver, dialer)
    sent = {"Host": target.netloc.decode("ascii"), "User-Agent": "wireflow-ui", "Accept-Encoding": "identity"}
    sent |= {**headers, "Content-Length": str(len(body)), "Connection": "close"}
    place = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )
    request = httpcore.Request("POST", place, headers=list(sent.items()), content=body)
    try:
        async with asyncio.timeout(total_seconds):
            async with httpcore.AsyncConnectionPool(ssl_context=tls(), network_backend=network) as pool:
                response = await pool.handle_async_request(request)
                try:
                    return await _read(response, hidden)
                finally:
                    await response.aclose()
    except TimeoutError as error:
        raise NotReached(f"No answer came within {total_seconds:g} seconds.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise NotReached(_UNREACHABLE) from error
    except FetchRefused as error:  # by the guard: the name leads nowhere, or to where nobody is called
        raise NotReached(_UNREACHABLE) from error


async def _read(response: httpcore.Response, hidden: Collection[str]) -> Posted:
    said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    begin = b""
    async for chunk in response.aiter_stream():
        begin += chunk
        if len(begin) >= ANSWER_BYTES:
            break
    text = _without(hidden, begin.decode("utf-8", "replace"))[:ANSWER_BYTES]
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    wait = said.get("retry-after", "").strip()
    seconds = int(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else 0
    return Posted(response.status, without_keys(text)[:SAID_LETTERS], seconds)


def _without(hidden: Collection[str], text: str) -> str:
    """The text without what is hidden: whole, in parts such as the path of an address, and as JSON or an address has
    it. A receiver may show all that came to it.
    """
    parts = {part for one in hidden for part in re.split(r"[\s/?&=#:,;]+", one) if len(part) >= PART_LETTERS}
    parts |= {path for one in hidden if (path := one.partition("://")[2].partition("/")[2])}
    found = {
        form for one in (*hidden, *parts) for form in (one, dumps(one)[1:-1], quote(one), quote(one, safe=""))
    }
    for one in sorted(found, key=len, reverse=True):
        text = text.replace(one, "…")
    return text
