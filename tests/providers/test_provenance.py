"""Ids in the metadata of pictures: written without opening them, read with suspicion."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import zlib

import pytest
from PIL import Image, PngImagePlugin

from providers.local.provenance import MadeBy, packed, packet, read, splice

MADE = MadeBy("cm" + "a1" * 11 + "b", "7", "0b8b7d2e-4c7e-4d6a-9a55-3f6e7c1f2a10")
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def drawn(form: str, mode: str = "RGB", **options: object) -> bytes:
    picture = Image.radial_gradient("L").resize((37, 23)).convert(mode)
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def carried(content: bytes, form: str, made_by: MadeBy = MADE) -> bytes:
    """The file with the ids in it, put together as a download is."""
    with Image.open(io.BytesIO(content)) as picture:
        cut = splice(TYPES[form], content[:64], len(content), packet(made_by), picture.size)
    assert cut is not None
    whole = cut.head + content[cut.skip :] + cut.tail
    assert len(whole) == len(content) + cut.grows_by
    return whole


FILES = [
    ("PNG", "RGB", {}),
    ("PNG", "LA", {}),
    ("PNG", "P", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {"progressive": True}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("WEBP", "RGB", {"save_all": True, "append_images": [Image.new("RGB", (37, 23), "red")]}),
]


@pytest.mark.parametrize(("form", "mode", "options"), FILES)
@pytest.mark.parametrize("made_by", [MADE, MadeBy(MADE.workflow)])
def test_a_picture_carries_its_ids_and_keeps_every_pixel(form, mode, options, made_by):
    content = drawn(form, mode, **options)
    whole = carried(content, form, made_by)
    with Image.open(io.BytesIO(whole)) as picture, Image.open(io.BytesIO(content)) as before:
        assert picture.format == form
        assert (picture.size, getattr(picture, "n_frames", 1)) == (
            before.size,
            getattr(before, "n_frames", 1),
        )
        for frame in range(getattr(before, "n_frames", 1)):
            picture.seek(frame)
            before.seek(frame)
            assert picture.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
        assert read(picture.info) == made_by
        assert read(before.info) is None


def test_a_file_that_carries_metadata_already_or_is_no_picture_is_left_as_it_is():
    once = carried(drawn("WEBP"), "WEBP")
    assert splice("image/webp", once[:64], len(once), packet(MADE), (37, 23)) is None
    for content_type in ("image/gif", "image/avif", "video/mp4", "image/png", "image/jpeg", "image/webp"):
        assert splice(content_type, bytes(64), 64, packet(MADE), (1, 1)) is None


@pytest.mark.parametrize(
    "made_by", [MadeBy('x" onload="y'), MadeBy("../../etc"), MadeBy(MADE.workflow, "7<")]
)
def test_what_is_no_id_is_not_written(made_by):
    with pytest.raises(ValueError, match="is no"):
        packet(made_by)


@pytest.mark.parametrize(
    "claim",
    [
        None,
        7,
        b"",
        b"\xff\xfe" * 99,
        packet(MADE).replace(b"urn:wireflow-ui", b"urn:other"),
        packet(MADE).replace(MADE.workflow.encode(), b"../settings"),
        packet(MADE).replace(MADE.workflow.encode(), b"a" * 41),
        b" " * 70_000 + packet(MADE),
        "wireflow:workflow",
    ],
)
def test_claims_of_another_shape_are_not_taken(claim):
    assert read({"xmp": claim}) is None


def test_a_wrong_version_or_run_is_left_out_and_the_workflow_stays():
    claim = packet(MADE).replace(b'"7"', b'"7;drop"').replace(MADE.execution.encode(), b"x" * 36)
    assert read({"xmp": claim}) == MadeBy(MADE.workflow)


def test_whatever_a_packet_holds_only_ids_come_out_of_it():
    dice = random.Random(20261121)
    whole = packet(MADE)
    for _ in range(2_000):
        spoilt = bytearray(whole)
        for _ in range(dice.randrange(1, 12)):
            place = dice.randrange(len(spoilt))
            spoilt[place : place + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        found = read({"xmp": bytes(spoilt)})
        for value in (found.workflow, found.version, found.execution) if found else ():
            assert re.fullmatch(r"[a-z0-9_-]{0,40}", value)


def test_text_of_another_place_is_not_read():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", packet(MADE).decode())
    with Image.open(io.BytesIO(drawn("PNG", pnginfo=notes))) as picture:
        assert read(picture.info) is None


GRAPH = json.dumps(
    {"name": "Füchse", "nodes": [{"id": "t", "data": {"params": {"prompt": '<"&>'}}}], "edges": []}
)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_carries_the_graph_behind_its_ids(form):
    content = drawn(form)
    with Image.open(io.BytesIO(content)) as picture:
        cut = splice(TYPES[form], content[:64], len(content), packet(MADE, packed(GRAPH)), picture.size)
    assert cut is not None
    with Image.open(io.BytesIO(cut.head + content[cut.skip :] + cut.tail)) as picture:
        picture.load()
        assert read(picture.info) == MADE
        (found,) = re.findall(r'wireflow:graph="([^"]+)"', _text(picture.info["xmp"]))
    assert zlib.decompress(base64.b64decode(found)).decode() == GRAPH


def _text(xmp: str | bytes) -> str:
    return xmp if isinstance(xmp, str) else xmp.decode()


def test_no_graph_and_one_that_is_too_large_are_left_out():
    assert packed("") == ""
    assert packed(random.Random(7).randbytes(2_000_000).hex()) == ""
    assert b"graph" not in packet(MADE)
