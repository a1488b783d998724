"""Which outside providers the operator's settings open: their keys, and addresses of their own where these are set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from providers.catalog import load_catalog
from providers.drivers import DRIVERS
from providers.http import Access
from wireflow_ui import env


def access_from_env() -> Mapping[str, Access]:
    """Provider → access, for every provider with a driver and a key. Names of the settings stand in the catalog."""
    opened = {}
    for name in DRIVERS:
        entry = load_catalog().providers[name]
        key_name, address_name = entry["env"][:2]
        address = _address(address_name, entry["base_url"])
        key = env.text(key_name)
        if key and quote(key, safe="!#$&'()*+,/:;=?@[]^`{|}<>\"%\\") != key:
            raise ImproperlyConfigured(f"{key_name} holds letters or spaces that no key has. Copy it again.")
        if key:
            opened[name] = Access(address, key)
    return opened


def _address(name: str, default: str) -> str:
    """An http(s) address that may have a path."""
    value = env.text(name, default).rstrip("/")
    parts = env.split(value)
    plain = re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w./-]*)?", value, re.ASCII | re.IGNORECASE)
    if parts is None or not parts.hostname or not plain:
        raise ImproperlyConfigured(f"{name} must look like {default}, not {value!r}.")
    return value
