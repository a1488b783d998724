from __future__ import annotations

import base64
import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage, default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from assets import actions
from assets.models import Asset
from assets.store import find_for, media_of, place_of, remove_older
from providers.base import Media
from providers.errors import BadOutput
from tests.assets.pictures import files_in, make_asset, noise, png, tone
from tests.factories import team_of

pytestmark = pytest.mark.django_db
DAYS_2 = 2 * 24 * 60 * 60


class Bucket(Storage):
    """A storage whose files have no path on this machine."""

    def __init__(self) -> None:
        self.files = InMemoryStorage()

    def _open(self, name, mode="rb"):
        return self.files.open(name, mode)

    def _save(self, name, content):
        return self.files.save(name, content)

    def exists(self, name):
        return self.files.exists(name)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "form",
    [
        "{id}",
        "/media/{name}",
        "/media/{name}?download=1",
        "http://127.0.0.1:8000/media/{name}",
        "HTTP://127.0.0.1:8000/media/{name}#x",
        "/media/{thumbnail}",
    ],
)
def test_our_own_values_name_the_asset_for_its_team_alone(alice, charlie, tmp_path, form):
    asset = make_asset(alice, tmp_path)
    Asset.objects.filter(id=asset.id).update(thumbnail_name=f"{'a' * 26}.webp")
    value = form.format(id=asset.id, name=asset.name, thumbnail=f"{'a' * 26}.webp")

    assert find_for(team_of(alice), value) == asset
    assert find_for(team_of(alice), {"url": value}) == asset
    assert find_for(team_of(charlie), value) is None
    assert find_for(team_of(charlie), {"url": value}) is None


def test_a_ref_names_the_asset_for_its_team_alone(alice, charlie, tmp_path):
    asset = make_asset(alice, tmp_path)

    assert find_for(team_of(alice), asset.as_value()) == asset
    assert find_for(team_of(charlie), asset.as_value()) is None
    actions.delete_asset(asset=asset)
    assert find_for(team_of(alice), asset.as_value()) is None


@pytest.mark.parametrize(
    "form",
    [
        "https://evil.example/media/{name}",
        "http://127.0.0.1:8000@evil.example/media/{name}",
        "http://127.0.0.1:9000/media/{name}",
        "//127.0.0.1:8000/media/{name}",
        "/media/x/{name}",
        "/media/../media/{name}",
        "/other/{name}",
        "{name}",
        "http://[/media/{name}",
        "",
        "/media/\x00",
    ],
)
def test_other_addresses_are_not_ours(alice, tmp_path, form):
    asset = make_asset(alice, tmp_path)

    assert find_for(team_of(alice), form.format(name=asset.name)) is None


@pytest.mark.parametrize("value", [None, 3, [], {}, {"assetId": 3}, {"url": ["x"]}, True])
def test_values_of_another_shape_are_not_ours(alice, value):
    assert find_for(team_of(alice), value) is None


def test_media_of_is_the_stored_file(alice, tmp_path):
    asset = make_asset(alice, tmp_path, content=png(40, 30))
    media = media_of(asset)

    assert media.path.read_bytes() == png(40, 30)
    assert (media.content_type, media.width, media.height, media.role) == ("image/png", 40, 30, "")


def test_a_storage_elsewhere_is_copied_into_the_scratch_folder(alice, tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "tests.assets.test_store.Bucket"},
    }
    asset = make_asset(alice, tmp_path, content=png(40, 30))

    assert media_of(asset, tmp_path).path == tmp_path / asset.name
    assert (tmp_path / asset.name).read_bytes() == png(40, 30)
    with pytest.raises(NotImplementedError):
        media_of(asset)


def test_placing_a_picture_makes_its_thumbnail(tmp_path, media_root):
    path = written(tmp_path / "result.png", png(1200, 600))
    placed = actions.place(Media(path, "image/png", 1200, 600, role="mask"))

    assert (placed.width, placed.height, placed.role, placed.bytes) == (
        1200,
        600,
        "mask",
        path.stat().st_size,
    )
    assert len(placed.sha256) == 64
    assert (media_root / place_of(placed.blob)).read_bytes() == path.read_bytes()
    with Image.open(media_root / place_of(placed.blob, 512)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (512, 256))
    with Image.open(media_root / place_of(placed.blob, 256)) as small:
        assert (small.format, small.size) == ("WEBP", (256, 128))
    with Image.open(io.BytesIO(base64.b64decode(placed.blur))) as blur:
        assert (blur.format, blur.size) == ("WEBP", (16, 8))
    assert Asset.objects.count() == 0


def test_a_small_picture_is_its_own_thumbnail(alice, tmp_path, media_root):
    path = written(tmp_path / "result.png", png(64, 64))
    placed = actions.place(Media(path, "image/png", 64, 64))
    asset = actions.record(team=team_of(alice), placed=placed, origin="run")

    assert len(files_in(media_root)) == 1
    assert asset.thumbnail_url == asset.url
    assert asset.filename == f"{asset.name[:8]}.png"


def test_a_sound_has_no_thumbnail(tmp_path, media_root):
    placed = actions.place(Media(written(tmp_path / "tone.wav", tone()), "audio/wav", seconds=0.5))

    assert (placed.has_thumbnail, placed.seconds) == (False, 0.5)
    assert len(files_in(media_root)) == 1


def test_what_a_provider_did_not_measure_is_measured(tmp_path):
    picture = actions.place(Media(written(tmp_path / "a.png", png(40, 30)), "image/png"))
    sound = actions.place(Media(written(tmp_path / "b.wav", tone(0.5)), "audio/wav"))

    assert (picture.width, picture.height) == (40, 30)
    assert sound.seconds == pytest.approx(0.5, abs=0.01)


def test_a_result_that_is_no_picture_is_bad_output_and_leaves_nothing(tmp_path, media_root):
    path = written(tmp_path / "result.png", noise(900, 900)[:5000])
    with pytest.raises(BadOutput):
        actions.place(Media(path, "image/png", 900, 900))

    assert files_in(media_root) == []


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "application/pdf", ""])
def test_a_type_that_browsers_run_is_never_stored(tmp_path, media_root, content_type):
    path = written(tmp_path / "result", b"<svg/>")
    with pytest.raises(BadOutput):
        actions.place(Media(path, content_type))

    assert files_in(media_root) == []


def test_cleaning_takes_old_orphans_and_what_was_deleted_a_month_ago(alice, tmp_path, media_root, capsys):
    kept = make_asset(alice, tmp_path, content=png(9, 9))
    fresh = make_asset(alice, tmp_path, content=png(10, 9))
    Asset.objects.filter(id=fresh.id).update(deleted_at=timezone.now() - timedelta(days=29))
    gone = make_asset(alice, tmp_path, content=png(11, 9))
    Asset.objects.filter(id=gone.id).update(deleted_at=timezone.now() - timedelta(days=31))
    orphan, young = (place_of(f"{letter * 26}.png") for letter in "ab")
    for name in (orphan, young, "read.me", "aa/read.me"):
        default_storage.save(name, ContentFile(b"x"))
    for path in files_in(media_root):
        if path != media_root / young:
            os.utime(path, (time.time() - DAYS_2, time.time() - DAYS_2))

    call_command("clean_media")

    assert capsys.readouterr().out == "2 files removed.\n"
    left = {str(path.relative_to(media_root)) for path in files_in(media_root)}
    assert left == {place_of(kept.blob), place_of(fresh.blob), young, "read.me", "aa/read.me"}
    assert set(Asset.objects.values_list("id", flat=True)) == {kept.id, fresh.id}
    call_command("clean_media")
    assert capsys.readouterr().out == "0 files removed.\n"


def test_the_same_bytes_are_kept_once_until_the_last_asset_of_them_is_gone(
    alice, charlie, tmp_path, media_root, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        made = [actions.place(Media(written(tmp_path / "a.png", png(1200, 600)), "image/png")) for _ in "abc"]
        first, second, third = (
            actions.record(team=team_of(user), placed=placed, origin="run")
            for user, placed in zip((alice, alice, charlie), made, strict=True)
        )
    assert len({one.blob for one in (first, second, third)}) == 1
    assert len({name for one in (first, second, third) for name in (one.name, one.thumbnail_name)}) == 6
    assert len(files_in(media_root)) == 3  # the picture and its two thumbnails

    month_ago = timezone.now() - timedelta(days=31)
    for asset, left in ((first, 3), (third, 3), (second, 0)):
        assert Client().get(asset.url).status_code == 200
        Asset.objects.filter(id=asset.id).update(deleted_at=month_ago)
        assert Client().get(asset.url).status_code == Client().get(asset.thumbnail_url).status_code == 404
        actions.clean_media()
        assert len(files_in(media_root)) == left


def test_a_picture_with_thumbnails_does_not_share_the_file_of_one_without(alice, tmp_path, media_root):
    path = written(tmp_path / "a.png", png(1200, 600))
    bare = actions.record(
        team=team_of(alice), placed=actions.place(Media(path, "image/png"), thumbnail=False), origin="run"
    )
    shown = actions.record(team=team_of(alice), placed=actions.place(Media(path, "image/png")), origin="run")
    assert bare.blob != shown.blob
    assert Client().get(shown.small_thumbnail_url).status_code == 200


def test_cleaning_takes_what_a_killed_process_left_half_done(db, settings):
    old, young = settings.SCRATCH_DIR / "media-old", settings.SCRATCH_DIR / "media-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "upload").write_bytes(b"x")
    received = settings.FILE_UPLOAD_TEMP_DIR / "tmp1.upload.png"
    received.write_bytes(b"x")
    for path in (old, received):
        os.utime(path, (time.time() - DAYS_2, time.time() - DAYS_2))
    assert actions.clean_media() == 2
    assert (list(settings.SCRATCH_DIR.iterdir()), received.exists()) == ([young], False)


def test_cleaning_finds_nothing_before_the_first_file(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not yet"
    assert actions.clean_media() == 0


def test_a_file_that_somebody_else_removed_is_no_error(media_root):
    assert remove_older(f"{'a' * 26}.png", timezone.now()) is False
