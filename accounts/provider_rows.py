"""What the page of provider keys shows. No key, and nothing made from one, is in here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import KeyTest, ProviderKey, Team
from accounts.provider_keys import TEST_SECONDS
from providers.catalog import NodeType
from providers.keys import KeyField, fields_of, opened_by, title_of

#: Test of a key → the state of its badge and its word.
_BADGES = {
    KeyTest.NONE: ("completed", "your key"),
    KeyTest.ASKED: ("running", "trying the key"),
    KeyTest.WORKS: ("completed", "your key works"),
    KeyTest.REFUSED: ("failed", "key refused"),
    KeyTest.UNSURE: ("stale", "could not be tried"),
}


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider as a team sees it. ``fields`` is empty for those that the operator alone can open."""

    name: str
    title: str
    key: ProviderKey | None
    is_open_here: bool
    fields: tuple[KeyField, ...]
    opens: tuple[NodeType, ...]

    @property
    def is_being_tried(self) -> bool:
        key = self.key
        if key is None or key.test != KeyTest.ASKED or key.tested_at is None:
            return False
        return key.tested_at > timezone.now() - timedelta(seconds=TEST_SECONDS)

    @property
    def badge(self) -> tuple[str, str]:
        """The state that colours it, and its word."""
        if self.key is None:
            here = "this server’s key" if self.fields else "this server’s own"
            return ("completed", here) if self.is_open_here else ("skipped", "no key")
        if self.key.test == KeyTest.ASKED and not self.is_being_tried:
            return "stale", "could not be tried"
        return _BADGES[KeyTest(self.key.test)]

    @property
    def said(self) -> str:
        """What the last try brought, where it was no success."""
        if self.key is None or self.is_being_tried:
            return ""
        if self.key.test == KeyTest.ASKED:
            return "No worker tried it within a minute. Try again, or ask the operator whether workers run."
        return self.key.test_said


def provider_rows(team: Team) -> list[ProviderRow]:
    """All that a team's key can open, then what the operator has opened by an address of their own."""
    keys = {key.provider: key for key in ProviderKey.objects.filter(team=team).select_related("set_by")}
    own = [_row(name, keys.get(name)) for name in settings.PROVIDER_ADDRESSES]
    others = [name for name in settings.PROVIDER_ACCESS if name not in settings.PROVIDER_ADDRESSES]
    return own + [_row(name, None) for name in others]


def provider_row(team: Team, name: str) -> ProviderRow | None:
    """One of them; None for a provider that a team's key cannot open."""
    if name not in settings.PROVIDER_ADDRESSES:
        return None
    return _row(name, ProviderKey.objects.filter(team=team, provider=name).select_related("set_by").first())


def _row(name: str, key: ProviderKey | None) -> ProviderRow:
    address = settings.PROVIDER_ADDRESSES.get(name)
    if address is None:
        return ProviderRow(
            name, title_of(name), None, True, (), opened_by(name, settings.PROVIDER_ACCESS[name].base_url)
        )
    is_open_here = name in settings.PROVIDER_ACCESS
    return ProviderRow(name, title_of(name), key, is_open_here, fields_of(name), opened_by(name, address))
