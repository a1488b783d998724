"""Nodes that change colours, masks and formats."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from providers.base import Media
from providers.errors import InvalidInput
from providers.local.filters import MEDIAN_WORK
from tests.providers.local_work import BLUE, GREEN, RED, WHITE, corners, image, quarters, saved, work

ADJUST, FILTER, CONVERT = "utility:image_adjust", "utility:image_filter", "utility:image_convert"
FROM_ALPHA, MASK, APPLY = "utility:mask_from_alpha", "utility:mask_adjust", "utility:apply_mask"
GREY = (100, 100, 100)
FILTERS = ["gaussian_blur", "box_blur", "unsharp_mask", "median", "edge_enhance", "emboss", "grayscale", "sepia",
           "invert", "posterize", "pixelate"]  # fmt: skip


@pytest.fixture
def photo(tmp_path: Path) -> Media:
    return saved(quarters(), tmp_path / "photo.png")


@pytest.fixture
def cutout(tmp_path: Path) -> Media:
    picture = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (10, 5, 20, 15))
    return saved(picture, tmp_path / "cutout.png")


def plain(color, tmp_path: Path, size=(4, 4)) -> Media:
    return saved(Image.new("RGB", size, color), tmp_path / "plain.png")


def test_neutral_values_change_nothing(photo, cutout, tmp_path):
    made = image(ADJUST, tmp_path, inputs={"image": photo})
    assert ImageChops.difference(made, quarters()).getbbox() is None
    assert image(ADJUST, tmp_path, inputs={"image": cutout}, brightness=2).getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(
    ("params", "before", "after"),
    [
        ({"brightness": 2}, GREY, (200, 200, 200)),
        ({"brightness": 0}, GREY, (0, 0, 0)),
        ({"contrast": 0}, GREY, GREY),
        ({"saturation": 0}, RED, (76, 76, 76)),
        ({"gamma": 2}, (64, 0, 255), (128, 0, 255)),
        ({"gamma": 0.5}, (128, 0, 255), (64, 0, 255)),
        ({"hue": 120}, RED, GREEN),
        ({"hue": -120}, RED, BLUE),
        ({"hue": 180}, RED, (0, 255, 255)),
        ({"hue": 77}, GREY, GREY),
        ({"temperature": 100}, GREY, (130, 100, 70)),
        ({"temperature": -100}, GREY, (70, 100, 130)),
        ({"sharpness": 0}, GREY, GREY),
        ({"sharpness": 8}, GREY, GREY),
    ],
)
def test_light_and_colour_are_adjusted(tmp_path, params, before, after):
    made = image(ADJUST, tmp_path, inputs={"image": plain(before, tmp_path)}, **params)
    assert max(abs(a - b) for a, b in zip(made.getpixel((1, 1)), after, strict=True)) <= 3


def test_automatic_steps_use_the_whole_range(tmp_path):
    dull = Image.linear_gradient("L").point(lambda value: 100 + value // 8).convert("RGB")
    media = saved(dull, tmp_path / "dull.png")
    for step in ("auto_contrast", "equalize"):
        extrema = image(ADJUST, tmp_path, inputs={"image": media}, **{step: True}).getextrema()
        assert all(low <= 5 and high >= 250 for low, high in extrema)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("amount", [0, 2, 200])
def test_every_filter_keeps_size_and_alpha(photo, cutout, tmp_path, name, amount):
    made = image(FILTER, tmp_path, inputs={"image": photo}, filter=name, amount=amount)
    assert (made.size, made.mode) == ((40, 30), "RGB")
    made = image(FILTER, tmp_path, inputs={"image": cutout}, filter=name, amount=amount)
    assert (made.size, made.mode) == ((30, 20), "RGBA")


@pytest.mark.parametrize("name", [name for name in FILTERS if name not in ("emboss", "posterize")])
def test_no_amount_is_no_change(photo, tmp_path, name):
    made = image(FILTER, tmp_path, inputs={"image": photo}, filter=name, amount=0)
    assert ImageChops.difference(made, quarters()).getbbox() is None


def test_filters_do_what_their_name_says(photo, tmp_path):
    def pixels(name: str, amount: float = 2) -> list:
        return corners(image(FILTER, tmp_path, inputs={"image": photo}, filter=name, amount=amount))

    assert pixels("grayscale") == [(76,) * 3, (150,) * 3, (29,) * 3, (255,) * 3]
    assert pixels("invert") == [(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0)]
    assert pixels("sepia")[0] == (100, 89, 69)
    assert pixels("emboss") == [RED, GREEN, BLUE, WHITE] or pixels("emboss")[0] != (0, 0, 0)
    assert pixels("pixelate", 200)[0] == pixels("pixelate", 200)[3] == (127, 127, 127)
    made = image(FILTER, tmp_path, inputs={"image": plain((100, 130, 200), tmp_path)}, filter="posterize")
    assert made.getpixel((0, 0)) == (64, 128, 192)


def test_a_wide_median_is_worked_on_smaller(tmp_path):
    media = saved(quarters(1000, 800), tmp_path / "big.png")
    assert MEDIAN_WORK < 1000 * 800 * 81**2
    made = image(FILTER, tmp_path, inputs={"image": media}, filter="median", amount=40)
    assert (made.size, corners(made)) == ((1000, 800), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif", "tiff", "bmp", "avif"])
def test_pictures_are_converted_and_stay_usable(photo, cutout, tmp_path, name):
    result = work(CONVERT, tmp_path, inputs={"image": photo}, format=name)["image"]
    assert (result.content_type, result.width, result.height) == (f"image/{name}", 40, 30)
    with Image.open(result.path, formats=[name.upper()]) as made:
        for seen, wanted in zip(corners(made.convert("RGB")), [RED, GREEN, BLUE, WHITE], strict=True):
            assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) <= 12
    assert work("utility:image_resize", tmp_path, inputs={"image": result}, width=20)["image"].height == 15
    result = work(CONVERT, tmp_path, inputs={"image": cutout}, format=name, flatten_color="#00ff00")["image"]
    with Image.open(result.path) as made:
        first = made.convert("RGBA").getpixel((0, 0))
    if name in ("jpeg", "bmp"):
        assert max(abs(a - b) for a, b in zip(first, (0, 255, 0, 255), strict=True)) <= 20
    else:
        assert first[3] == 0


def test_quality_is_lowered_until_the_file_fits(tmp_path):
    noisy = saved(Image.effect_noise((300, 200), 80).convert("RGB"), tmp_path / "noise.png")
    for name in ("jpeg", "webp"):
        best = work(CONVERT, tmp_path, inputs={"image": noisy}, format=name)["image"].path.stat().st_size
        limit = best // 2
        result = work(CONVERT, tmp_path, inputs={"image": noisy}, format=name, max_bytes=limit)["image"]
        assert limit * 0.8 < result.path.stat().st_size <= limit
    with pytest.raises(InvalidInput, match="even at the lowest quality"):
        work(CONVERT, tmp_path, inputs={"image": noisy}, format="jpeg", max_bytes=1024)
    with pytest.raises(InvalidInput, match="no quality to lower"):
        work(CONVERT, tmp_path, inputs={"image": noisy}, format="png", max_bytes=1024)
    sizes = [
        work(CONVERT, tmp_path, inputs={"image": noisy}, format="jpeg", quality=quality)["image"]
        .path.stat()
        .st_size
        for quality in (1, 50, 100)
    ]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2]


def test_metadata_is_stripped_unless_it_is_to_stay(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 3
    media = saved(quarters(), tmp_path / "in.jpg", "image/jpeg", exif=exif, comment=b"place")
    for strip, maker in ((True, None), (False, "Maker")):
        result = work(CONVERT, tmp_path, inputs={"image": media}, format="webp", strip_metadata=strip)[
            "image"
        ]
        with Image.open(result.path) as made:
            assert (made.getexif().get(0x010F), made.getexif().get(0x0112)) == (maker, None)


def test_a_picture_is_described(cutout, tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x829A] = "Maker\0", 6, 0.5
    media = saved(quarters(), tmp_path / "in.jpg", "image/jpeg", exif=exif)
    made = work("utility:image_info", tmp_path, inputs={"image": media})
    assert (made["width"], made["height"]) == (30, 40)
    facts = made["json"]
    assert (facts["format"], facts["mode"], facts["aspectRatio"], facts["frames"]) == (
        "JPEG",
        "RGB",
        "3:4",
        1,
    )
    assert facts["bytes"] == media.path.stat().st_size
    assert facts["exif"]["Make"] == "Maker" and facts["exif"]["Orientation"] == 6
    facts = work("utility:image_info", tmp_path, inputs={"image": cutout})["json"]
    assert (facts["hasAlpha"], facts["mode"], facts["exif"]) == (True, "RGBA", {})


def mask_of(tmp_path: Path, inputs, kind=MASK, **params) -> Image.Image:
    media = work(kind, tmp_path, inputs=inputs, **params)["mask"]
    assert (media.role, media.content_type) == ("mask", "image/png")
    with Image.open(media.path) as made:
        assert made.mode == "L"
        return made.copy()


def test_a_mask_is_taken_from_alpha(photo, cutout, tmp_path):
    made = mask_of(tmp_path, {"image": cutout}, FROM_ALPHA)
    assert made.getbbox() == (10, 5, 20, 15)
    assert mask_of(tmp_path, {"image": photo}, FROM_ALPHA).getextrema() == (255, 255)
    made = mask_of(tmp_path, {"image": cutout}, FROM_ALPHA, invert=True)
    assert (made.getpixel((0, 0)), made.getpixel((15, 10))) == (255, 0)
    assert mask_of(tmp_path, {"image": cutout}, FROM_ALPHA, grow=2).getbbox() == (8, 3, 22, 17)
    soft = mask_of(tmp_path, {"image": cutout}, FROM_ALPHA, feather=3)
    assert 0 < soft.getpixel((10, 10)) < 255
    half = saved(Image.new("RGBA", (2, 2), (0, 0, 0, 100)), tmp_path / "half.png")
    for threshold, level in ((0, 100), (100, 255), (101, 0)):
        assert mask_of(tmp_path, {"image": half}, FROM_ALPHA, threshold=threshold).getpixel((0, 0)) == level


@pytest.mark.parametrize("pixels", [1, 2, 3, 6, 7, 20, 200, -1, -3])
def test_a_mask_grows_by_a_disc(tmp_path, pixels):
    """Every pixel is white exactly when a white one of before is no further than that away."""
    dot = Image.new("L", (61, 41), 0)
    dot.paste(255, (30, 20, 31, 21))
    before = dot if pixels > 0 else ImageChops.invert(dot)
    made = mask_of(tmp_path, {"mask": saved(before, tmp_path / "dot.png")}, grow=pixels)
    reach = Image.new("L", dot.size, 0)
    reach.putdata(
        [255 if (x - 30) ** 2 + (y - 20) ** 2 <= pixels**2 else 0 for y in range(41) for x in range(61)]
    )
    assert ImageChops.difference(made, reach if pixels > 0 else ImageChops.invert(reach)).getbbox() is None


def test_a_mask_is_adjusted_with_inversion_last(tmp_path):
    grey = saved(Image.new("RGB", (4, 4), GREY), tmp_path / "grey.png")
    assert mask_of(tmp_path, {"mask": grey}).getpixel((0, 0)) == 100
    assert mask_of(tmp_path, {"mask": grey}, threshold=100, invert=True).getpixel((0, 0)) == 0
    assert mask_of(tmp_path, {"mask": grey}, invert=True).getpixel((0, 0)) == 155
    assert mask_of(tmp_path, {"mask": grey}, feather=200).getpixel((0, 0)) == 100


def test_a_mask_becomes_alpha(photo, cutout, tmp_path):
    white_left = Image.new("L", (20, 15), 0)
    white_left.paste(255, (0, 0, 10, 15))
    mask = saved(white_left, tmp_path / "mask.png")
    made = image(APPLY, tmp_path, inputs={"image": photo, "mask": mask})
    assert (made.size, [pixel[3] for pixel in corners(made)]) == ((40, 30), [255, 0, 255, 0])
    made = image(APPLY, tmp_path, inputs={"image": photo, "mask": mask}, invert=True)
    assert [pixel[3] for pixel in corners(made)] == [0, 255, 0, 255]
    made = image(APPLY, tmp_path, inputs={"image": photo, "mask": mask}, feather=4)
    assert 0 < made.getpixel((20, 15))[3] < 255
    made = image(APPLY, tmp_path, inputs={"image": cutout, "mask": mask})
    assert (made.getpixel((0, 0))[3], made.getpixel((12, 10))[3]) == (0, 255), "what was clear stays clear"
