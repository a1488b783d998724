"""Keys that a team may bring: what each provider's is made of, what it opens, and how a call goes out with it.

Only providers in the catalog whose key alone opens them are here: a server of the operator's own is opened by its
address, and no team can name one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote

from providers.base import Job, Request
from providers.catalog import NodeType, load_catalog
from providers.drivers import DRIVERS, Checked
from providers.http import Access
from providers.routes import routes_of
from providers.vertex import base_url, read_account

MOST_LETTERS = 500
MOST_FILE = 10_000
#: A project may stand below a domain, as in example.org:my-project.
_PROJECT = re.compile(r"([a-z0-9][a-z0-9.-]{0,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_LOCATION = re.compile(r"global|us|eu|[a-z]{2,20}-[a-z]{2,20}[0-9]{1,2}")
#: What of a service account's key file is kept: not the address at which it would have tokens asked for.
_OF_THE_FILE = ("type", "project_id", "private_key_id", "private_key", "client_email")


class BadKey(ValueError):
    """What was given cannot be a key; the sentence never holds any of it."""


@dataclass(frozen=True, slots=True)
class KeyField:
    """One thing to type in. ``is_secret``: it is sealed and never shown again; the others are kept as they are."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = True
    is_file: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A key as it will be used, with the details beside it that are no secret."""

    key: str
    details: Mapping[str, str]


_KEY = (KeyField("key", "Key"),)
_FIELDS: Mapping[str, tuple[KeyField, ...]] = MappingProxyType(
    {
        "gemini": (KeyField("key", "API key", "From Google AI Studio."),),
        "vertex": (
            KeyField(
                "key", "Key file", "The JSON text of a service account with the role Vertex AI User.", is_file=True
            ),
            KeyField("project", "Project", "Empty: the one in the key file.", is_secret=False),
            KeyField("location", "Location", "Such as global or europe-west4.", is_secret=False, default="global"),
        ),
        "fal": _KEY,
        "replicate": (KeyField("key", "API token"),),
        "openai": (KeyField("key", "API key"),),
        "apiframe": (KeyField("key", "API key"),),
        "atlas": (KeyField("key", "API key"),),
        "wireflow": (KeyField("key", "API key", "With the scopes workflows:read and workflows:execute there."),),
    }
)  # fmt: skip

#: The providers that a team can have a key for, in the order of the catalog.
TEAM_PROVIDERS: tuple[str, ...] = tuple(name for name in load_catalog().providers if name in _FIELDS)


def title_of(provider: str) -> str:
    """What people call it."""
    return str(load_catalog().providers[provider]["name"])


def fields_of(provider: str) -> tuple[KeyField, ...]:
    return _FIELDS[provider]


@lru_cache(maxsize=32)
def opened_by(provider: str, address: str) -> tuple[NodeType, ...]:
    """The node types that a key for the provider at this address opens, in the order of the catalog."""
    driver, access = DRIVERS[provider], Access(address, "")

    def opens(kind: NodeType) -> bool:
        return any(one.provider == provider and driver.speaks(one, access) for one in routes_of(kind))

    return tuple(kind for kind in load_catalog().kinds.values() if kind.status == "" and opens(kind))


def read_key(provider: str, given: Mapping[str, str]) -> Given:
    """What was typed in, as a key. Raises `BadKey`."""
    text = given.get("key", "").strip()
    if not text:
        raise BadKey("Paste the key.")
    if provider == "vertex":
        return _service_account(text, given)
    if len(text) > MOST_LETTERS:
        raise BadKey(f"A key has {MOST_LETTERS} letters at most. Copy it again.")
    if len(text) < 8 or quote(text, safe="!#$&'()*+,/:;=?@[]^`{|}<>\"%\\") != text:
        raise BadKey(
            "This is no key: it is too short, or holds letters or spaces that no key has. Copy it again."
        )
    return Given(text, {})


def _service_account(text: str, given: Mapping[str, str]) -> Given:
    if len(text) > MOST_FILE:
        raise BadKey(f"A key file has {MOST_FILE} letters at most. Copy it again.")
    try:
        account = read_account(text)
    except (ValueError, RecursionError):
        said = "This is no key of a service account: paste the whole JSON file that Google gave."
        raise BadKey(said) from None
    project = given.get("project", "").strip() or account["project_id"]
    location = given.get("location", "").strip() or "global"
    if not _PROJECT.fullmatch(project):
        raise BadKey("The project must be its id, such as my-project-123.")
    if not _LOCATION.fullmatch(location):
        raise BadKey("The location must be one such as global or europe-west4.")
    kept = {name: account[name] for name in _OF_THE_FILE if isinstance(account.get(name), str)}
    return Given(json.dumps(kept), {"project": project, "location": location})


def access_for(provider: str, address: str, key: str, details: Mapping[str, str]) -> Access:
    """Where calls with this key go: to ``address``, the operator's word; for Vertex its host, "" for Google's own."""
    if provider == "vertex":
        return Access(base_url(address, details["project"], details["location"]), key)
    return Access(address, key)


async def try_key(provider: str, access: Access) -> None:
    """Ask the provider whether it takes the key, by a call that costs nothing. Raises a `ProviderError`."""
    driver = DRIVERS[provider](access, _Nobody())
    assert isinstance(driver, Checked), provider
    await driver.check()


class _Nobody:
    """In the place of whoever does the work of local nodes: a key is tried without any."""

    name = "local"
    takes_keys = False

    async def submit(self, request: Request) -> Job:
        raise NotImplementedError

    async def fetch(self, ref: str, request: Request) -> Job:
        raise NotImplementedError

    async def cancel(self, ref: str) -> None:
        raise NotImplementedError
