"""Prices as versions: a new one for every change, none ever changed, and runs keep those they were accepted at."""

from __future__ import annotations

import json
from html import unescape

import pytest

from credits.models import PriceVersion
from credits.prices import at_price, digest_of, load_prices, prices_of, versions_named
from credits.pricing import price_of
from executions.models import Execution
from executions.providers import provider_named
from providers.catalog import CATALOG_FILE, load_catalog, parse_catalog
from tests.executions.boards import node, preview, text
from tests.executions.runs import Hand, node_run, prove, start, wallet

pytestmark = pytest.mark.django_db
KIND = "generate:nano_banana_2"


@pytest.fixture
def dearer():
    """The catalog, and then with another price for one node type."""
    raw = json.loads(CATALOG_FILE.read_text(encoding="utf-8"))
    entry = next(one for one in raw["node_types"] if one["type"] == KIND)
    entry["credits_by"], entry["credits"] = {"resolution": {"512": 1, "1K": 90, "2K": 90, "4K": 90}}, 90
    return parse_catalog(json.dumps(raw))


def versions():
    return list(
        PriceVersion.objects.filter(node_type=KIND).order_by("number").values_list("number", "terms__credits")
    )


def test_a_price_that_changed_is_a_new_version_and_one_that_did_not_is_none(dearer):
    remote = [kind for kind in load_catalog().kinds.values() if kind.is_remote]
    assert load_prices(load_catalog()) == len(remote)
    assert load_prices(load_catalog()) == 0
    assert load_prices(dearer) == 1
    assert load_prices(load_catalog()) == 1
    assert versions() == [(1, 7), (2, 90), (3, 7)]


def test_no_version_is_ever_changed_or_deleted():
    load_prices(load_catalog())
    one = PriceVersion.objects.get(node_type=KIND)
    for deed in (
        one.save, one.delete, PriceVersion.objects.all().delete, lambda: PriceVersion.objects.update(number=9)
    ):  # fmt: skip
        with pytest.raises(TypeError, match="never"):
            deed()
    assert versions() == [(1, 7)]


def test_a_price_that_was_kept_is_found_when_the_catalog_has_another(dearer):
    kept = prices_of([load_catalog()[KIND]])
    new = dearer[KIND]
    assert at_price(new, kept) is new  # no row tells what it was
    load_prices(load_catalog())
    load_prices(dearer)
    params = {param.id: param.default for param in new.params}
    assert price_of(at_price(new, kept), params).credits == 7
    assert price_of(new, params).credits == 90
    assert at_price(new, {KIND: digest_of(new)}) is new
    assert at_price(new, {}) is new
    assert versions_named(kept)[KIND].number == 1


def test_a_run_is_charged_by_the_price_it_was_accepted_at(
    alice, dearer, monkeypatch, settings, tmp_path, client
):
    settings.MEDIA_ROOT, settings.SCRATCH_DIR = tmp_path / "media", tmp_path / "scratch"
    settings.SANDBOX_JOURNAL, settings.SANDBOX_LATENCY = tmp_path / "sandbox.sqlite3", "0"
    settings.MEDIA_ROOT.mkdir()
    provider_named.cache_clear()
    load_prices(load_catalog())
    nodes = [
        text("ask", "one\ntwo"), node("lines", "utility:text_split", separator="\n"), node("each", "utility:iterate"),
        node("make", KIND, resolution="512"), preview(),
    ]  # fmt: skip
    wires = (
        "ask.prompt lines.text",
        "lines.items each.list",
        "each.item make.prompt",
        "make.images out.value",
    )
    execution = start(alice, nodes, *wires)
    assert Execution.objects.get().prices == {KIND: digest_of(load_catalog()[KIND])}
    # As if it had been accepted when the catalog said something else: that is what is spent.
    load_prices(dearer)
    Execution.objects.update(prices={KIND: digest_of(dearer[KIND])})
    execution.refresh_from_db()
    done = Hand().finish(execution)
    prove(done)
    assert (done.status, done.credits_used, wallet(alice)) == ("COMPLETED", 2, (998, 0, 2))
    client.force_login(alice)
    page = unescape(client.get(f"/executions/{execution.pk}").content.decode())
    assert page.count("By price version 2 of this node type, in force since") == 2
    assert "5 were set aside; 1 were spent." in page
    assert node_run(done, item_path="0").price == 5
    provider_named.cache_clear()
