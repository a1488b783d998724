"""Nodes that change one picture: sizes and pixels to the dot."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms

from providers.base import Media
from providers.errors import InvalidInput
from providers.local.crop import aspect_box
from providers.local.limits import TooLarge
from providers.local.resize import RESAMPLING, contained, shrunk_to_fit
from tests.providers.local_work import BLUE, GREEN, RED, WHITE, corners, image, quarters, saved, work

RESIZE, CROP, PAD = "utility:image_resize", "utility:image_crop", "utility:image_pad"
ROTATE, BORDER, SOLID = "utility:image_rotate_flip", "utility:image_border", "utility:solid_color"
CLEAR = (0, 0, 0, 0)


@pytest.fixture
def photo(tmp_path: Path) -> Media:
    """40 × 30, a colour in each quarter."""
    return saved(quarters(), tmp_path / "photo.png")


@pytest.fixture
def cutout(tmp_path: Path) -> Media:
    """A red square of 10 × 10 in the middle of a clear 30 × 20."""
    picture = Image.new("RGBA", (30, 20), CLEAR)
    picture.paste((255, 0, 0, 255), (10, 5, 20, 15))
    return saved(picture, tmp_path / "cutout.png")


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({"width": 20}, (20, 15)),
        ({"width": None, "height": 45}, (60, 45)),
        ({"width": 101}, (101, 76)),
        ({"width": 20, "height": 20}, (20, 15)),
        ({"width": 20, "height": 20, "fit": "cover"}, (20, 20)),
        ({"width": 20, "height": 20, "fit": "stretch"}, (20, 20)),
        ({"width": 20, "height": 20, "fit": "pad"}, (20, 20)),
        ({"width": 77, "height": 33}, (44, 33)),
        ({"width": 77, "height": 33, "fit": "cover"}, (77, 33)),
        ({"width": 1, "height": 999, "fit": "cover"}, (1, 999)),
        ({"width": None, "height": 15, "fit": "cover"}, (20, 15)),
        ({"height": 15}, (20, 15)),
        ({"width": 1}, (1, 1)),
        ({"width": 80, "upscale": False}, (40, 30)),
        ({"width": 80, "height": 15, "upscale": False}, (20, 15)),
        ({"width": 80, "height": 80, "fit": "cover", "upscale": False}, (30, 30)),
        ({"width": 20, "height": 20, "fit": "cover", "upscale": False}, (20, 20)),
        ({"width": 80, "height": 20, "fit": "stretch", "upscale": False}, (40, 20)),
        ({"width": 80, "height": 80, "fit": "pad", "upscale": False}, (80, 80)),
        *(({"width": 13, "height": 7, "resample": name}, (9, 7)) for name in RESAMPLING),
    ],
)
def test_a_resized_picture_has_exactly_the_asked_size(photo, tmp_path, params, size):
    made = image(RESIZE, tmp_path, inputs={"image": photo}, **params)
    assert (made.size, made.mode) == (size, "RGBA" if params.get("fit") == "pad" else "RGB")


def test_every_contained_size_touches_the_box_and_stays_inside():
    for width in range(1, 40):
        for height in range(1, 40, 3):
            across, down = contained((width, height), (17, 11))
            assert (across == 17 and 1 <= down <= 11) or (down == 11 and 1 <= across <= 17)
            small = shrunk_to_fit((17, 11), (width, height))
            assert small[0] <= max(width, 1) and small[1] <= max(height, 1)


def test_cover_keeps_the_middle_and_pad_the_whole(photo, tmp_path):
    made = image(
        RESIZE, tmp_path, inputs={"image": photo}, width=30, height=30, fit="cover", resample="nearest"
    )
    assert corners(made) == [RED, GREEN, BLUE, WHITE]
    made = image(
        RESIZE, tmp_path, inputs={"image": photo}, width=40, height=40, fit="pad", background="#0102037f"
    )
    assert made.getpixel((0, 4)) == (1, 2, 3, 127)
    assert made.getpixel((0, 5)) == (*RED, 255)
    assert made.getpixel((39, 34)) == (*WHITE, 255)
    assert made.getpixel((39, 35)) == (1, 2, 3, 127)


def test_alpha_lives_through_a_resize_without_dark_rims(cutout, tmp_path):
    made = image(RESIZE, tmp_path, inputs={"image": cutout}, width=60)
    assert made.mode == "RGBA"
    assert made.getpixel((30, 20)) == (255, 0, 0, 255)
    assert made.getpixel((0, 0))[3] == 0
    half_clear = [pixel for pixel in made.get_flattened_data() if 60 < pixel[3] < 255]
    assert half_clear and all(pixel[0] > 250 for pixel in half_clear)


def test_too_big_results_are_refused_before_they_are_made(photo, tmp_path):
    for kind, params in (
        (RESIZE, {"width": 16384, "height": 16384, "fit": "stretch"}),
        (RESIZE, {"width": 16384}),
        (PAD, {"left": 10**9}),
        (PAD, {"top": 10_000, "left": 10_000}),
        (SOLID, {"width": 8001, "height": 8000}),
    ):
        with pytest.raises(TooLarge, match=r"the limit is 64|no side may be longer"):
            work(kind, tmp_path, inputs={"image": photo}, **params)
    with pytest.raises(InvalidInput, match="Width is 20000; it must be between 1 and 16384"):
        work(RESIZE, tmp_path, inputs={"image": photo}, width=20_000)
    with pytest.raises(InvalidInput, match="both empty"):
        work(RESIZE, tmp_path, inputs={"image": photo}, width=None)
    assert list(tmp_path.iterdir()) == [photo.path]


RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:4", "4:1", "1:8", "8:1"]


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("anchor", ["center", "top", "bottom", "left", "right"])
def test_a_crop_by_shape_is_the_largest_at_its_anchor(ratio, anchor):
    across, down = (int(part) for part in ratio.split(":"))
    for size in ((4000, 3000), (333, 777), (5, 5)):
        left, top, right, bottom = aspect_box(size, ratio, anchor)
        assert left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
        assert right - left == size[0] or bottom - top == size[1]
        assert abs((right - left) * down - (bottom - top) * across) <= max(across, down)
        assert anchor not in ("left", "top") or (left, top)[anchor == "top"] == 0
        assert (
            anchor not in ("right", "bottom")
            or (right, bottom)[anchor == "bottom"] == size[anchor == "bottom"]
        )


def test_a_turned_photo_of_4000_by_3000_is_cropped_upright(tmp_path):
    """Orientation 6: the camera lay on its side; as shown the photo is 3000 × 4000."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = quarters(4000, 3000)
    media = saved(lying, tmp_path / "photo.jpg", "image/jpeg", exif=exif, quality=90)
    made = image(CROP, tmp_path, inputs={"image": media}, aspect_ratio="3:4")
    assert made.size == (3000, 4000)
    for seen, wanted in zip(corners(made), [BLUE, RED, WHITE, GREEN], strict=True):
        assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) <= 4
    made = image(CROP, tmp_path, inputs={"image": media}, aspect_ratio="1:1", anchor="top")
    assert (made.size, made.format, len(made.getexif())) == ((3000, 3000), "JPEG", 0)


def test_crops_by_box_and_by_empty_border(photo, cutout, tmp_path):
    made = image(CROP, tmp_path, inputs={"image": photo}, mode="box", x=19, y=14, width=2, height=2)
    assert corners(made) == [RED, GREEN, BLUE, WHITE]
    assert image(CROP, tmp_path, inputs={"image": photo}, mode="box", x=10, y=5).size == (30, 25)
    made = image(CROP, tmp_path, inputs={"image": cutout}, mode="trim")
    assert (made.size, made.mode, made.getpixel((0, 0))) == ((10, 10), "RGB", RED)
    framed = Image.new("RGB", (50, 40), (250, 250, 250))
    framed.paste((0, 0, 90), (7, 9, 21, 30))
    made = image(CROP, tmp_path, inputs={"image": saved(framed, tmp_path / "framed.png")}, mode="trim")
    assert (made.size, corners(made)) == ((14, 21), [(0, 0, 90)] * 4)
    plain = saved(Image.new("RGB", (9, 8), RED), tmp_path / "plain.png")
    assert image(CROP, tmp_path, inputs={"image": plain}, mode="trim").size == (9, 8)
    for box in ({"x": 40}, {"y": 30}, {"x": 39, "width": 2}, {"height": 31}):
        with pytest.raises(InvalidInput, match="outside the picture of 40 × 30"):
            work(CROP, tmp_path, inputs={"image": photo}, mode="box", **box)


def test_room_is_added_in_a_colour_from_the_edge_or_blurred(photo, cutout, tmp_path):
    sides = {"left": 3, "right": 4, "top": 1, "bottom": 2}
    made = image(PAD, tmp_path, inputs={"image": photo}, **sides)
    assert (made.size, made.mode, corners(made)) == ((47, 33), "RGB", [WHITE] * 4)
    assert made.getpixel((3, 1)) == RED
    made = image(PAD, tmp_path, inputs={"image": photo}, color="#11223344", **sides)
    assert corners(made) == [(0x11, 0x22, 0x33, 0x44)] * 4
    made = image(PAD, tmp_path, inputs={"image": photo}, fill="edge", **sides)
    assert corners(made) == [RED, GREEN, BLUE, WHITE]
    assert [made.getpixel((x, 0)) for x in (22, 23)] == [RED, GREEN]
    made = image(PAD, tmp_path, inputs={"image": photo}, fill="blur", **sides)
    assert (made.size, made.getpixel((3, 1)), made.getpixel((42, 30))) == ((47, 33), RED, WHITE)
    made = image(PAD, tmp_path, inputs={"image": cutout}, left=1)
    assert (made.getpixel((0, 0)), made.getpixel((1, 0))) == ((255, 255, 255, 255), CLEAR)


@pytest.mark.parametrize(
    ("params", "size", "colors"),
    [
        ({}, (40, 30), [RED, GREEN, BLUE, WHITE]),
        ({"angle": 90}, (30, 40), [BLUE, RED, WHITE, GREEN]),
        ({"angle": -90}, (30, 40), [GREEN, WHITE, RED, BLUE]),
        ({"angle": 180}, (40, 30), [WHITE, BLUE, GREEN, RED]),
        ({"angle": 360}, (40, 30), [RED, GREEN, BLUE, WHITE]),
        ({"flip_horizontal": True}, (40, 30), [GREEN, RED, WHITE, BLUE]),
        ({"flip_vertical": True}, (40, 30), [BLUE, WHITE, RED, GREEN]),
        ({"angle": 90, "flip_horizontal": True}, (30, 40), [RED, BLUE, GREEN, WHITE]),
    ],
)
def test_quarter_turns_and_mirrors_are_exact(photo, tmp_path, params, size, colors):
    made = image(ROTATE, tmp_path, inputs={"image": photo}, **params)
    assert (made.size, corners(made)) == (size, colors)


def test_other_turns_leave_clear_corners(photo, tmp_path):
    made = image(ROTATE, tmp_path, inputs={"image": photo}, angle=45)
    assert made.size in ((50, 50), (51, 51), (50, 51), (51, 50))
    assert [pixel[3] for pixel in corners(made)] == [0] * 4
    made = image(ROTATE, tmp_path, inputs={"image": photo}, angle=45, expand=False)
    assert (made.size, made.getpixel((0, 0))[3]) == ((40, 30), 0)
    made = image(ROTATE, tmp_path, inputs={"image": photo}, angle=90, expand=False)
    assert (made.size, made.getpixel((0, 0))[3], made.getpixel((19, 14))) == ((40, 30), 0, (*BLUE, 255))


def test_a_noted_orientation_can_be_left_aside(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    media = saved(quarters(), tmp_path / "photo.png", exif=exif)
    assert corners(image(ROTATE, tmp_path, inputs={"image": media})) == [BLUE, RED, WHITE, GREEN]
    made = image(ROTATE, tmp_path, inputs={"image": media}, apply_exif=False)
    assert corners(made) == [RED, GREEN, BLUE, WHITE]


def test_a_border_is_added_outside_and_may_be_round(photo, tmp_path):
    made = image(BORDER, tmp_path, inputs={"image": photo}, width=5, color="#0000ff")
    assert (made.size, made.mode, made.getpixel((4, 4)), made.getpixel((5, 5))) == (
        (50, 40),
        "RGB",
        BLUE,
        RED,
    )
    made = image(BORDER, tmp_path, inputs={"image": photo}, width=2, radius=12, color="#0000ff")
    assert (made.size, made.mode) == ((44, 34), "RGBA")
    assert [pixel[3] for pixel in corners(made)] == [0] * 4
    assert made.getpixel((22, 0)) == (*BLUE, 255)
    assert made.getpixel((4, 4)) == (*BLUE, 255), "inside the outer curve, outside the inner one"
    assert made.getpixel((12, 12)) == (*RED, 255)
    assert image(BORDER, tmp_path, inputs={"image": photo}, radius=4000).getpixel((20, 0))[3] > 200


def test_canvases_are_plain_or_run_between_two_colours(tmp_path):
    made = image(SOLID, tmp_path, inputs={}, width=7, height=5, color="#ff000080")
    assert (made.size, corners(made)) == ((7, 5), [(255, 0, 0, 128)] * 4)
    assert image(SOLID, tmp_path, inputs={}, width=8000, height=8000).size == (8000, 8000)
    both = {"width": 256, "height": 256, "color": "#000", "color2": "#fff"}
    made = image(SOLID, tmp_path, inputs={}, direction="vertical", **both)
    assert [made.getpixel((9, y)) for y in range(256)] == [(y, y, y) for y in range(256)]
    made = image(SOLID, tmp_path, inputs={}, direction="horizontal", **both)
    assert [made.getpixel((x, 9)) for x in range(256)] == [(x, x, x) for x in range(256)]
    made = image(SOLID, tmp_path, inputs={}, direction="radial", **both)
    assert max(made.getpixel((128, 128))) <= 1
    assert corners(made) == [WHITE] * 4
    with pytest.raises(InvalidInput, match="Color2 is “blue”"):
        work(SOLID, tmp_path, color2="blue")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_can_be_read(tmp_path, mode):
    level = 255 if mode == "1" else 204
    grey = Image.new("RGB", (4, 3), (level,) * 3)
    picture = Image.new("I;16", (4, 3), level * 257) if mode == "I;16" else grey.convert(mode)
    kind = "tiff" if mode == "CMYK" else "png"
    media = saved(picture, tmp_path / f"in.{kind}", f"image/{kind}")
    made = image(PAD, tmp_path, inputs={"image": media})
    assert (made.size, made.getpixel((1, 1))) == ((4, 3), (level,) * 3)


def test_a_colour_profile_is_converted_not_dropped(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    media = saved(quarters(), tmp_path / "in.png", icc_profile=lab.tobytes())
    made = image(PAD, tmp_path, inputs={"image": media})
    assert ImageChops.difference(made, quarters()).getextrema() == ((0, 0),) * 3
    assert "icc_profile" not in made.info


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "cut.png").write_bytes((lambda data: data[: len(data) // 2])(_png()))
    (tmp_path / "page.png").write_text("<svg/>")
    for name, words in (("text", "not a picture"), ("cut", "damaged"), ("page", "SVG, HTML and XML files")):
        with pytest.raises(InvalidInput, match=words):
            work(PAD, tmp_path, inputs={"image": Media(tmp_path / f"{name}.png", "image/png")})
    with pytest.raises(InvalidInput, match="not video/mp4"):
        work(PAD, tmp_path, inputs={"image": Media(tmp_path / "clip.mp4", "video/mp4")})
    with pytest.raises(InvalidInput, match="No picture arrived at image"):
        work(PAD, tmp_path)


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(buffer, "PNG")
    return buffer.getvalue()
