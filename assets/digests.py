"""What stands for the bytes of stored files, by their ids.

The bytes of an asset never change, so what is known once is kept: a process asks for each file once.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from cachetools import LRUCache

from assets.models import Asset

MOST_KEPT = 10_000

_kept: LRUCache[tuple[int, str], str] = LRUCache(maxsize=MOST_KEPT)  # by team and asset
_lock = threading.Lock()


def digests_of(team_id: int, asset_ids: Collection[str]) -> dict[str, str]:
    """Of those among these files that are the team's: the SHA-256, and what the bytes are for where that is said.

    A mask is another input than a picture of the same bytes. What was thrown away is known as long as it has a row.
    """
    with _lock:
        found = {one: kept for one in asset_ids if (kept := _kept.get((team_id, one))) is not None}
    missing = set(asset_ids) - found.keys()
    if missing:
        rows = Asset.objects.filter(team=team_id, pk__in=missing).values_list("pk", "sha256", "role")
        read = {pk: _digest(sha256, role) for pk, sha256, role in rows}
        with _lock:
            _kept.update({(team_id, pk): digest for pk, digest in read.items()})
        found |= read
    return found


def know_digest(asset: Asset) -> None:
    """Keep that of a file whose row was just made: the next step of its run asks for it at once."""
    with _lock:
        _kept[asset.team_id, asset.pk] = _digest(asset.sha256, asset.role)


def _digest(sha256: str, role: str) -> str:
    return f"{sha256} {role}".rstrip()
