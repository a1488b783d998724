"""Uploads in two steps: announced, sent without a key, completed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from assets.actions import MAX_BYTES, clean_media
from assets.models import Asset, PendingUpload
from tests.assets.pictures import files_in, png
from tests.factories import bearer, team_of

pytestmark = pytest.mark.django_db


class Api:
    def __init__(self, user, **key):
        self.client, self.headers = Client(), bearer(user, **key)

    def post(self, path, body):
        return self.client.post(
            f"/api/v1/media{path}", json.dumps(body), content_type="application/json", headers=self.headers
        )


@pytest.fixture
def api(alice):
    return Api(alice)


def announce(api, content: bytes, filename: str = "cat.png", **more) -> dict:
    answer = api.post("/upload-url", {"bytes": len(content), "filename": filename, **more})
    assert answer.status_code == 201
    return answer.json()["data"]


def put(announced: dict, content: bytes):
    path = announced["uploadUrl"].removeprefix("http://127.0.0.1:8000")
    return Client().put(path, content, content_type=announced["headers"]["Content-Type"])


def complete(api, announced: dict, filename: str = "cat.png"):
    return api.post("/upload-url/complete", {"mediaId": announced["mediaId"], "filename": filename})


def test_a_file_goes_in_by_a_signed_address_without_a_key(api, alice, media_root):
    content = png(40, 30)
    announced = announce(api, content, contentType="image/png")
    assert list(announced) == ["uploadUrl", "method", "mediaId", "headers", "expiresAt"]
    assert (announced["method"], announced["headers"]) == ("PUT", {"Content-Type": "image/png"})
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/media/upload/[\w:-]+", announced["uploadUrl"])
    assert put(announced, content).status_code == 204
    assert not Asset.objects.exists()
    answer = complete(api, announced)
    asset = Asset.objects.get()
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["id"], data["url"]) == (announced["mediaId"], f"http://127.0.0.1:8000/media/{asset.name}")
    assert (data["filename"], data["contentType"], data["width"]) == ("cat.png", "image/png", 40)
    assert (asset.team, asset.created_by, asset.origin) == (team_of(alice), alice, "upload")
    assert not PendingUpload.objects.exists()
    assert [path.name for path in files_in(media_root)] == [asset.blob]
    assert Client().get(f"/media/{asset.name}").status_code == 200


def test_completing_again_gives_the_same_asset(api):
    content = png()
    announced = announce(api, content)
    put(announced, content)
    first, second = complete(api, announced), complete(api, announced)
    assert first.json() == second.json()
    assert Asset.objects.count() == 1


def test_sending_again_replaces_what_was_sent(api, media_root):
    small, large = png(10, 10), png(20, 20)
    size = max(len(small), len(large))
    announced = announce(api, large.ljust(size, b"\0"))
    assert put(announced, small.ljust(size, b"\0")).status_code == 204
    assert put(announced, large.ljust(size, b"\0")).status_code == 204
    assert len(list(files_in(media_root))) == 1
    assert complete(api, announced).json()["data"]["width"] == 20


def test_the_name_given_at_the_end_counts(api):
    content = png()
    announced = announce(api, content, "draft.png")
    put(announced, content)
    assert complete(api, announced, "Final cat.png").json()["data"]["filename"] == "Final cat.png"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"bytes": MAX_BYTES + 1, "filename": "a.mp4"}, 413, "larger than 25 MB"),
        ({"bytes": 0, "filename": "a.png"}, 400, "bytes"),
        ({"bytes": "many", "filename": "a.png"}, 400, "bytes"),
        ({"filename": "a.png"}, 400, "bytes"),
        ({"bytes": 3}, 400, "filename"),
        ({"bytes": 3, "filename": "a.pdf", "contentType": "application/pdf"}, 400, "Upload a picture"),
        (
            {"bytes": 3, "filename": "a.EXE"},
            400,
            "Upload a picture, a video, a sound, CSV or JSON: .exe files",
        ),
        ({"bytes": 3, "filename": "a.svg", "contentType": "image/svg+xml"}, 400, "Upload a picture"),
        ({"bytes": 3, "filename": "a.png", "contentType": "image/png\r\nX: y"}, 400, "contentType"),
    ],
)
def test_what_cannot_become_an_asset_is_refused_before_it_is_sent(api, body, status, said):
    answer = api.post("/upload-url", body)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True)
    assert not PendingUpload.objects.exists()


@pytest.mark.parametrize(("change", "status"), [(-1, 400), (1, 413)])
def test_the_address_takes_the_announced_size_and_no_other(api, media_root, change, status):
    content = png()
    announced = announce(api, content)
    answer = put(announced, content + b"\0" if change > 0 else content[:-1])
    assert (answer.status_code, answer.json()["type"]) == (status, "invalid_request_error")
    assert not list(files_in(media_root))
    assert PendingUpload.objects.get().part == ""
    assert complete(api, announced).json()["code"] == "upload_missing"


def test_an_address_that_was_not_signed_or_is_over_takes_nothing(api, media_root):
    content = png()
    announced = announce(api, content)
    forged = {**announced, "uploadUrl": announced["uploadUrl"][:-1] + "_"}
    other = signing.dumps(announced["mediaId"], salt="something else")
    for url in (forged["uploadUrl"], f"http://127.0.0.1:8000/media/upload/{other}"):
        answer = put({**announced, "uploadUrl": url}, content)
        assert (answer.status_code, answer.json()["code"]) == (403, "upload_address_invalid")
    PendingUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert put(announced, content).status_code == 403
    assert complete(api, announced).status_code == 404
    assert not list(files_in(media_root))


def test_what_is_no_media_ends_the_upload_and_leaves_nothing(api, media_root):
    content = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    announced = announce(api, content)
    put(announced, content)
    answer = complete(api, announced)
    assert (answer.status_code, answer.json()["code"]) == (400, "unsuitable_media")
    assert not Asset.objects.exists()
    assert not PendingUpload.objects.exists()
    assert not list(files_in(media_root))


def test_another_team_cannot_complete_it(api, charlie):
    content = png()
    announced = announce(api, content)
    put(announced, content)
    answer = complete(Api(charlie), announced)
    assert (answer.status_code, answer.json()["error"]) == (404, "Media not found")
    assert PendingUpload.objects.get().part
    assert not Asset.objects.exists()


def test_uploads_need_the_role_and_the_scope(alice, vera):
    for stranger, code in (
        (Api(vera), "forbidden"),
        (Api(alice, scopes=["workflows:read"]), "insufficient_scope"),
    ):
        for path, body in (
            ("/upload-url", {"bytes": 1, "filename": "a"}),
            ("/upload-url/complete", {"mediaId": "a"}),
        ):
            answer = stranger.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert not PendingUpload.objects.exists()


def test_what_was_never_completed_is_cleaned_away(api, media_root):
    content = png()
    put(announce(api, content), content)
    PendingUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert clean_media(older_than=timedelta(0)) == 1
    assert not PendingUpload.objects.exists()
    assert not list(files_in(media_root))
