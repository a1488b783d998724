"""The OpenID provider that people may sign in at as well: read from the environment, none unless set."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from providers.openid import Client
from wireflow_ui.env import split
from wireflow_ui.safety import host_of, is_loopback

NAMES = "WIREFLOW_OPENID_ISSUER, WIREFLOW_OPENID_CLIENT_ID and WIREFLOW_OPENID_CLIENT_SECRET"


def openid_client(
    *, issuer: str, client_id: str, secret: str, title: str, authority: str = ""
) -> Client | None:
    """What was agreed with the provider; None where nothing was."""
    if not any((issuer, client_id, secret)):
        return None
    if not all((issuer, client_id, secret)):
        raise ImproperlyConfigured(f"Set {NAMES}, all or none of them.")
    issuer, parts = issuer.rstrip("/"), split(issuer)
    if (
        parts is None
        or not re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w.~/-]*)?", issuer, re.ASCII)
        or not parts.hostname
        or len(issuer) > 300
    ):
        raise ImproperlyConfigured(
            f"WIREFLOW_OPENID_ISSUER must look like https://login.example.org/realms/all, not {issuer!r}."
        )
    if parts.scheme == "http" and not is_loopback(host_of(issuer)):
        raise ImproperlyConfigured(
            "WIREFLOW_OPENID_ISSUER is http://: whoever reads or changes what passes could sign in as anybody. Give "
            "its https:// address."
        )
    if any(not (word.isascii() and word.isprintable()) for word in (client_id, secret)):
        raise ImproperlyConfigured(
            "WIREFLOW_OPENID_CLIENT_ID and its secret are letters, digits and signs alone."
        )
    if not title.isprintable() or not 1 <= len(title) <= 40:
        raise ImproperlyConfigured("WIREFLOW_OPENID_NAME is what stands on a button: 1 to 40 characters.")
    try:
        _ = ssl.create_default_context(cadata=authority) if authority else None
    except (ssl.SSLError, ValueError, TypeError) as error:  # the last where it is not ASCII
        raise ImproperlyConfigured(
            "WIREFLOW_OPENID_CA is no certificate: give it one that begins with -----BEGIN CERTIFICATE-----, or name "
            "its file in WIREFLOW_OPENID_CA_FILE."
        ) from error
    return Client(issuer, client_id, secret, title, authority)


def mail_domains(words: Sequence[str]) -> frozenset[str]:
    """Domains such as ``example.org``, in small letters."""
    for word in words:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", word, re.ASCII | re.IGNORECASE):
            raise ImproperlyConfigured(
                f"WIREFLOW_OPENID_DOMAINS must look like example.org,example.com, not {word!r}."
            )
    return frozenset(word.lower() for word in words)
