"""What a node costs: the catalog's own figures, for every entry and every variant."""

from __future__ import annotations

import math

import pytest

from credits.pricing import Price, price_of
from tests.workflows.graphs import CATALOG, graph_of, node

KINDS = sorted((kind for kind in CATALOG.kinds.values() if not kind.is_note), key=lambda kind: kind.name)
VARIANTS = [
    (kind, name, value, credits)
    for kind in KINDS
    for name, table in kind.spec.get("credits_by", {}).items()
    for value, credits in table.items()
]


def price(kind_name: str, *, wired: tuple[str, ...] = (), **params: object) -> Price:
    """The price of a node as it is run: aliases and retired types resolved, defaults filled in."""
    one = graph_of([node("n", kind_name, **params)]).nodes["n"]
    return price_of(one.kind, one.params, wired=wired)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_node_with_its_defaults_costs_what_the_catalog_says(kind):
    assert price(kind.name).credits == kind.spec["credits"]


@pytest.mark.parametrize(("kind", "name", "value", "credits"), VARIANTS, ids=str)
def test_a_variant_costs_what_the_catalogs_table_says(kind, name, value, credits):
    assert price(kind.name, **{name: value}).credits == credits
    assert price(kind.name, **{name: value, "num_images": 3}).credits == 3 * credits


def test_what_is_published_is_what_is_charged():
    assert price("generate:nano_banana").credits == 4
    assert price("generate:nano_banana_2", resolution="1K").credits == 7
    assert [price("generate:nano_banana_pro", resolution=one).credits for one in ("1K", "2K", "4K")] == [
        13,
        13,
        24,
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.is_remote], ids=lambda kind: kind.name)
def test_what_runs_here_is_free(kind):
    assert price_of(kind, {}).credits == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.is_remote], ids=lambda kind: kind.name)
def test_no_parameter_makes_a_paid_node_free_or_a_price_broken(kind):
    for param in kind.params:
        values = [*param.values, None, "", 0, -1, "nonsense", True, [], {}, math.nan]
        for value in values:
            credits = price_of(kind, {param.id: value}).credits
            assert isinstance(credits, int)
            assert credits >= (1 if kind.spec["price"]["usd"] or "credits_by" in kind.spec else 0)


@pytest.mark.parametrize(("kind", "name"), sorted({(kind.name, name) for kind, name, *_ in VARIANTS}))
def test_a_wired_parameter_counts_at_its_dearest(kind, name):
    dearest = max(credits for one, _, _, credits in VARIANTS if one.name == kind)
    assert price(kind, wired=(name,)).credits == dearest


def test_a_wired_number_of_pictures_counts_at_the_most_there_can_be():
    param = CATALOG["generate:nano_banana_2"].param("num_images")
    assert param is not None
    assert price("generate:nano_banana_2", resolution="1K", wired=("num_images",)).credits == 7 * int(
        param.max
    )
