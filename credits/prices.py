"""The catalog's prices as rows: a new version of a node type's price is a new row, and none is ever changed.

A run keeps the prices of the moment it was accepted. It names them by what they say (their digest), so that accepting
needs no row; the rows tell afterwards what was charged by, also when the catalog says something else by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db import transaction

from credits.models import PriceVersion
from providers.catalog import Catalog, NodeType

#: What of a catalog entry says what it costs.
TERMS = ("price", "credits", "credits_by", "credits_basis")

_digests: dict[str, tuple[Mapping[str, Any], str]] = {}


def terms_of(kind: NodeType) -> dict[str, Any]:
    """What the catalog says about the price of a node type."""
    return {name: kind.spec[name] for name in TERMS if name in kind.spec}


def digest_of(kind: NodeType) -> str:
    """The name of the price that the catalog has now: 16 hex digits."""
    spec, digest = _digests.get(kind.name, (None, ""))
    if spec is not kind.spec:
        digest = _digest(terms_of(kind))
        _digests[kind.name] = (kind.spec, digest)
    return digest


def _digest(terms: Mapping[str, Any]) -> str:
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def prices_of(kinds: Iterable[NodeType]) -> dict[str, str]:
    """Node type → its price now, for a run to keep."""
    return {kind.name: digest_of(kind) for kind in kinds if kind.is_remote}


def at_price(kind: NodeType, prices: Mapping[str, str]) -> NodeType:
    """The node type as it cost when these prices were kept; as it is where none is known of it."""
    digest = prices.get(kind.name, "")
    if digest in ("", digest_of(kind)):
        return kind
    terms = _kept_terms(kind.name, digest)
    if terms is None:
        return kind
    others = {name: value for name, value in kind.spec.items() if name not in TERMS}
    return replace(kind, spec=MappingProxyType({**others, **terms}))


@lru_cache(maxsize=256)
def _kept_terms(node_type: str, digest: str) -> dict[str, Any] | None:
    return (
        PriceVersion.objects.filter(node_type=node_type, digest=digest)
        .values_list("terms", flat=True)
        .first()
    )


def load_prices(catalog: Catalog) -> int:
    """Make a new version of every price that the catalog has changed since the last one. Returns how many."""
    with transaction.atomic():
        newest = {one.node_type: one for one in PriceVersion.objects.order_by("number")}
        changed = [
            PriceVersion(
                node_type=kind.name,
                number=newest[kind.name].number + 1 if kind.name in newest else 1,
                digest=digest_of(kind),
                terms=terms_of(kind),
            )
            for kind in catalog.kinds.values()
            if kind.is_remote and (kind.name not in newest or newest[kind.name].digest != digest_of(kind))
        ]
        PriceVersion.objects.bulk_create(changed)
    _kept_terms.cache_clear()
    return len(changed)


def versions_named(prices: Mapping[str, str]) -> dict[str, PriceVersion]:
    """Node type → the row of the price that a run kept; the newest where the catalog came back to an older price."""
    rows = PriceVersion.objects.filter(node_type__in=prices, digest__in=prices.values()).order_by("number")
    return {row.node_type: row for row in rows if prices[row.node_type] == row.digest}
