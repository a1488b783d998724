from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from PIL import Image

from assets import actions
from assets.actions import MAX_BYTES
from assets.models import Asset
from assets.store import media_of, place_of
from providers.local.provenance import MadeBy
from tests.assets.pictures import bomb, files_in, make_asset, many_scans, noise, png, tone, turned_jpeg
from tests.factories import bearer, team_of

pytestmark = pytest.mark.django_db
UPLOAD = "/api/v1/media/upload"


def upload(user, content: bytes, filename: str = "picture.png", content_type: str = "image/png", **key):
    file = SimpleUploadedFile(filename, content, content_type)
    return Client().post(UPLOAD, {"file": file}, headers=bearer(user, **key))


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_boundary_is_refused_with_the_remedy(alice, content_type):
    response = Client().post(UPLOAD, b"--x\r\n", content_type=content_type, headers=bearer(alice))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_body")
    assert "Let your HTTP client write the Content-Type" in response.json()["error"]
    assert not Asset.objects.exists()


def test_an_upload_answers_with_everything_a_client_needs(alice, media_root):
    response = upload(alice, png(900, 700), "Red cat.png")

    asset = Asset.objects.get()
    data = response.json()["data"]
    assert response.status_code == 201
    assert data == {
        "id": asset.id,
        "url": f"http://127.0.0.1:8000/media/{asset.name}",
        "filename": "Red cat.png",
        "contentType": "image/png",
        "bytes": (media_root / place_of(asset.blob)).stat().st_size,
        "width": 900,
        "height": 700,
        "seconds": None,
        "thumbnailUrl": f"http://127.0.0.1:8000/media/{asset.thumbnail_name}",
        "origin": "upload",
        "sandbox": False,
        "createdAt": asset.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "value": asset.as_value(),
    }
    assert data["value"] == {
        "assetId": asset.id,
        "url": f"/media/{asset.name}",
        "thumbnailUrl": f"/media/{asset.thumbnail_name}",
        "contentType": "image/png",
        "width": 900,
        "height": 700,
        "seconds": None,
        "bytes": data["bytes"],
        "role": "",
        "sandbox": False,
    }
    assert (asset.team, asset.created_by) == (team_of(alice), alice)


def test_a_turned_photo_is_stored_upright_without_its_metadata(alice, media_root):
    response = upload(alice, turned_jpeg(120, 80, secret="HIDDEN-PLACE"), "photo.jpg", "image/jpeg")

    asset = Asset.objects.get()
    path = media_of(asset).path
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("JPEG", (80, 120))
        assert not picture.getexif()
    assert (asset.width, asset.height) == (80, 120)
    assert [response.json()["data"][key] for key in ("width", "height")] == [80, 120]
    for file in files_in(media_root):
        assert b"HIDDEN-PLACE" not in file.read_bytes()


def test_text_chunks_are_gone(alice, media_root):
    upload(alice, png(30, 20, secret="HIDDEN-PROMPT"))

    assert b"HIDDEN-PROMPT" not in media_of(Asset.objects.get()).path.read_bytes()


def test_a_thumbnail_is_a_webp_of_at_most_512_pixels(alice, media_root):
    upload(alice, png(1600, 400))

    with Image.open(media_root / place_of(Asset.objects.get().blob, 512)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 128))


def test_the_type_comes_from_the_bytes_not_from_the_name(alice):
    data = upload(alice, png(), "story.gif", "image/gif").json()["data"]

    assert (data["contentType"], data["filename"]) == ("image/png", "story.png")
    assert data["url"].endswith(".png")


def test_a_sound_is_kept_with_its_length(alice):
    data = upload(alice, tone(0.5), "tone.wav", "audio/wav").json()["data"]

    assert (data["contentType"], data["width"], data["thumbnailUrl"]) == ("audio/wav", None, None)
    assert data["seconds"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"broken" * 10,
        noise(80, 80)[:2000],
        bomb(),
        bomb(width=200_000_000, height=1),
        bytes(range(256)) * 40,
    ],
    ids=["empty", "svg", "html", "pdf", "broken", "cut off", "bomb", "long bomb", "noise"],
)
def test_what_is_not_media_is_refused_with_a_sentence_and_leaves_nothing(alice, media_root, content):
    response = upload(alice, content)

    body = response.json()
    assert response.status_code == 400
    assert body["error"].endswith(".")
    assert len(body["error"]) > 15
    assert "/" not in body["error"]
    assert (body["code"], body["type"]) == ("unsuitable_media", "invalid_request_error")
    assert Asset.objects.count() == 0
    assert files_in(media_root) == []
    assert files_in(media_root.parent / "scratch") == []


def test_a_picture_that_takes_too_long_to_read_is_refused_leaves_nothing_and_holds_up_no_other(
    alice, media_root, settings
):
    settings.PICTURE_SECONDS = 1
    response = upload(alice, many_scans(200), "scans.jpg", "image/jpeg")

    assert (response.status_code, response.json()["code"]) == (400, "unsuitable_media")
    assert "takes longer to open than a file may" in response.json()["error"]
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])
    assert files_in(media_root.parent / "scratch") == []
    assert upload(alice, png()).status_code == 201


def test_more_than_25_mb_are_refused_and_leave_nothing(alice, media_root):
    response = upload(alice, png() + bytes(MAX_BYTES))

    assert response.status_code == 413
    assert "25 MB" in response.json()["error"]
    assert Asset.objects.count() == 0
    assert files_in(media_root) == []
    assert files_in(media_root.parent / "scratch") == []


def fetch(user, url: str):
    return Client().post(UPLOAD, {"url": url}, "application/json", headers=bearer(user))


def test_an_address_is_copied_and_treated_like_an_upload(alice, elsewhere):
    (elsewhere / "a b.jpg").write_bytes(turned_jpeg(60, 40, secret="HIDDEN-PLACE"))
    response = fetch(alice, "http://pictures.example/a%20b.jpg?size=big")

    asset = Asset.objects.get()
    assert response.status_code == 201
    assert (asset.filename, asset.origin, asset.width, asset.height) == ("a b.jpg", "fetch", 40, 60)
    assert b"HIDDEN-PLACE" not in media_of(asset).path.read_bytes()


def test_a_page_behind_an_address_is_refused_and_leaves_nothing(alice, elsewhere, media_root):
    (elsewhere / "cat.png").write_bytes(b"<!doctype html><p>Sign in")
    response = fetch(alice, "http://pictures.example/cat.png")

    assert (response.status_code, response.json()["code"]) == (400, "unsuitable_media")
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])


def test_our_own_address_gives_the_asset_itself_to_its_team_alone(alice, charlie):
    data = upload(alice, png()).json()["data"]

    assert fetch(alice, data["url"]).json()["data"] == data
    assert fetch(charlie, data["url"]).status_code == 400
    assert Asset.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"url": "https://a.example/x.png", "file": "x"}, {"url": 7}, []])
def test_a_body_without_a_file_or_address_is_refused(alice, body):
    response = Client().post(UPLOAD, json.dumps(body), "application/json", headers=bearer(alice))

    assert response.status_code == 400
    assert Asset.objects.count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.png",
        "http://localhost/x.png",
        "http://[::1]/x.png",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://0x7f.1/x.png",
        "https://user:pass@127.0.0.1/x.png",
    ],
)
def test_an_address_inside_is_refused_and_leaves_nothing(alice, media_root, url):
    response = fetch(alice, url)

    assert response.status_code == 400
    assert "127.0.0.1" not in response.json()["error"]
    assert Asset.objects.count() == 0
    assert files_in(media_root) == []


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../etc/pass.png", "pass.png"),
        ("C:\\x\\é.PNG", "é.PNG"),
        ("a\x00\u202eb.exe", "ab.png"),
        (".png", "png.png"),
        ("\u202e" * 250 + "up/" * 40 + "\u2067cat\u2069" + "t" * 300 + ".png", "cat" + "t" * 193 + ".png"),
    ],
)
def test_filenames_are_names_only(alice, filename, kept):
    file = SimpleUploadedFile("x", png())
    assert actions.upload(team=team_of(alice), user=alice, file=file, filename=filename).filename == kept


def test_viewers_and_keys_without_the_scope_upload_nothing(alice, vera, rita, media_root):
    assert upload(vera, png()).status_code == 403
    refused = upload(alice, png(), scopes=["workflows:read"])
    assert (refused.status_code, refused.json()["requiredScope"]) == (403, "workflows:write")
    assert Client().post(UPLOAD).status_code == 401
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])

    assert upload(rita, png()).status_code == 201


@pytest.mark.parametrize(
    ("kind", "content", "sentence"),
    [
        ("image", b"Dear Sir, this is a letter.", "By its content this is text. Choose a picture: PNG,"),
        ("video", png(9, 9), "By its content this is a file of type image/png. Choose a video: MP4,"),
        ("data", png(9, 9), "By its content this is a file of type image/png. Choose a table or data: CSV"),
    ],
)
def test_another_kind_than_asked_for_is_refused_and_not_stored(kind, content, sentence, alice, media_root):
    file = SimpleUploadedFile("photo.png", content, "image/png")
    response = Client().post(UPLOAD, {"file": file, "kind": kind}, headers=bearer(alice))

    assert response.status_code == 400
    assert response.json()["error"].startswith(sentence)
    assert not Asset.objects.exists()
    assert files_in(media_root) == []


@pytest.mark.parametrize("filename", ["photo.PNG", "a clip.mp4", "photo.jpeg", "tone.wav"])
def test_a_text_that_is_named_like_media_is_refused_and_not_stored(filename, alice, media_root):
    response = upload(alice, b"Dear Sir,\nthis is a letter.\n", filename, "text/plain")

    assert response.status_code == 400
    assert "by its content it is text. Choose a " in response.json()["error"]
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])


@pytest.mark.parametrize("content", [b"hello", b"Dear Sir,\nthis is a letter.\n", b"name\nAda\n"])
def test_a_text_that_is_no_table_is_refused_and_not_stored(content, alice, media_root):
    response = upload(alice, content, "a.txt", "text/plain")

    assert response.status_code == 400
    assert response.json()["error"].startswith("This is a text, and not one that is taken. Send PNG, ")
    assert (Asset.objects.count(), files_in(media_root)) == (0, [])


@pytest.mark.parametrize(
    ("filename", "content_type"), [("a.csv", "text/plain"), ("a", "text/csv; charset=utf-8")]
)
def test_a_text_that_is_called_a_table_may_have_one_column(filename, content_type, alice):
    response = upload(alice, b"name\nAda\n", filename, content_type)
    assert (response.status_code, response.json()["data"]["contentType"]) == (201, "text/csv")


def test_a_text_of_any_other_name_is_data_where_it_reads_as_a_table(alice):
    assert upload(alice, b"a,b\n1,2\n", "schema.ts", "text/plain").status_code == 201
    assert Asset.objects.get().filename == "schema.csv"


@pytest.mark.parametrize(("kind", "content"), [("image", png(9, 9)), ("data", b"a,b\n1,2\n")])
def test_the_kind_that_was_asked_for_is_kept(kind, content, alice):
    file = SimpleUploadedFile("any.bin", content, "application/octet-stream")
    assert Client().post(UPLOAD, {"file": file, "kind": kind}, headers=bearer(alice)).status_code == 201


def test_a_large_file_is_received_in_a_folder_of_ours(settings):
    received = TemporaryUploadedFile("x.png", "image/png", 1, None)
    assert Path(received.temporary_file_path()).parent == settings.FILE_UPLOAD_TEMP_DIR
    received.close()


def test_a_picture_that_says_what_made_it_is_told_so_and_stored_without_it(alice, signed_in, tmp_path):
    made_by = MadeBy("cm" + "a" * 23, "7", "0b8b7d2e-4c7e-4d6a-9a55-3f6e7c1f2a10")
    result = make_asset(alice, tmp_path, made_by=made_by, reference=f"execution:{made_by.execution}")
    person = signed_in(alice)
    carried = person.get(f"/assets/{result.pk}/download")
    assert carried["Content-Disposition"] == 'attachment; filename="picture.png"'
    assert len(carried.content) == int(carried["Content-Length"])
    assert person.get(f"/assets/{result.pk}/download?origin=0").content == png()
    assert (
        Client().get(f"{result.url}?download=1").content == png()
    )  # whoever has the address gets the bare file

    data = upload(alice, carried.content).json()["data"]
    assert data["madeBy"] == {
        "workflowId": made_by.workflow,
        "version": made_by.version,
        "executionId": made_by.execution,
    }
    asset = Asset.objects.get(pk=data["id"])
    assert (asset.workflow, asset.version, asset.execution_id) == ("", "", "")
    assert made_by.workflow.encode() not in media_of(asset).path.read_bytes()
    assert "madeBy" not in upload(alice, png()).json()["data"]
