"""An OpenID provider's wire format: description, authorization, token, keys and what is told of a person.

It signs by itself, not through the library that the product reads with. Everybody who comes is ``person``; ``claims``
spoil the token, ``signed`` says how it is signed, and `meet` has the next token call fail.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import ssl
import time
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.doubles.server import Call, Double, Reply, path_of

KEY_ID = "key-1"


class OpenId(Double):
    name = "openid"
    client_id = "wireflow"
    secret = "client-secret-0123456789"

    def __init__(self) -> None:
        super().__init__()
        self.person: dict[str, Any] = {
            "sub": "248289761001",
            "email": "ada@corp.example",
            "email_verified": True,
            "name": "Ada Byron",
        }
        #: What the token says otherwise; None leaves a claim out.
        self.claims: dict[str, Any] = {}
        #: RS256, none, HS256 (with the client's secret), or "another key".
        self.signed = "RS256"
        #: What the description says otherwise.
        self.description: dict[str, Any] = {}
        #: Keys that it shows before the one it signs with, which it may keep to itself.
        self.more_keys: list[Any] = []
        self.shows_own_key = True
        self.is_short = False  # says of a person only who it is; the rest is asked for
        self.says_no = False
        self._codes: dict[str, dict[str, str]] = {}

    def answer(self, call: Call) -> Reply:
        match path_of(call):
            case "/.well-known/openid-configuration":
                return Reply(200, self._described())
            case "/authorize":
                return self._authorize(dict(parse_qsl(urlsplit(call.path).query)))
            case "/token":
                return self._token(call)
            case "/keys":
                own = [_public(key(0))] if self.shows_own_key else []
                return Reply(200, {"keys": [*self.more_keys, *own]})
            case "/userinfo":
                known = call.headers.get("authorization") == "Bearer access-0123456789"
                return Reply(200, self.person) if known else Reply(401, {"error": "invalid_token"})
        return Reply(404, {"error": "not_found"})

    def _described(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            **self.description,
        }

    def _authorize(self, asked: dict[str, str]) -> Reply:
        """Signs the person in at once, as a provider does that knows them already."""
        wrong = [
            name
            for name, value in (
                ("response_type", "code"),
                ("client_id", self.client_id),
                ("code_challenge_method", "S256"),
            )
            if asked.get(name) != value
        ]
        if wrong or "openid" not in asked.get("scope", "").split() or not asked.get("nonce"):
            return Reply(400, {"error": "invalid_request", "wrong": wrong})
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        told = {"error": "access_denied"} if self.says_no else {"code": code, "iss": self.url}
        told["state"] = asked["state"]
        return Reply(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode(told)}"})

    def _token(self, call: Call) -> Reply:
        match self.fault_for(""):
            case "":
                pass
            case "500":
                return Reply(500, b"<html>oh no</html>", {"Content-Type": "text/html"})
            case fault:
                return Reply(fault=fault)
        given = dict(parse_qsl(call.body.decode()))
        kind, _, text = call.headers.get("authorization", "").partition(" ")
        who = b64decode(text).decode() if kind == "Basic" else ""
        if who != f"{self.client_id}:{self.secret}":
            return Reply(401, {"error": "invalid_client"})
        asked = self._codes.pop(given.get("code", ""), None)  # good once
        challenge = _text(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or given.get("grant_type") != "authorization_code"
            or given.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return Reply(400, {"error": "invalid_grant"})
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], "sub": self.person["sub"]}
        claims |= {} if self.is_short else self.person
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        told = {"token_type": "Bearer", "access_token": "access-0123456789", "expires_in": 300}
        return Reply(200, {**told, "id_token": self._signed(claims)})

    def _signed(self, claims: dict[str, Any]) -> str:
        algorithm = self.signed if self.signed in ("none", "HS256") else "RS256"
        head = {"alg": algorithm, "kid": KEY_ID, "typ": "JWT"}
        text = f"{_text(json.dumps(head).encode())}.{_text(json.dumps(claims).encode())}"
        match self.signed:
            case "none":
                proof = b""
            case "HS256":
                proof = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()
            case how:
                signer = key(1 if how == "another key" else 0)
                proof = signer.sign(text.encode(), padding.PKCS1v15(), SHA256())
        return f"{text}.{_text(proof)}"


class OpenIdBehindTls(OpenId):
    """One with a certificate of its own making, which is its own authority."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A provider")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(who, who, key(1).public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key(1), SHA256())
        )
        self.certificate = made.public_bytes(Encoding.PEM).decode()
        kept = folder / "provider.pem"
        secret = key(1).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        kept.write_bytes(secret + self.certificate.encode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(kept)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        return super().url.replace("http:", "https:")


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    """One of the keys, made once: that takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public(private: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    n, e = (value.to_bytes((value.bit_length() + 7) // 8, "big") for value in (numbers.n, numbers.e))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": _text(n), "e": _text(e)}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
