"""Node types whose models their makers have retired: they run as what the catalog names in their place."""

from __future__ import annotations

from providers.catalog import Catalog


def retired_names(catalog: Catalog) -> frozenset[str]:
    """All names that graphs have for them."""
    retired = {kind.name for kind in catalog.kinds.values() if kind.status == "retired"}
    old = {name for name, new in catalog.migrations.items() if new in retired}
    gone = {
        name
        for kind in catalog.kinds.values()
        for name, note in kind.spec.get("alias_lint", {}).items()
        if note["rule"] == "retired-model"
    }
    return frozenset(gone | old | {name for name, own in catalog.names.items() if own in retired})
