"""Vertex AI as far as the driver uses it: Gemini's answers behind tokens, and the place that gives these out."""

from __future__ import annotations

import base64
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.doubles.gemini import GeminiDouble, error
from tests.doubles.server import Call, Reply, path_of

PROJECT, LOCATION = "my-project", "global"
MAIL = "wireflow@my-project.iam.gserviceaccount.com"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """One for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def account(key: str, token_uri: str) -> str:
    """The text of a service account's key file."""
    pem = private_key(key).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    told = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": key,
        "private_key": pem.decode(),
        "client_email": MAIL,
        "token_uri": token_uri,
    }
    return json.dumps(told)


class VertexDouble(GeminiDouble):
    """Gives a token for the word of the right service account, and draws for it."""

    name = "vertex"
    models = f"/v1/projects/{PROJECT}/locations/{LOCATION}/publishers/google/models"
    token = "ya29.token-0123456789"  # opens nothing
    token_seconds = 3599

    def __init__(self) -> None:
        super().__init__()
        self.key = account("right-key", f"{self.url}/token")

    @property
    def wrong_key(self) -> str:
        return account("wrong-key", f"{self.url}/token")

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1/projects/{PROJECT}/locations/{LOCATION}"

    @property
    def settings(self) -> dict[str, str]:
        self._file = tempfile.NamedTemporaryFile(suffix=".json")  # noqa: SIM115  # it goes with the double
        Path(self._file.name).write_text(self.key, encoding="utf-8")
        return {
            "GOOGLE_APPLICATION_CREDENTIALS": self._file.name,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "VERTEX_BASE_URL": self.url,
        }

    def refused(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") == f"Bearer {self.token}":
            return None
        return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")

    def answer(self, call: Call) -> Reply:
        return self._sign_in(call) if path_of(call) == "/token" else super().answer(call)

    def _sign_in(self, call: Call) -> Reply:
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        text, _, signature = form["assertion"].rpartition(".")
        try:
            private_key("right-key").public_key().verify(
                _bytes(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            said = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            return Reply(400, said)
        claims: dict[str, Any] = json.loads(_bytes(text.split(".")[1]))
        if claims["aud"] != f"{self.url}/token" or claims["iss"] != MAIL:
            return Reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT."})
        token = {"access_token": self.token, "expires_in": self.token_seconds, "token_type": "Bearer"}
        return Reply(200, token)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
