"""Settings that would let strangers in: a server that others can reach does not start with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host


def host_of(address: str) -> str:
    """The host of a web address in the form that ALLOWED_HOSTS has it: ``[::1]`` for IPv6."""
    host = urlsplit(address).hostname or ""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether only this machine can mean itself by this host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_unsafe(
    *, public_url: str, allowed_hosts: Sequence[str], is_cluster: bool, failpoints: str = ""
) -> None:
    """Raise ImproperlyConfigured, with what to change, when these settings do not belong on a public server."""
    host = host_of(public_url)
    is_public = not is_loopback(host)
    if "*" in allowed_hosts and (is_public or is_cluster):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is '*': anybody could make this server write links to a host of theirs. "
            "Name the hosts that people use."
        )
    if is_public and not validate_host(host, allowed_hosts):
        raise ImproperlyConfigured(
            f"WIREFLOW_PUBLIC_URL names {host}, which ALLOWED_HOSTS does not allow: every page would be refused. "
            "Add it there."
        )
    if is_public and is_cluster and not public_url.startswith("https://"):
        raise ImproperlyConfigured(
            "WIREFLOW_PUBLIC_URL is http:// though others reach this cluster: passwords and keys could be read on "
            "the way. Put a proxy with TLS before it and give the https:// address."
        )
    if is_public and failpoints:
        raise ImproperlyConfigured(
            "WIREFLOW_FAILPOINTS kills processes on purpose: unset it on a public server."
        )
