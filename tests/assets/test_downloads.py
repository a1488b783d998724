"""The download proxy: our own media and those of hosts that were named, nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Bucket, Team
from assets import actions
from assets.models import Asset
from assets.serving import HEADERS
from tests.assets.pictures import make_asset, png
from tests.factories import bearer, team_of

pytestmark = pytest.mark.django_db


def get(url: str | None = None, **headers):
    return Client().get("/api/download", {} if url is None else {"url": url}, headers=headers)


@pytest.fixture
def asset(alice, tmp_path) -> Asset:
    return make_asset(alice, tmp_path, filename="Red cat.png")


@pytest.fixture
def named(settings) -> None:
    """The operator named the host whose files lie ``elsewhere``."""
    settings.DOWNLOAD_HOSTS = ["cdn.example.com"]


@pytest.mark.parametrize("before", ["http://127.0.0.1:8000", ""])
def test_our_own_media_come_as_a_download(asset, before):
    answer = get(f"{before}/media/{asset.name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Red cat.png"'
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert answer.content == Client().get(f"/media/{asset.name}").content


def test_a_preflight_and_another_method(asset):
    answer = Client().options("/api/download")
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert Client().post("/api/download").status_code == 405


def test_deleted_media_are_gone(asset):
    actions.delete_asset(asset=asset)
    answer = get(f"/media/{asset.name}")
    assert (answer.status_code, answer.json()["error"]) == (404, "Media not found")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png", "http://127.0.0.1/a.png", "https://cdn.example.com.evil.org/a.png",
        "https://cdn.example.com@evil.org/a.png", "file:///etc/passwd", "/etc/passwd", "//evil.org/a.png", "x",
        "http://[::1", "https://evil.org/media/" + "a" * 26 + ".png",
    ],
)  # fmt: skip
def test_other_hosts_are_refused(named, url):
    answer = get(url)
    assert (answer.status_code, answer.json()["code"]) == (400, "url_not_allowed")
    assert answer.json()["error"].startswith("This server only downloads its own media")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_without_an_address_nothing_is_downloaded():
    answer = get()
    assert (answer.status_code, answer.json()["code"]) == (400, "missing_fields")


def test_no_host_is_named_until_the_operator_does(elsewhere):
    (elsewhere / "cat.png").write_bytes(png())
    assert get("http://cdn.example.com/cat.png").status_code == 400


def test_the_media_of_a_named_host_are_handed_on_by_their_bytes(named, elsewhere):
    (elsewhere / "cat.html").write_bytes(png(8, 8))
    answer = get("http://cdn.example.com/cat.html")
    assert answer.status_code == 200
    assert (answer.content, answer.headers["Content-Type"]) == (png(8, 8), "image/png")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cat.png"'


@pytest.mark.parametrize("content", [b"<html>", b"%PDF-1.7", b"{}", b""])
def test_what_is_no_media_is_not_handed_on(named, elsewhere, content):
    (elsewhere / "a").write_bytes(content)
    answer = get("http://cdn.example.com/a")
    assert (answer.status_code, answer.json()["code"]) == (400, "url_not_allowed")


def test_what_cannot_be_fetched_is_said(named, elsewhere):
    answer = get("http://cdn.example.com/missing.png")
    assert (answer.status_code, answer.json()["code"]) == (400, "url_not_allowed")
    assert answer.json()["error"].startswith("The address could not be fetched.")


def told(answer) -> tuple[int, int, int]:
    headers = answer.headers
    return answer.status_code, int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])


def test_a_batch_of_results_is_fetched_in_one_go_without_a_key(asset):
    for left in range(119, -1, -1):
        assert told(get(f"/media/{asset.name}")) == (200, 120, left)
    answer = get(f"/media/{asset.name}")
    assert told(answer) == (429, 120, 0)
    assert int(answer.headers["Retry-After"]) == answer.json()["retryAfter"]
    assert Bucket.objects.get().used == 120
    assert (
        Client().get("/api/v1/nothing").status_code == 404
    )  # other calls of the address have a count of their own
    assert told(Client().get("/api/download", {"url": "x"}, REMOTE_ADDR="198.51.100.7")) == (400, 120, 119)


def test_a_download_with_a_good_key_counts_for_its_team_alone(asset, alice):
    for _ in range(121):
        get(f"/media/{asset.name}")
    Team.objects.filter(pk=team_of(alice).pk).update(plan="starter")
    assert told(get(f"/media/{asset.name}", **bearer(alice))) == (200, 20, 19)
    Bucket.objects.filter(name=f"calls of team {team_of(alice).pk}").update(used=20)
    assert told(get(f"/media/{asset.name}", **bearer(alice))) == (429, 20, 0)


def test_a_download_of_somebody_signed_in_is_not_counted(asset, alice, signed_in):
    browser = signed_in(alice)
    assert told(browser.get("/api/download", {"url": f"/media/{asset.name}"})) == (200, 1_000_000, 1_000_000)
    assert not Bucket.objects.exists()


def test_a_bad_key_downloads_like_none(asset):
    assert told(get(f"/media/{asset.name}", Authorization="Bearer sk-x")) == (200, 120, 119)
