"""Calls to the providers' own interfaces: one way out, with deadlines, caps and no secret in any text.

Every call has a connection of its own. A kept one may be closed by the other side just as it is used again, and then
nobody could say whether a paid call was carried out.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

from providers.errors import BadOutput, ProviderLost, ResultLost, ServerFault, Timeout, UnknownOutcome

CONNECT_SECONDS = 10.0
#: Answers without media in them; those that carry pictures as text name a cap of their own.
ANSWER_BYTES = 4 * 1024 * 1024
#: What of a provider's answer is kept beside an error.
DETAIL_LETTERS = 300
#: A provider that repeats what it was told may repeat more than our key.
_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|r8|hf|ghp)[-_][\w-]{12,}|\bAIza[\w-]{16,}|\bya29\.[\w.-]+"
    r"|\b(?i:bearer|basic|token)\s+[\w.~+/=:-]{12,}|(?<=://)[^\s/@]+(?=@)"
)


@dataclass(frozen=True, slots=True)
class Access:
    """Where the operator lets us call, and with which key; ``owner`` is whose key it is, in a sentence."""

    base_url: str
    key: str = field(repr=False)
    owner: str = "this server"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body was read whole; ``headers`` have small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def data(self) -> dict[str, Any]:
        """The JSON object of the body; empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def without_keys(text: str) -> str:
    """The text without what looks like a key in it."""
    return _LIKE_A_KEY.sub("…", text)


class Http:
    """The line to one provider. ``header`` and ``form`` say how its key travels, such as "Bearer {key}".

    ``keyed_results``: whoever fetches a result from the provider's own host has to show the key there too.
    """

    def __init__(
        self, title: str, access: Access, *, header: str, form: str, keyed_results: bool = False
    ) -> None:
        self.title = title
        self.owner = access.owner
        self.base_url = access.base_url.rstrip("/")
        self._key = access.key
        self._auth = {header: form.format(key=access.key)} if access.key else {}
        self._result_auth = self._auth if keyed_results else {}

    def is_own(self, address: str) -> bool:
        """Does this address lie where the operator lets us call?"""
        return _origin(address) == _origin(self.base_url)

    def scrubbed(self, text: str) -> str:
        """A provider's words, short and without our key or what looks like one."""
        for secret in (self._key, *self._key.split(":")):
            if len(secret) > 7:
                text = text.replace(secret, "…")
        return " ".join(without_keys(text).split())[:DETAIL_LETTERS]

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes = b"",
        files: Any = None,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 30.0,
        most_bytes: int = ANSWER_BYTES,
        starts_work: bool = False,
        brings_result: bool = False,
    ) -> Answer:
        """Make one call; ``path`` is below the base address, or a whole address on its host.

        ``body`` is sent as JSON, ``content`` as it is, ``files`` and ``fields`` as a form. Raises `ServerFault` when
        nothing can have been started, `UnknownOutcome` when work may have been (``starts_work``) and no answer came,
        `BadOutput` when the answer is too large, `Timeout` when a call that ``brings_result`` took too long.
        """
        address = path if path.startswith(("http://", "https://")) else self.base_url + path
        if not self.is_own(address):
            raise ServerFault(f"{self.title} named an address on another host; it was not called.")
        sent: dict[str, Any] = {"content": content} if content else {"data": fields, "files": files}
        told = {**(headers or {}), **self._auth, "Accept": "application/json", "Accept-Encoding": "identity"}
        if body is not None:
            sent = {"content": await asyncio.to_thread(_encoded, body)}
            told["Content-Type"] = "application/json"
        lost = UnknownOutcome if starts_work else ServerFault
        silent = f"No answer came from {self.title}"
        try:
            async with asyncio.timeout(seconds), _client() as client:
                request = client.build_request(method, address, headers=told, **sent)
                response = await client.send(request, stream=True)
                try:
                    return await self._read(response, most_bytes)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ServerFault(f"{self.title} cannot be reached.", detail=type(error).__name__) from None
        except (httpx.TransportError, TimeoutError) as error:
            if brings_result and isinstance(error, TimeoutError):
                raise Timeout(f"{silent} in {seconds:g} seconds.") from None
            raise lost(f"{silent}; the line broke or took too long.", detail=type(error).__name__) from None

    async def _read(self, response: httpx.Response, most_bytes: int) -> Answer:
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise BadOutput(f"{self.title} sent compressed bytes though asked not to.")
        pieces, count = [], 0
        async for piece in response.aiter_raw():
            count += len(piece)
            if count > most_bytes:
                raise BadOutput(f"The answer of {self.title} is larger than {most_bytes >> 20} MB.")
            pieces.append(piece)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(pieces))

    async def download(self, address: str, into: Path, *, most_bytes: int, seconds: float) -> str:
        """Fetch a result from the operator's own host. Returns where it redirects to, or "".

        Raises `ResultLost` when it is not there or too large, `ServerFault` when the line breaks.
        """
        try:
            async with asyncio.timeout(seconds), _client() as client:
                headers = {"Accept-Encoding": "identity", **self._result_auth}
                async with client.stream("GET", address, headers=headers) as response:
                    if response.is_redirect:
                        return str(response.headers.get("location", ""))
                    if response.status_code != 200:
                        raise ResultLost(f"The result of {self.title} cannot be fetched any more.")
                    count = 0
                    with into.open("wb") as file:
                        async for piece in response.aiter_raw():
                            count += len(piece)
                            if count > most_bytes:
                                raise ResultLost(
                                    f"The result of {self.title} is larger than {most_bytes >> 20} MB."
                                )
                            file.write(piece)
        except (httpx.TransportError, TimeoutError) as error:
            said = f"The result could not be fetched from {self.title}."
            raise ServerFault(said, detail=type(error).__name__) from None
        return ""


def keeps_nothing(title: str) -> ProviderLost:
    """For `fetch` of a provider that answers on the line that asked, once."""
    return ProviderLost(f"{title} keeps no results; the step has to be run again.")


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _origin(address: str) -> tuple[str, str, int | None]:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return ("", "", None)
    return (url.scheme, url.host, url.port)


def _client() -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)  # the whole call has a deadline of its own
    return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
