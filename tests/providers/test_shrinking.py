"""Pictures made small enough for a provider: which, how, and always the same way."""

from __future__ import annotations

import pytest
from PIL import Image

from providers.base import Media
from providers.local.child import answer
from providers.local.shrinking import MOST_BYTES, is_too_large, shrink
from tests.providers.local_work import saved


def long_picture(mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((5000, 50)).convert(mode)


def shown(media: Media) -> Image.Image:
    with Image.open(media.path) as picture:
        picture.load()
    assert picture.size == (media.width, media.height)
    return picture


def test_only_what_is_too_long_or_too_heavy_is_made_smaller(tmp_path):
    fits = saved(Image.new("RGB", (4096, 2)), tmp_path / "a.png")
    too_long = saved(Image.new("RGB", (2, 4097)), tmp_path / "b.png")
    sound = Media(tmp_path / "a.png", "audio/mpeg")
    assert [is_too_large(one, MOST_BYTES) for one in (fits, too_long, sound)] == [False, True, False]
    assert is_too_large(fits, fits.path.stat().st_size - 1)


@pytest.mark.parametrize(
    ("mode", "role", "content_type"),
    [("RGB", "", "image/jpeg"), ("RGBA", "", "image/webp"), ("L", "mask", "image/png")],
)
def test_it_keeps_shape_and_clear_parts_and_is_the_same_each_time(tmp_path, mode, role, content_type):
    picture = long_picture(mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    original = saved(picture, tmp_path / "long.png")
    original = Media(original.path, "image/png", *picture.size, role=role)
    one, two = (shrink(original, tmp_path / name, MOST_BYTES) for name in ("one", "two"))
    assert (one.content_type, one.role, shown(one).size) == (content_type, role, (4096, 41))
    assert one.path.read_bytes() == two.path.read_bytes()
    assert ("A" in shown(one).getbands()) == (mode == "RGBA")


def test_a_heavy_picture_gets_light_enough(tmp_path):
    heavy = saved(Image.effect_noise((900, 900), 90).convert("RGB"), tmp_path / "noise.png")
    made = shrink(heavy, tmp_path / "light", 60_000)
    assert made.path.stat().st_size <= 60_000 and made.width == made.height < 900


def test_a_damaged_picture_is_refused_by_the_child(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    media = f'{{"$media": {{"path": "{path}", "content_type": "image/png"}}}}'
    line = f'{{"task": "shrink", "payload": {{"media": {media}, "target": "{tmp_path / "y"}", "most_bytes": 9}}}}'
    assert b"InvalidInput" in answer(line.encode())
