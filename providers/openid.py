"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce, at the one provider that the operator names.

The operator answers for that address, so it may be a private one. Whatever its description leads to lies on the same
host and port, or is public and called by https through the guard of `providers.fetch`. Nothing is kept between two
calls: people sign in seldom, and a key that the provider has changed counts at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from providers.fetch import FetchRefused, guarded, tls
from providers.posting import check_address

logger = logging.getLogger(__name__)
#: A page waits so long for the calls that belong together.
SECONDS = 6.0
ANSWER_BYTES = 512 * 1024
SCOPE = "openid email profile"
#: Signed by a key that the provider alone has. With HS256 whoever knows the client's secret could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: So far the two clocks may be apart.
LEEWAY = 60
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Client:
    """What the operator has agreed with the provider. ``issuer`` has no slash at its end, ``title`` is for people, and
    ``authority`` is the certificate, in PEM, that the issuer's own is signed by where the public ones do not count."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    title: str = "OpenID Connect"
    authority: str = field(default="", repr=False)

    @property
    def hosts(self) -> frozenset[str]:
        """The host of the issuer, with its port."""
        url = httpx.URL(self.issuer)
        return frozenset({f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"})


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what only this server knows until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for. ``email`` may be empty; ``is_verified`` is None where nothing is said of it."""

    subject: str
    email: str
    is_verified: bool | None
    name: str


class Away(Exception):
    """The provider does not answer, or not as one. The text is a sentence for people."""


class Untrusted(Exception):
    """It answered, and what it says does not prove who somebody is. The text is a sentence for people."""


async def begin(client: Client, *, back: str) -> Begun:
    """Where a sign-in goes on at the provider, which sends the browser ``back``. Raises `Away`."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # most servers never ask for it
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    async with _in_time(client):
        described = await _described(client)
    address = prepare_grant_uri(
        described["authorization_endpoint"],
        client.client_id,
        "code",
        redirect_uri=back,
        scope=SCOPE,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Begun(address, state, nonce, verifier)


async def finish(client: Client, *, back: str, code: str, nonce: str, verifier: str) -> Person:
    """Who it is that came back with ``code``. Raises `Away` or `Untrusted`."""
    from providers.id_tokens import Doubtful, claims_of

    async with _in_time(client):
        described = await _described(client)
        tokens = await _tokens(client, described, back, code, verifier)
        keys = (await _ask(client, described["jwks_uri"]))[1]
    try:
        claims = claims_of(tokens, keys, issuer=described["issuer"], client_id=client.client_id, nonce=nonce)
    except Doubtful as error:
        logger.warning("The token of a sign-in at %s was refused: %s", client.issuer, error)
        raise Untrusted(
            f"What {client.title} sent does not prove who you are. Nobody was signed in; begin again, and if it "
            "stays so, tell whoever runs this server."
        ) from error
    if "email" not in claims and isinstance(described.get("userinfo_endpoint"), str):
        async with _in_time(client):
            more = await _about(client, described["userinfo_endpoint"], str(tokens.get("access_token", "")))
        if more.get("sub") == claims["sub"]:
            claims = {
                **claims,
                "email_verified": None,
                **more,
            }  # whoever names the address says of it what is so
    email, name, verified = claims.get("email"), claims.get("name"), claims.get("email_verified")
    return Person(
        subject=claims["sub"],
        email=email if isinstance(email, str) and email.isprintable() else "",
        is_verified=None if verified is None else verified in (True, "true"),  # some write it as a text
        name=" ".join(name.split())[:200] if isinstance(name, str) and name.isprintable() else "",
    )


@asynccontextmanager
async def _in_time(client: Client) -> AsyncIterator[None]:
    """Raises `Away` when what is done in it takes too long."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError as error:
        logger.warning("%s did not answer within %s seconds.", client.issuer, SECONDS)
        raise Away(_away(client)) from error


async def _described(client: Client) -> Mapping[str, Any]:
    """The provider's own description, with what is needed of it checked."""
    status, told = await _ask(client, f"{client.issuer}/.well-known/openid-configuration")
    named = told.get("issuer")
    needed = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    try:
        is_good = status == 200 and isinstance(named, str) and named.rstrip("/") == client.issuer
        for address in needed:
            is_good = is_good and isinstance(address, str) and bool(check_address(address, client.hosts))
    except FetchRefused:
        is_good = False
    if not is_good:
        logger.error("What stands at %s does not describe an OpenID provider: %s", client.issuer, status)
        raise Away(_away(client))
    return told


async def _tokens(
    client: Client, described: Mapping[str, Any], back: str, code: str, verifier: str
) -> Mapping[str, Any]:
    from authlib.oauth2.auth import ClientAuth
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    ways = described.get("token_endpoint_auth_methods_supported")
    way = "client_secret_post" if isinstance(ways, list) and "client_secret_post" in ways else None
    form = prepare_token_request("authorization_code", redirect_uri=back, code=code, code_verifier=verifier)
    address, headers, form = ClientAuth(client.client_id, client.secret, way).prepare(
        "POST",
        described["token_endpoint"],
        {"Content-Type": "application/x-www-form-urlencoded"},
        form,
    )
    status, told = await _ask(client, address, headers=headers, form=form)
    if status != 200:
        logger.warning("%s gave no token: %s %r", client.issuer, status, str(told.get("error", ""))[:80])
        raise Untrusted(
            f"{client.title} does not take this sign-in. Begin again, and if it stays so, tell whoever runs this "
            "server."
        )
    return told


async def _about(client: Client, address: str, token: str) -> Mapping[str, Any]:
    """What the provider tells of the person beside the token; empty where it tells nothing."""
    try:
        status, told = await _ask(client, address, headers={"Authorization": f"Bearer {token}"})
    except (FetchRefused, Away):
        return {}
    return told if status == 200 else {}


async def _ask(
    client: Client, address: str, *, headers: Mapping[str, str] | None = None, form: str = ""
) -> tuple[int, dict[str, Any]]:
    """One call: the status, and the JSON object that came, or an empty one. Raises `Away`; never redirected."""
    try:
        status, body = await _exchange(client, address, headers or {}, form.encode())
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        logger.warning("%s cannot be reached: %s", client.issuer, type(error).__name__)
        raise Away(_away(client)) from error
    except FetchRefused as error:
        logger.warning("%s cannot be asked: %s", client.issuer, error)
        raise Away(_away(client)) from error
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    return status, told if isinstance(told, dict) else {}


async def _exchange(
    client: Client, address: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    target = check_address(address, client.hosts)
    is_own = f"{target.host}:{target.port or (443 if target.scheme == 'https' else 80)}" in client.hosts
    sent = {"Host": target.netloc.decode("ascii"), "User-Agent": "wireflow-ui", "Accept": "application/json"}
    sent |= {"Accept-Encoding": "identity", "Connection": "close", **headers}
    if body:
        sent["Content-Length"] = str(len(body))
    place = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )
    request = httpcore.Request("POST" if body else "GET", place, headers=list(sent.items()), content=body)
    network = None if is_own else guarded()
    trust = ssl.create_default_context(cadata=client.authority) if is_own and client.authority else tls()
    async with httpcore.AsyncConnectionPool(ssl_context=trust, network_backend=network) as pool:
        response = await pool.handle_async_request(request)
        try:
            read = bytearray()
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) > ANSWER_BYTES:
                    raise FetchRefused(f"an answer of more than {ANSWER_BYTES >> 10} kB")
            return response.status, bytes(read)
        finally:
            await response.aclose()


def _away(client: Client) -> str:
    return f"{client.title} does not answer as it should. Try again in a minute, or sign in another way."
