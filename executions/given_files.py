"""The stored files among the values that runs were given, whether their addresses were written or whole references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assets.models import Asset
from assets.naming import assets_at
from executions.values import is_medium

Known = Mapping[str, Asset]


def known_in(team_id: int, values: Iterable[Any]) -> Known:
    """The team's own files among these values by their addresses, asked for once."""
    return assets_at(team_id, {address for value in values for address in _addresses(value)})


def files_in(value: Any, known: Known) -> list[Asset]:
    """The files that a value is; none where some of it is anything else."""
    addresses = list(_addresses(value))
    return [known[one] for one in addresses] if all(one in known for one in addresses) else []


def _addresses(value: Any) -> Iterator[str]:
    """A value as addresses, where it may be that; "" stands for what is none."""
    for one in value if isinstance(value, list) else [value]:
        if is_medium(one):
            yield str(one["url"])
        else:
            yield one if isinstance(one, str) else ""
