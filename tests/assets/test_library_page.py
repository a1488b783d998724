"""Finding assets on the library page, and what its buttons do with several of them."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.actor import Actor
from assets import actions, exporting
from assets.library import Filters, found, page_of
from assets.models import Asset, Favourite
from executions import library_pages
from providers.local.provenance import MadeBy
from tests.assets.pictures import files_in, make_asset, png, tone
from tests.factories import make_team, team_of
from workflows.actions import pin_version
from workflows.models import Workflow

pytestmark = pytest.mark.django_db
URL, HOOK = "https://example.com/a.png", "https://hooks.example.com/services/T0/B0/x"
NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
MADE = MadeBy("cm" + "a" * 23, "7", "0b8b7d2e-4c7e-4d6a-9a55-3f6e7c1f2a10")


def actor(user) -> Actor:
    return Actor(user=user, team=team_of(user), role="owner", key=None)


def names(browser, query: str) -> list[str]:
    """The filenames on the page, in order."""
    page = browser.get(f"/assets{query}", headers={"HX-Request": "true"}).content.decode()
    return re.findall(r'<p class="two-lines" title="([^"]*)"', page)


@pytest.fixture
def shelf(alice, bob, charlie, tmp_path) -> dict[str, Asset]:
    """Six files of one team, an hour apart and the newest first, and one of strangers."""
    run = {"made_by": MADE, "node_type": "generate:flux_pro", "created_by": bob}
    made = [
        make_asset(alice, tmp_path, filename="red cat.png"),
        make_asset(alice, tmp_path, filename="blue cat.png", **run),
        make_asset(alice, tmp_path, filename="tone.wav", content=tone(), content_type="audio/wav"),
        make_asset(alice, tmp_path, filename="prices.csv", content=b"a,b", content_type="text/csv"),
        make_asset(alice, tmp_path, filename="100%_cat.png", created_by=alice),
        make_asset(alice, tmp_path, filename="old dog.png"),
    ]
    for hours, asset in enumerate(made):
        Asset.objects.filter(pk=asset.pk).update(created_at=NOON - timedelta(hours=hours))
    Asset.objects.filter(pk=made[-1].pk).update(created_at=NOON - timedelta(days=40))
    make_asset(charlie, tmp_path, filename="foreign cat.png")
    return {asset.filename: asset for asset in made}


ALL = ["red cat.png", "blue cat.png", "tone.wav", "prices.csv", "100%_cat.png", "old dog.png"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ALL),
        ("?q=CAT", ["red cat.png", "blue cat.png", "100%_cat.png"]),
        ("?q=cat+red", ["red cat.png"]),
        ("?q=100%25_", ["100%_cat.png"]),
        ("?q=%25", ["100%_cat.png"]),
        ("?kind=audio", ["tone.wav"]),
        ("?kind=data", ["prices.csv"]),
        (f"?workflow={MADE.workflow}", ["blue cat.png"]),
        ("?node=generate:flux_pro", ["blue cat.png"]),
        ("?since=2026-05-10&until=2026-05-10", ALL[:-1]),
        ("?until=2026-05-09", ["old dog.png"]),
        ("?kind=image&q=cat&node=generate:flux_pro&since=2026-01-01", ["blue cat.png"]),
        ("?kind=pdf&person=x&since=soon&until=9999-12-31&cursor=x~y", ALL),
        ("?person=999999999999999999", []),
        ("?q=zzz", []),
    ],
)
def test_filters_stand_in_the_address(alice, signed_in, shelf, query, shown):
    assert names(signed_in(alice), query) == shown


def test_a_person_an_id_and_favourites_are_filters_too(alice, bob, signed_in, shelf):
    assert names(signed_in(alice), f"?person={bob.pk}") == ["blue cat.png"]
    assert names(signed_in(alice), f"?q={shelf['tone.wav'].pk}") == ["tone.wav"]
    address = f"/assets/{shelf['red cat.png'].pk}/favourite"
    star = signed_in(alice).post(address, {"on": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in star
    assert signed_in(alice).post(address, {"on": "1"}).status_code == 303
    assert names(signed_in(alice), "?favourites=1") == ["red cat.png"]
    assert names(signed_in(bob), "?favourites=1") == []
    signed_in(alice).post(address, {"on": "0"})
    assert names(signed_in(alice), "?favourites=1") == []


def test_a_stranger_marks_nothing(charlie, signed_in, shelf):
    address = f"/assets/{shelf['red cat.png'].pk}/favourite"
    assert signed_in(charlie).post(address, {"on": "1"}).status_code == 404
    assert not Favourite.objects.exists()


def test_pages_go_on_where_they_ended_whatever_arrives_meanwhile(
    alice, signed_in, shelf, tmp_path, monkeypatch
):
    monkeypatch.setattr(library_pages, "PER_PAGE", 2)
    same = NOON - timedelta(hours=1)
    Asset.objects.filter(pk=shelf["tone.wav"].pk).update(created_at=same)  # as another one of the page before
    seen: list[str] = []
    filters, cursor = Filters(), ""
    for _ in range(3):
        assets, cursor = page_of(actor(alice), filters, cursor, 2)
        seen += [asset.filename for asset in assets]
        make_asset(alice, tmp_path, filename="new.png")
    assert cursor == ""
    assert sorted(seen) == sorted(ALL)

    page = signed_in(alice).get("/assets?kind=image").content.decode()
    (older,) = re.findall(r'hx-get="(/assets[^"]*cursor[^"]*)"', page)
    assert "kind=image" in older
    part = signed_in(alice).get(older.replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert b"<html" not in part.content and b"asset" in part.content


def test_the_library_reads_as_much_for_many_assets_as_for_few(alice, signed_in, shelf):
    browser = signed_in(alice)
    browser.get("/assets")
    with CaptureQueriesContext(connection) as asked:
        browser.get("/assets?q=cat")
    assert len([one for one in asked if "assets_" in one["sql"]]) == 2  # the page and its favourites


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "assets_of_team_newest"),
        (Filters(q="cat"), "assets_of_team_newest"),
        (Filters(kind="audio"), "assets_by_kind"),
        (Filters(workflow="cmx"), "assets_by_workflow"),
        (Filters(node_type="x:y"), "assets_by_node_type"),
        (Filters(person="1"), "assets_by_person"),
        (Filters(bin=True), "assets_in_bins"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by what is in the table")
def test_every_filter_has_its_index_in_the_order_of_the_page(alice, filters, index):
    plan = found(actor(alice), filters)[:49].explain()
    assert f"USING INDEX {index} " in plan
    assert "TEMP B-TREE" not in plan


def test_several_go_into_the_bin_come_back_and_are_gone_for_good(alice, signed_in, shelf, media_root):
    browser = signed_in(alice)
    chosen = [shelf["prices.csv"], shelf["tone.wav"]]
    ids = {"asset": [asset.pk for asset in chosen]}
    assert browser.post("/assets/delete", ids)["Location"] == "/assets"
    assert "2 assets went into the bin" in browser.get("/assets").content.decode()
    assert sorted(names(browser, "?bin=1")) == ["prices.csv", "tone.wav"]
    assert browser.get(chosen[0].url).status_code == 404
    page = browser.get("/assets?bin=1").content.decode()
    assert not any(asset.name in page for asset in chosen)

    assert browser.post("/assets/restore", {"asset": chosen[0].pk}).status_code == 303
    assert browser.get(chosen[0].url).status_code == 200
    before = len(files_in(media_root))
    browser.post("/assets/discard", ids)
    assert set(Asset.objects.filter(pk__in=ids["asset"])) == {chosen[0]}
    assert len(files_in(media_root)) == before - 1


@pytest.mark.parametrize("deed", ["delete", "restore", "discard", "use", "download"])
def test_ids_of_strangers_and_roles_below_change_nothing(alice, charlie, rita, signed_in, shelf, deed):
    thrown, kept = shelf["prices.csv"], shelf["tone.wav"]
    actions.delete_asset(asset=thrown)
    before = list(Asset.objects.order_by("pk").values())
    ids = {"asset": [thrown.pk, kept.pk]}
    answer = signed_in(charlie).post(f"/assets/{deed}", ids)
    assert answer.status_code == (400 if deed in ("use", "download") else 303)
    if deed != "download":
        assert signed_in(rita).post(f"/assets/{deed}", ids).status_code == 403
    assert signed_in(alice).get(f"/assets/{deed}").status_code == 405
    assert list(Asset.objects.order_by("pk").values()) == before
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("ids", [[], [f"as_{number:026}" for number in range(201)]], ids=["none", "too many"])
def test_none_or_too_many_are_refused_with_a_sentence(alice, signed_in, shelf, ids):
    for deed in ("delete", "restore", "discard", "use", "download"):
        answer = signed_in(alice).post(f"/assets/{deed}", {"asset": ids})
        assert answer.status_code == 400
        assert b"Tick " in answer.content


def test_several_are_downloaded_as_a_zip_with_names_of_their_own(alice, signed_in, tmp_path):
    made = [
        make_asset(alice, tmp_path, filename="cat.png", content=png(8 + width, 6), made_by=MADE)
        for width in range(3)
    ]
    answer = signed_in(alice).post("/assets/download", {"asset": [asset.pk for asset in made], "origin": "1"})
    assert answer["Content-Type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="assets-[-0-9]+\.zip"', answer["Content-Disposition"])
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["cat.png", "cat (2).png", "cat (3).png"]
        sizes = [Image.open(io.BytesIO(archive.read(name))).size for name in archive.namelist()]
        assert sizes == [(10, 6), (9, 6), (8, 6)]
        assert MADE.workflow.encode() in archive.read("cat.png")
    plain = signed_in(alice).post("/assets/download", {"asset": made[0].pk})
    with zipfile.ZipFile(io.BytesIO(plain.getvalue())) as archive:
        assert archive.read("cat.png") == png(8, 6)


def test_more_than_a_download_holds_is_refused(alice, signed_in, shelf, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_BYTES", 10)
    answer = signed_in(alice).post("/assets/download", {"asset": [asset.pk for asset in shelf.values()]})
    assert answer.status_code == 413
    assert b"Choose fewer" in answer.content


def test_assets_are_used_in_a_new_workflow_and_below_the_nodes_of_another(alice, signed_in, shelf):
    browser = signed_in(alice)
    first = browser.post("/assets/use", {"asset": [shelf["red cat.png"].pk, shelf["prices.csv"].pk]})
    workflow = Workflow.objects.get()
    assert (first.status_code, first["Location"]) == (303, f"/flow/{workflow.pk}")
    assert workflow.name == "red cat"
    browser.post("/assets/use", {"asset": shelf["tone.wav"].pk, "workflow": workflow.pk})
    workflow.refresh_from_db()
    nodes, _ = workflow.graph_json()
    assert [node["id"] for node in nodes] == ["asset-1", "asset-2", "asset-3"]
    assert [node["data"]["nodeType"] for node in nodes] == ["input:image", "input:table", "input:image"]
    assert nodes[0]["data"]["params"]["image"] == shelf["red cat.png"].as_value()
    assert nodes[2]["data"]["params"]["mediaType"] == "AUDIO"
    assert nodes[2]["position"]["y"] > nodes[0]["position"]["y"]


@pytest.mark.parametrize("whose", ["own", "another team's"])
def test_a_download_carries_the_graph_that_was_run(alice, signed_in, tmp_path, whose):
    team = team_of(alice) if whose == "own" else make_team()
    workflow = Workflow.objects.create(team=team, name="Fox")
    photo = f"/media/{'b' * 26}.png"
    nodes = [
        {"id": "t", "data": {"nodeType": "input:text", "params": {"prompt": "a red fox"}}},
        {
            "id": "p",
            "data": {"nodeType": "input:image", "params": {"image": {"url": photo}, "mediaType": "IMAGE"}},
        },
        {
            "id": "l",
            "data": {"nodeType": "input:image_list", "params": {"images": [{"url": photo}, {"url": URL}]}},
        },
        {
            "id": "u",
            "data": {
                "nodeType": "image:edit",
                "params": {"prompt": "a hat", "image": photo, "seeds": [None, 4]},
            },
        },
        {"id": "j", "data": {"nodeType": "input:json", "params": {"value": {"scene": "a", "image": photo}}}},
        {"id": "w", "data": {"nodeType": "output:webhook", "params": {"url": HOOK, "headers": "X-Team: a"}}},
    ]
    version = pin_version(workflow=workflow, nodes=nodes, edges=[])
    made_by = MadeBy(workflow.pk, str(version.pk), MADE.execution)
    asset = make_asset(alice, tmp_path, filename="fox.png", content=png(8, 6), made_by=made_by)
    content = signed_in(alice).get(f"/assets/{asset.pk}/download").getvalue()
    with Image.open(io.BytesIO(content)) as picture:
        found = re.findall(r'wireflow:graph="([^"]+)"', str(picture.info["xmp"]))
    if whose == "own":
        graph = json.loads(zlib.decompress(base64.b64decode(found[0])))
        assert (graph["name"], graph["edges"]) == ("Fox", [])
        # Anybody may be given the picture: neither the files that went in nor where results are sent is told.
        assert [node["data"]["params"] for node in graph["nodes"]] == [
            {"prompt": "a red fox"},
            {"image": None, "mediaType": "IMAGE"},
            {"images": [{"url": URL}]},
            {"prompt": "a hat", "image": "", "seeds": [None, 4]},
            {"value": {"scene": "a", "image": ""}},
            {},
        ]
        workflow.deleted_at = NOON
        workflow.save(update_fields=["deleted_at"])
        assert b"wireflow:graph" not in signed_in(alice).get(f"/assets/{asset.pk}/download").getvalue()
    else:
        assert found == []
