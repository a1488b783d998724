"""The store in a bucket, with a server that speaks S3 over a socket."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer
from PIL import Image

from assets import actions, store
from assets.models import Asset
from tests.assets.pictures import files_in, make_asset, noise, png
from tests.assets.test_upload import upload
from tests.factories import team_of
from wireflow_ui.media_storage import FOLDER, storage_from_env

pytestmark = pytest.mark.django_db
KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, settings, monkeypatch, tmp_path) -> Any:
    """An empty bucket that the store uses, below ``media/``."""
    wanted = {
        **KEYS,
        "WIREFLOW_MEDIA_BUCKET": f"wireflow-{tmp_path.name.lower().replace('_', '-')[-40:]}",
        "WIREFLOW_MEDIA_ENDPOINT": server,
        "WIREFLOW_MEDIA_PREFIX": "media/",
        "NO_PROXY": "127.0.0.1",
    }
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    client = boto3.resource("s3", endpoint_url=server, region_name="us-east-1")
    bucket = client.create_bucket(Bucket=wanted["WIREFLOW_MEDIA_BUCKET"])
    settings.STORAGES = {**settings.STORAGES, "default": storage_from_env()}
    return bucket


def keys(bucket: Any) -> list[str]:
    return sorted(item.key for item in bucket.objects.all())


def test_an_upload_lies_in_the_bucket_and_is_served_whole_and_in_parts(alice, bucket, media_root):
    answer = upload(alice, noise(900, 700))
    asset = Asset.objects.get()
    folder = f"media/{asset.blob[:2]}/{asset.blob}"
    assert answer.status_code == 201
    assert keys(bucket) == [folder, f"{folder}.256", f"{folder}.512"]
    assert files_in(media_root) == []

    content = bucket.Object(folder).get()["Body"].read()
    whole = Client().get(asset.url)
    served = b"".join(whole.streaming_content) if whole.streaming else whole.content
    assert (served, whole["Content-Type"], whole["Content-Length"]) == (
        content,
        "image/png",
        str(len(content)),
    )
    for asked, part in (("bytes=7-19", content[7:20]), ("bytes=-5", content[-5:])):
        got = Client().get(asset.url, headers={"range": asked})
        assert (got.status_code, got.content) == (206, part)
    assert Client().head(asset.url)["Content-Length"] == str(len(content))
    with Image.open(io.BytesIO(Client().get(asset.small_thumbnail_url).content)) as small:
        assert small.size == (256, 199)


def test_a_run_and_a_download_get_what_the_bucket_holds(alice, bucket, signed_in, tmp_path):
    asset = make_asset(alice, tmp_path, content=png(40, 30), filename="cat.png")
    media = store.media_of(asset, tmp_path)
    assert media.path.read_bytes() == png(40, 30)
    table = make_asset(alice, tmp_path, content=b"a,b\n", content_type="text/csv")
    assert store.read(table) == b"a,b\n"
    assert signed_in(alice).get(f"/assets/{asset.pk}/download").content == png(40, 30)
    answer = signed_in(alice).post("/assets/download", {"asset": asset.pk})
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.read("cat.png") == png(40, 30)


def test_cleaning_empties_the_bucket_of_what_nobody_has(alice, bucket, tmp_path):
    kept, gone = (
        make_asset(alice, tmp_path, content=png(9, 9)),
        make_asset(alice, tmp_path, content=png(9, 8)),
    )
    Asset.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    default_storage.save("aa/" + "a" * 26 + ".png", ContentFile(b"x"))
    assert actions.clean_media() == 1
    assert len(keys(bucket)) == 2  # the orphan is young
    assert actions.clean_media(older_than=timedelta(seconds=-9)) == 1
    assert keys(bucket) == [f"media/{kept.blob[:2]}/{kept.blob}"]


def test_what_is_missing_in_the_bucket_is_404(alice, bucket, tmp_path):
    asset = make_asset(alice, tmp_path)
    store.remove_blob(asset.blob)
    assert Client().get(asset.url).status_code == 404
    assert store.remove_older(asset.blob, timezone.now()) is False
    assert store.find_for(team_of(alice), asset.url) == asset


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"WIREFLOW_MEDIA_BUCKET": "Not A Bucket"}, "name of a bucket"),
        (
            {"WIREFLOW_MEDIA_BUCKET": "media", "WIREFLOW_MEDIA_ENDPOINT": "minio:9000"},
            "must look like https://",
        ),
        ({"WIREFLOW_MEDIA_BUCKET": "media", "AWS_ACCESS_KEY_ID": "x"}, "together, or neither"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence(given, words, monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=words):
        storage_from_env()


def test_without_a_bucket_media_lie_in_the_folder(monkeypatch):
    monkeypatch.delenv("WIREFLOW_MEDIA_BUCKET", raising=False)
    assert storage_from_env() == FOLDER
