"""Whether a message that came in a provider's name is from there, and from just now."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Collection, Mapping

from providers.errors import NotTold

#: A message may be so many seconds old, or ahead of our clock.
WINDOW_SECONDS = 300
_FORGED = "The signature is not that of the provider."


def check_age(timestamp: str) -> None:
    """``timestamp`` is a Unix time in whole seconds. Raises `NotTold`."""
    if not timestamp.isdecimal() or len(timestamp) > 12 or abs(time.time() - int(timestamp)) > WINDOW_SECONDS:
        raise NotTold("The message is old, or does not say when it was sent.")


def check_ed25519(keys: Collection[str], message: bytes, signature: str) -> None:
    """``keys`` are public keys in base64url, any of which may have signed; the signature is hex. Raises `NotTold`."""
    from cryptography.exceptions import InvalidSignature  # only where somebody signs this way
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key in keys:
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
            public.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError, binascii.Error):
            continue
        return
    raise NotTold(_FORGED)


def check_standard(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """As Standard Webhooks has it: id, time and body under a secret that begins with whsec_. Raises `NotTold`."""
    sent_at = headers.get("webhook-timestamp", "")
    check_age(sent_at)
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise NotTold(_FORGED) from None
    message = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, message, hashlib.sha256))
    given = [one.partition(",") for one in headers.get("webhook-signature", "").split()]
    if not any(version == "v1" and hmac.compare_digest(one.encode(), wanted) for version, _, one in given):
        raise NotTold(_FORGED)


def check_hmac(keys: Collection[bytes], body: bytes, signature: str) -> None:
    """The body alone under one of the keys; the signature is hex. Raises `NotTold`."""
    given = signature.encode()
    wanted = [hmac.new(key, body, hashlib.sha256).hexdigest().encode() for key in keys]
    if not any(hmac.compare_digest(given, one) for one in wanted):
        raise NotTold(_FORGED)
