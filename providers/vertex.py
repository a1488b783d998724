"""Google's models with a service account: the Gemini API's bodies at another address, opened by tokens of an hour."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from providers.base import Job, Media, Provider, Request
from providers.errors import AuthFailed, InvalidInput, ServerFault
from providers.gemini import Gemini
from providers.http import Access, Http

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_SECONDS = 3600
#: A token is renewed so long before its end; a call may take that long.
MARGIN_SECONDS = 600
MOST_PER_PICTURE = 7 * 1024 * 1024


def base_url(host: str, project: str, location: str) -> str:
    """The address of a project's models. ``host`` is "" for Google's own, which lies at the location."""
    if not host and location == "global":
        host = "https://aiplatform.googleapis.com"
    elif not host and location in ("us", "eu"):
        host = f"https://aiplatform.{location}.rep.googleapis.com"
    elif not host:
        host = f"https://{location}-aiplatform.googleapis.com"
    return f"{host}/v1/projects/{project}/locations/{location}"


def read_account(text: str) -> Mapping[str, str]:
    """The fields of a service account's key file. Raises ValueError when it is none."""
    account = json.loads(text)
    names = ("client_email", "private_key", "project_id")
    if not isinstance(account, dict) or not all(isinstance(account.get(name), str) for name in names):
        raise ValueError(f"It must hold {', '.join(names)}.")
    return account


class Vertex(Gemini):
    """The same calls as `Gemini`; the key of the access is the text of a service account's key file."""

    name = "vertex"
    title = "Vertex AI"
    models = "/publishers/google/models"

    def __init__(self, access: Access, local: Provider) -> None:
        super().__init__(access, local)
        self._token = ""
        self._token_ends = 0.0

    async def submit(self, request: Request) -> Job:
        """As `Gemini.submit`, with a limit for each picture."""
        for value in request.inputs.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, Media) and one.path.stat().st_size > MOST_PER_PICTURE:
                    said = "Vertex AI takes pictures of 7 MB at most. Make this one smaller with Resize."
                    raise InvalidInput(said)
        return await super().submit(request)

    async def check(self) -> None:
        """Try the key: a token for it shows that Google knows it."""
        await self._new_token()

    async def _line(self) -> Http:
        if time.monotonic() > self._token_ends - MARGIN_SECONDS:
            self._token, seconds = await self._new_token()  # two at once bring two tokens; both hold
            self._token_ends = time.monotonic() + seconds
        access = replace(self._access, key=self._token)
        return Http(self.title, access, header="Authorization", form="Bearer {key}")

    async def _new_token(self) -> tuple[str, float]:
        """A token of Google's, and for how many seconds it holds. Nothing was begun yet when this fails."""
        account = read_account(self._access.key)
        address = account.get("token_uri") or TOKEN_URI
        assertion = await asyncio.to_thread(signed, account, address, int(time.time()))
        line = Http("Google's sign-in", Access(address, ""), header="", form="")
        answer = await line.call("POST", address, fields={"grant_type": GRANT, "assertion": assertion})
        told = answer.data()
        token, seconds = told.get("access_token"), told.get("expires_in")
        if answer.is_good and isinstance(token, str) and isinstance(seconds, int):
            return token, float(seconds)
        said = line.scrubbed(str(told.get("error_description") or told.get("error") or ""))
        if 400 <= answer.status < 500:
            raise AuthFailed(
                f"Google refused the service account of {self._access.owner}. It said: {said}", detail=said
            )
        raise ServerFault(f"Google's sign-in failed (HTTP {answer.status}).", detail=said)


def signed(account: Mapping[str, str], audience: str, now: int) -> str:
    """The service account's word, signed with its key, that it wants a token."""
    head = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": audience,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    text = f"{_encoded(head)}.{_encoded(claims)}"
    try:
        key = serialization.load_pem_private_key(account["private_key"].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise AuthFailed("The key of the service account cannot be read.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise AuthFailed("The key of the service account is not an RSA key.")
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_text(signature)}"


def _encoded(value: Any) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
