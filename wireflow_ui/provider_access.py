"""Which outside providers the operator's settings open: their keys, and addresses of their own where these are set."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from providers.catalog import load_catalog
from providers.drivers import DRIVERS
from providers.http import Access
from providers.keys import TEAM_PROVIDERS
from providers.vertex import base_url, read_account
from wireflow_ui import env


def access_from_env() -> Mapping[str, Access]:
    """Provider → access, for every provider with a driver that the settings open. Their names stand in the catalog:
    those that end in _URL are addresses, the others keys.

    A key opens a provider. A server of the operator's own, which may want none, is opened by its address.
    """
    opened: dict[str, Access] = {}
    for name in DRIVERS:
        entry = load_catalog().providers[name]
        if name == "vertex":
            opened |= _vertex()
            continue
        places = [one for one in entry["env"] if one.endswith("_URL")]
        place = next((one for one in places if env.text(one)), "")
        address = _address(place or places[0], entry["base_url"])
        key = _key([one for one in entry["env"] if one not in places])
        opens = key if isinstance(entry["auth"], dict) else place
        if opens:
            opened[name] = Access(address, key)
    return opened


def addresses_from_env() -> Mapping[str, str]:
    """Provider → where calls with a team's own key go: the operator's address where there is one. For Vertex it is the
    host alone, "" for Google's own."""
    catalog = load_catalog().providers
    found = {}
    for name in TEAM_PROVIDERS:
        place = next(one for one in catalog[name]["env"] if one.endswith("_URL"))
        is_named = bool(env.text(place))
        found[name] = "" if name == "vertex" and not is_named else _address(place, catalog[name]["base_url"])
    return found


def _vertex() -> dict[str, Access]:
    """Opened by the file of a service account and a project: such a file may lie on a machine for other uses."""
    place, project = env.text("GOOGLE_APPLICATION_CREDENTIALS"), env.text("GOOGLE_CLOUD_PROJECT")
    location = env.text("GOOGLE_CLOUD_LOCATION", "global")
    host = _address("VERTEX_BASE_URL", "") if env.text("VERTEX_BASE_URL") else ""
    if not place or not project:
        return {}
    for name, value in (("GOOGLE_CLOUD_PROJECT", project), ("GOOGLE_CLOUD_LOCATION", location)):
        if not re.fullmatch(r"[a-z0-9:.-]+", value):
            raise ImproperlyConfigured(f"{name} must be a name such as my-project or global, not {value!r}.")
    try:
        text = Path(place).read_text(encoding="utf-8")
        read_account(text)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no key of a service account"
        raise ImproperlyConfigured(f"GOOGLE_APPLICATION_CREDENTIALS: cannot read {place} ({said}).") from None
    return {"vertex": Access(base_url(host, project, location), text)}


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
