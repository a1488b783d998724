"""What a provider's signed token says, once everything about it is proved. Imported where somebody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from providers.openid import ALGORITHMS, LEEWAY, LONGEST_SUBJECT


class Doubtful(Exception):
    """The token proves nothing; the text says why, for the log."""


def claims_of(
    tokens: Mapping[str, Any], keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of the token, which is signed by one of these keys, for this client and this sign-in. Raises
    `Doubtful`."""
    token, access = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(token, str):
        raise Doubtful("there is no id_token")
    try:
        read = jwt.decode(
            token,
            KeySet(_understood(keys)),
            registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False),
        )
        claims = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"client_id": client_id, "nonce": nonce, "access_token": access},
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise Doubtful(f"{type(error).__name__}: {error}") from error
    if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise Doubtful("its subject is no name")
    return dict(claims)


def _understood(keys: Mapping[str, Any]) -> list[Key]:
    """The keys of a provider that may sign; one of a kind or with fields unknown here is passed over (RFC 7517, 5).
    Raises `Doubtful` when none is left.
    """
    found: list[Key] = []
    for raw in keys.get("keys", ()):
        if not isinstance(raw, dict) or raw.get("use") == "enc":
            continue
        try:
            found.append(JWKRegistry.import_key(raw))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not found:
        raise Doubtful("there is no key that can be read")
    return found
