"""Which outside providers the operator's settings open: their keys, and addresses of their own where these are set."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from providers.catalog import load_catalog
from providers.drivers import DRIVERS
from providers.http import Access
from wireflow_ui import env


def access_from_env() -> Mapping[str, Access]:
    """Provider → access, for every provider with a driver that the settings open. Their names stand in the catalog:
    those that end in _URL are addresses, the others keys.

    A key opens a provider. A server of the operator's own, which may want none, is opened by its address.
    """
    opened = {}
    for name in DRIVERS:
        entry = load_catalog().providers[name]
        places = [one for one in entry["env"] if one.endswith("_URL")]
        place = next((one for one in places if env.text(one)), "")
        address = _address(place or places[0], entry["base_url"])
        key = _key([one for one in entry["env"] if one not in places])
        opens = key if isinstance(entry["auth"], dict) else place
        if opens:
            opened[name] = Access(address, key)
    return opened


def _key(names: Collection[str]) -> str:
    name = next((one for one in names if env.text(one)), "")
    key = env.text(name) if name else ""
    spaces = " " if name.endswith("_AUTHORIZATION") else ""  # a whole header, such as "Bearer …"
    if key and quote(key, safe=f"!#$&'()*+,/:;=?@[]^`{{|}}<>\"%\\{spaces}") != key:
        raise ImproperlyConfigured(f"{name} holds letters or spaces that no key has. Copy it again.")
    return key


def _address(name: str, default: str) -> str:
    """An http(s) address that may have a path."""
    value = env.text(name, default).rstrip("/")
    parts = env.split(value)
    plain = re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w./-]*)?", value, re.ASCII | re.IGNORECASE)
    if parts is None or not parts.hostname or not plain:
        raise ImproperlyConfigured(f"{name} must look like {default}, not {value!r}.")
    return value
