"""Assets by what people call them, many at once: by the names of their files, and the names of files by addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Team
from assets.models import Asset
from assets.store import own_name

#: In one statement; a table of one column of files has no more.
_AT_ONCE = 1_000
_MOST_LETTERS = 200


class Files:
    """The team's listed assets by kind and name of file, of any case; of several with one name the newest."""

    def __init__(self, found: Mapping[tuple[str, str], Asset]) -> None:
        self._found = found

    def get(self, name: str, kind: str) -> Asset | None:
        return self._found.get((kind, _folded(name)))


def files_called(team: Team, names: Iterable[str]) -> Files:
    """What of the team has one of these names. SQLite knows upper and lower case of A to Z alone."""
    asked = {name for name in names if 0 < len(name) <= _MOST_LETTERS}
    mine = Asset.objects.live().filter(team=team, is_listed=True).alias(lower=Lower("filename"))
    found: dict[tuple[str, str], Asset] = {}
    for some in _lots(asked):
        spelled = {form for name in some for form in _forms(name)}
        lower = {name.lower() for name in spelled} | {_lower_ascii(name) for name in spelled}
        for asset in mine.filter(Q(filename__in=spelled) | Q(lower__in=lower)).newest_first():
            found.setdefault((asset.kind, _folded(asset.filename)), asset)
    return Files(found)


def assets_at(team_id: int, addresses: Collection[str]) -> dict[str, Asset]:
    """Those of these addresses that are the team's own files, each with its asset."""
    names = {address: name for address in addresses if (name := own_name(address))}
    if not names:
        return {}
    by_name: dict[str, Asset] = {}
    for some in _lots(set(names.values())):
        served = Q(name__in=some) | Q(thumbnail_name__in=some)
        for asset in Asset.objects.live().filter(served, team=team_id):
            by_name[asset.name] = by_name[asset.thumbnail_name] = asset
    return {address: by_name[name] for address, name in names.items() if name in by_name}


def _lots(names: Collection[str]) -> Iterator[list[str]]:
    some = sorted(names)
    return (some[at : at + _AT_ONCE] for at in range(0, len(some), _AT_ONCE))


def _forms(name: str) -> Iterator[str]:
    """The name as it is, and as other systems write its accents: one letter, or a letter and its mark."""
    yield name
    yield unicodedata.normalize("NFC", name)
    yield unicodedata.normalize("NFD", name)


def _lower_ascii(name: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
