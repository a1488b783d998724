from __future__ import annotations

import re

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from PIL import Image

from assets import actions
from assets.serving import PIECE, AsyncPieces, Pieces
from assets.store import place_of
from providers.base import Media
from tests.assets.pictures import make_asset, noise, png
from tests.factories import team_of

pytestmark = pytest.mark.django_db

POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"


@pytest.fixture
def content() -> bytes:
    return png(40, 30)


@pytest.fixture
def asset(alice, tmp_path, content):
    return make_asset(alice, tmp_path, content=content, filename="Grüße 1.png")


def get(asset, **headers: str):
    return Client().get(asset.url, headers=headers)


def test_stored_bytes_are_served_without_a_login_and_with_careful_headers(asset, content):
    response = get(asset)

    assert response.status_code == 200
    assert response.content == content
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(content))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == POLICY
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Accept-Ranges"] == "bytes"
    assert "Access-Control-Allow-Credentials" not in response
    assert "Content-Disposition" not in response


def test_the_policy_of_media_lets_nothing_run_and_nobody_else_be_reached():
    rules = dict(rule.partition(" ")[::2] for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"  # so neither script, connection, frame nor plug-in
    assert rules["sandbox"] == ""  # and with no allowance: no script, form, pop-up or origin of ours
    assert not set(rules) & {"script-src", "script-src-elem", "object-src", "frame-src", "connect-src"}
    assert {rules["img-src"], rules["media-src"]} == {"'self'"}


def test_serving_touches_neither_session_nor_cookies(asset, alice, signed_in, django_assert_num_queries):
    browser = signed_in(alice)
    with django_assert_num_queries(1):  # the asset; a session would be a second
        response = browser.get(asset.url)

    assert response.status_code == 200
    assert not response.cookies
    assert "Vary" not in response


def test_names_hold_130_random_bits_and_lie_in_small_folders(asset, media_root):
    assert re.fullmatch(r"[a-z2-7]{26}\.png", asset.name)
    assert re.fullmatch(r"as_[a-z2-7]{26}", asset.id)
    assert asset.name[:26] not in asset.id
    assert (media_root / place_of(asset.blob)).is_file()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=20-39", 20, 39), ("bytes=30-", 30, None), ("bytes=-7", -7, None)],
)
def test_a_range_answers_206_with_exactly_its_bytes(asset, content, asked, first, last):
    response = get(asset, range=asked)

    expected = content[first:] if last is None else content[first : last + 1]
    start = first if first >= 0 else len(content) + first
    assert response.status_code == 206
    assert response.content == expected
    assert response["Content-Length"] == str(len(expected))
    assert response["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(content)}"


def test_a_range_longer_than_the_file_ends_with_the_file(asset, content):
    response = get(asset, range="bytes=10-999999")

    assert response.status_code == 206
    assert response.content == content[10:]
    assert get(asset, range="bytes=-999999").content == content


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_outside_the_file_answers_416_with_its_size(asset, content, asked):
    response = get(asset, range=asked)

    assert response.status_code == 416
    assert response.content == b""
    assert response["Content-Range"] == f"bytes */{len(content)}"
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "asked", ["bytes=9-0", "bytes=-", "bytes=a-b", "bytes=0-1,5-6", "lines=0-1", "bytes 0-1", "bytes=٣-٤"]
)
def test_a_range_that_cannot_be_read_gets_the_whole_file(asset, content, asked):
    response = get(asset, range=asked)

    assert response.status_code == 200
    assert response.content == content


def test_a_range_meant_for_other_bytes_gets_the_whole_file(asset, content):
    assert get(asset, **{"range": "bytes=0-3", "if-range": '"other"'}).status_code == 200
    assert get(asset, **{"range": "bytes=0-3", "if-range": f'"{asset.name}"'}).content == content[:4]


def test_head_says_the_size_and_sends_nothing(asset, content):
    response = Client().head(asset.url, headers={"range": "bytes=0-3"})

    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Length"] == str(len(content))


def test_a_browser_that_has_the_bytes_gets_304(asset):
    etag = get(asset)["ETag"]
    response = get(asset, **{"if-none-match": etag})

    assert response.status_code == 304
    assert response.content == b""
    assert response["Access-Control-Allow-Origin"] == "*"


def test_options_lets_other_origins_read_and_post_is_refused(asset):
    response = Client().options(asset.url)

    assert (response.status_code, response["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")
    assert Client().post(asset.url).status_code == 405


def test_download_gives_the_original_filename(asset):
    response = Client().get(f"{asset.url}?download=1")

    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%201.png"


@pytest.mark.parametrize(
    ("content_type", "ending"),
    [("text/csv", "csv"), ("application/json", "json"), ("application/zip", "zip"), ("text/plain", "txt")],
)
def test_what_is_not_media_is_always_a_download(alice, tmp_path, content_type, ending):
    asset = make_asset(alice, tmp_path, content=b"<b>1", content_type=content_type, filename=f"d.{ending}")
    response = get(asset)

    assert response["Content-Disposition"] == f'attachment; filename="d.{ending}"'
    assert response["Content-Type"].partition(";")[0] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_deleted_asset_is_404_at_both_addresses(alice, tmp_path, media_root):
    path = tmp_path / "big.png"
    path.write_bytes(png(900, 700))
    placed = actions.place(Media(path, "image/png", 900, 700))
    asset = actions.record(team=team_of(alice), placed=placed, origin="run", filename="big.png")
    thumbnail = f"/media/{asset.thumbnail_name}"
    assert (get(asset).status_code, Client().get(thumbnail).status_code) == (200, 200)
    assert Client().get(thumbnail)["Content-Type"] == "image/webp"
    assert max(Image.open(media_root / place_of(placed.blob, 512)).size) <= 512

    assert actions.delete_asset(asset=asset) is True
    assert actions.delete_asset(asset=asset) is False
    assert (get(asset).status_code, Client().get(thumbnail).status_code) == (404, 404)

    assert actions.restore(asset=asset) is True
    assert actions.restore(asset=asset) is False
    assert get(asset).status_code == 200


@pytest.mark.parametrize("name", ["aaaaaaaaaaaaaaaaaaaaaaaaaa.png", "nothing", "..", "%00", "a%2fb.png"])
def test_an_unknown_name_is_404_and_not_remembered(name):
    response = Client().get(f"/media/{name}")

    assert response.status_code == 404
    assert response.get("Cache-Control", "no-store") == "no-store"


def test_a_file_that_is_missing_in_the_store_is_404(asset, media_root):
    (media_root / place_of(asset.blob)).unlink()

    assert get(asset).status_code == 404


@pytest.fixture
def large(alice, tmp_path):
    content = noise(400, 400)
    assert len(content) > PIECE
    return make_asset(alice, tmp_path, content=content), content


def test_a_large_file_arrives_whole_in_pieces(large):
    asset, content = large
    response = get(asset)

    pieces = list(response.streaming_content)
    assert b"".join(pieces) == content
    assert len(pieces) == -(-len(content) // PIECE)
    assert b"".join(get(asset, range="bytes=5-").streaming_content) == content[5:]


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_under_asgi_a_large_file_is_read_piece_by_piece(large):
    asset, content = large
    response = await AsyncClient().get(asset.url)

    assert response.is_async
    assert b"".join([piece async for piece in response.streaming_content]) == content


@pytest.mark.parametrize("kind", [Pieces, AsyncPieces])
def test_the_file_is_closed_with_the_response(kind, tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    file = (tmp_path / "file").open("rb")
    StreamingHttpResponse(kind(file, 3)).close()

    assert file.closed
