"""Nodes that put pictures, texts and files together."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFont

from providers.base import Media
from providers.errors import InvalidInput, TooManyItems
from providers.local import fonts
from providers.local.lettering import shortened, wrap
from providers.local.limits import TooLarge
from tests.providers.local_work import BLUE, GREEN, RED, WHITE, image, quarters, saved, work

OVERLAY, COMPOSITE, BLEND = "utility:text_overlay", "utility:image_composite", "utility:image_blend"
GRID, ZIP, SPLIT = "utility:image_grid", "utility:zip_files", "utility:image_split"
BLACK = (0, 0, 0)
POSITIONS = [
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
]
FONTS = [
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
]


def plain(tmp_path: Path, color, size=(40, 30), name: str = "plain") -> Media:
    mode = "RGBA" if len(color) == 4 else "RGB"
    return saved(Image.new(mode, size, color), tmp_path / f"{name}.png")


def box_of(picture: Image.Image, background=BLACK) -> tuple[int, int, int, int] | None:
    """The smallest box around what differs from the background."""
    flat = picture.convert("RGB")
    return ImageChops.difference(flat, Image.new("RGB", flat.size, background)).getbbox()


# text_overlay


@pytest.mark.parametrize("position", POSITIONS)
def test_a_text_stands_where_it_is_put(tmp_path, position):
    media = plain(tmp_path, BLACK, (400, 300))
    params = {"size": 30, "position": position, "margin": 20, "font": "DejaVuSans"}
    left, top, right, bottom = box_of(
        image(OVERLAY, tmp_path, inputs={"image": media, "text": "Ag"}, **params)
    )
    across = "left" if right < 150 else "right" if left > 250 else "center"
    down = "top" if bottom < 100 else "bottom" if top > 200 else "center"
    named = {f"{down}-{across}", down if across == "center" else "", across if down == "center" else ""}
    assert position in named
    if across == "left":
        assert 20 <= left <= 24
    if across == "right":
        assert 376 <= right <= 380


@pytest.mark.parametrize("font", FONTS)
def test_every_font_draws_or_says_that_it_is_missing(tmp_path, font, monkeypatch):
    media = plain(tmp_path, BLACK, (300, 100))
    try:
        made = image(OVERLAY, tmp_path, inputs={"image": media, "text": "Hello"}, font=font, size=40)
        assert box_of(made) is not None
    except InvalidInput as missing:
        assert "is not installed on this server" in missing.message
    monkeypatch.setattr(fonts, "_font_file", lambda name: None)
    if font in ("DejaVuSans", "DejaVuSans-Bold"):
        assert box_of(image(OVERLAY, tmp_path, inputs={"image": media, "text": "Hello"}, font=font, size=40))
    else:
        with pytest.raises(InvalidInput, match=f"The font {font} is not installed"):
            work(OVERLAY, tmp_path, inputs={"image": media, "text": "Hello"}, font=font)


def test_a_font_is_a_name_from_the_list_and_never_a_path(tmp_path):
    for font in ("/etc/passwd", "../DejaVuSans", "Arial"):
        with pytest.raises(InvalidInput, match="choose one of DejaVuSans"):
            work(OVERLAY, tmp_path, inputs={"image": plain(tmp_path, BLACK), "text": "x"}, font=font)


def test_text_is_wrapped_within_the_width_and_long_words_are_cut():
    font = ImageFont.load_default(20)
    for width in (1, 30, 80, 200):
        lines = wrap("A red fox jumps over incomprehensibilities\n\nend", font, width, most_lines=500)
        assert all(font.getlength(line) <= width or len(line) == 1 for line in lines)
        assert "".join(lines).replace(" ", "") == "Aredfoxjumpsoverincomprehensibilitiesend"
        assert "" in lines
    assert len(wrap("word " * 10_000, font, 50, most_lines=7)) == 7
    assert shortened("A red fox", font, 1000) == "A red fox"
    cut = shortened("A red fox", font, 60)
    assert cut.endswith("…") and font.getlength(cut) <= 60


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_lines_are_aligned_in_their_block(tmp_path, align):
    media = plain(tmp_path, BLACK, (400, 300))
    params = {"size": 30, "position": "center", "align": align}
    made = image(OVERLAY, tmp_path, inputs={"image": media, "text": "WWWWWW\ni"}, **params)
    wide, narrow = (box_of(made.crop((0, top, 400, top + 36))) for top in (115, 152))
    middle = (narrow[0] + narrow[2]) / 2
    assert {"left": wide[0] + 10, "center": 200, "right": wide[2] - 10}[align] == pytest.approx(middle, abs=8)


def test_colours_outline_and_box_are_drawn(tmp_path):
    media = plain(tmp_path, BLACK, (200, 100))
    inputs = {"image": media, "text": "■■■"}
    base = {"size": 40, "position": "center"}
    made = image(OVERLAY, tmp_path, inputs=inputs, color="#ff000080", **base)
    assert (128, 0, 0) in {pixel for _, pixel in made.getcolors(65536)}
    thin = box_of(image(OVERLAY, tmp_path, inputs=inputs, **base))
    made = image(OVERLAY, tmp_path, inputs=inputs, stroke_width=5, stroke_color="#00ff00", **base)
    thick = box_of(made)
    assert thin[0] - thick[0] == pytest.approx(5, abs=1) and thick[3] - thin[3] == pytest.approx(5, abs=1)
    assert GREEN in {pixel for _, pixel in made.getcolors(65536)}
    made = image(OVERLAY, tmp_path, inputs=inputs, box_color="#0000ffff", **base)
    boxed = box_of(made)
    assert boxed[0] == pytest.approx(thin[0] - 10, abs=6) and made.getpixel((boxed[0], boxed[1])) == BLUE


def test_a_text_input_wins_and_an_empty_text_changes_nothing(tmp_path):
    media = saved(quarters(), tmp_path / "photo.png")
    assert box_of(image(OVERLAY, tmp_path, inputs={"image": media, "text": " "}, text="own")) == (
        0,
        0,
        40,
        30,
    )
    made = image(OVERLAY, tmp_path, inputs={"image": media, "text": ""})
    assert ImageChops.difference(made, quarters()).getbbox() is None
    made = image(OVERLAY, tmp_path, inputs={"image": media}, text="Own", size=12)
    assert ImageChops.difference(made, quarters()).getbbox() is not None
    clear = plain(tmp_path, (0, 0, 0, 0), name="clear")
    made = image(OVERLAY, tmp_path, inputs={"image": clear, "text": "x"}, size=12)
    assert made.mode == "RGBA" and made.getpixel((0, 0))[3] == 0


def test_much_text_in_big_letters_on_a_small_picture_is_cut_off_quickly(tmp_path):
    made = image(
        OVERLAY, tmp_path, inputs={"image": plain(tmp_path, BLACK), "text": "word " * 10_000}, size=2000
    )
    assert made.size == (40, 30)
    image(
        OVERLAY,
        tmp_path,
        inputs={"image": plain(tmp_path, BLACK), "text": "w" * 50_000},
        size=4,
        stroke_width=100,
    )


# image_composite, image_blend


@pytest.mark.parametrize("position", [*POSITIONS, "custom"])
def test_a_layer_stands_where_it_is_put(tmp_path, position):
    inputs = {"background": plain(tmp_path, BLACK), "layer": plain(tmp_path, RED, (11, 7), "layer")}
    made = image(COMPOSITE, tmp_path, inputs=inputs, position=position, margin=3, x=-4, y=5)
    across = {"left": (3, 14), "right": (26, 37), "": (14, 25)}
    down = {"top": (3, 10), "bottom": (20, 27), "": (11, 18)}
    if position == "custom":
        assert box_of(made) == (0, 5, 7, 12)
        return
    x = across[next((side for side in ("left", "right") if side in position), "")]
    y = down[next((side for side in ("top", "bottom") if side in position), "")]
    assert box_of(made) == (x[0], y[0], x[1], y[1])


def test_a_layer_is_scaled_faded_and_masked(tmp_path):
    background, layer = plain(tmp_path, BLACK), plain(tmp_path, RED, (10, 10), "layer")
    inputs = {"background": background, "layer": layer}
    assert box_of(image(COMPOSITE, tmp_path, inputs=inputs, scale=2)) == (10, 5, 30, 25)
    made = image(COMPOSITE, tmp_path, inputs=inputs, scale=0.5, scale_relative_to="background_width")
    assert box_of(made) == (10, 5, 30, 25)
    assert image(COMPOSITE, tmp_path, inputs=inputs, opacity=0.5).getpixel((20, 15)) == (128, 0, 0)
    assert box_of(image(COMPOSITE, tmp_path, inputs=inputs, opacity=0)) is None
    left = Image.new("L", (2, 1), 0)
    left.putpixel((0, 0), 255)
    mask = saved(left.resize((10, 10), Image.Resampling.NEAREST), tmp_path / "mask.png")
    made = image(COMPOSITE, tmp_path, inputs=inputs | {"mask": mask})
    assert box_of(made) == (15, 10, 20, 20)
    outside = image(COMPOSITE, tmp_path, inputs=inputs, position="custom", x=-999, y=999)
    assert box_of(outside) is None
    with pytest.raises(TooLarge, match="The scaled layer"):
        big = plain(tmp_path, RED, (1000, 1000), "big")
        work(COMPOSITE, tmp_path, inputs={"background": background, "layer": big}, scale=20)


def test_alpha_of_both_counts(tmp_path):
    clear, half = (
        plain(tmp_path, (0, 0, 0, 0), name="clear"),
        plain(tmp_path, (255, 0, 0, 128), (10, 10), "half"),
    )
    made = image(COMPOSITE, tmp_path, inputs={"background": clear, "layer": half})
    assert (made.getpixel((0, 0))[3], made.getpixel((20, 15))) == (0, (255, 0, 0, 128))
    made = image(BLEND, tmp_path, inputs={"image_a": clear, "image_b": half}, mode="multiply", amount=1)
    assert made.getpixel((20, 15)) == (255, 0, 0, 128)


@pytest.mark.parametrize(
    ("mode", "level"),
    [
        ("normal", 200), ("multiply", 78), ("screen", 222), ("overlay", 156), ("add", 255), ("subtract", 0),
        ("darken", 100), ("lighten", 200), ("difference", 100), ("soft_light", 134), ("hard_light", 188),
    ],
)  # fmt: skip
def test_two_pictures_are_blended(tmp_path, mode, level):
    inputs = {
        "image_a": plain(tmp_path, (100, 100, 100)),
        "image_b": plain(tmp_path, (200, 200, 200), (90, 20), "upper"),
    }
    made = image(BLEND, tmp_path, inputs=inputs, mode=mode, amount=1)
    assert made.size == (40, 30) and made.getpixel((20, 15))[0] == pytest.approx(level, abs=2)
    half = image(BLEND, tmp_path, inputs=inputs, mode=mode, amount=0.5).getpixel((20, 15))[0]
    assert half == pytest.approx((100 + level) / 2, abs=2)
    assert image(BLEND, tmp_path, inputs=inputs, mode=mode, amount=0).getpixel((20, 15)) == (100, 100, 100)


# image_grid, image_split


@pytest.mark.parametrize(
    ("count", "columns", "size"),
    [
        (1, 0, (20, 16)),
        (4, 0, (42, 34)),
        (5, 0, (64, 34)),
        (5, 2, (42, 52)),
        (3, 16, (64, 16)),
        (64, 0, (174, 142)),
    ],
)
def test_a_sheet_has_exactly_its_size(tmp_path, count, columns, size):
    pictures = [saved(quarters(), tmp_path / "photo.png")] * count
    cell = {"columns": columns, "cell_width": 20, "cell_height": 16, "gap": 2}
    assert image(GRID, tmp_path, inputs={"images": pictures}, **cell).size == size


def test_cells_are_filled_or_hold_the_whole_picture(tmp_path):
    pictures = [plain(tmp_path, RED, (30, 10), "a"), plain(tmp_path, BLUE, (10, 30), "b")]
    cell = {"columns": 2, "cell_width": 20, "cell_height": 20, "gap": 4, "background": "#00ff00"}
    made = image(GRID, tmp_path, inputs={"images": pictures}, fit="cover", **cell)
    assert [made.getpixel((x, 10)) for x in (0, 19, 20, 23, 24, 43)] == [RED, RED, GREEN, GREEN, BLUE, BLUE]
    made = image(GRID, tmp_path, inputs={"images": pictures}, fit="contain", **cell)
    assert [made.getpixel((10, y)) for y in (0, 10)] == [GREEN, RED]
    assert [made.getpixel((x, 10)) for x in (24, 34)] == [GREEN, BLUE]
    made = image(GRID, tmp_path, inputs={"images": pictures}, **cell | {"background": "#0000"})
    assert made.getpixel((21, 0)) == (0, 0, 0, 0)


def test_labels_stand_under_their_pictures(tmp_path):
    media = plain(tmp_path, BLACK, (20, 20))
    cell = {"columns": 1, "cell_width": 100, "cell_height": 20, "gap": 0, "label_size": 20}

    def strips(count: int, inputs=None, **params) -> list[bool]:
        made = image(GRID, tmp_path, inputs={"images": [media] * count} | (inputs or {}), **cell | params)
        assert made.size == (100, count * 50)
        return [
            box_of(made.crop((0, top, 100, top + 30)), WHITE) is not None
            for top in range(20, made.height, 50)
        ]

    assert strips(2, labels="{{index}}") == [True, True]
    assert strips(3, labels="Before\nAfter") == [True, True, False]
    assert strips(2, {"labels": ["", "one"]}, labels="x") == [False, True]
    assert strips(3, {"labels": ["Before\nAfter"]}, labels="Before\nAfter") == [
        True,
        True,
        False,
    ]  # as runs give it
    made = image(GRID, tmp_path, inputs={"images": [media]}, labels="W" * 500, label_color="#ff0000", **cell)
    assert made.size == (100, 50) and RED in {pixel for _, pixel in made.getcolors(65536)}


def test_a_sheet_that_cannot_be_is_refused(tmp_path):
    media = plain(tmp_path, RED)
    with pytest.raises(TooManyItems, match="has 65 items; the limit is 64"):
        work(GRID, tmp_path, inputs={"images": [media] * 65})
    with pytest.raises(TooManyItems, match="The list of labels"):
        work(GRID, tmp_path, inputs={"images": [media], "labels": ["a", "b"]})
    with pytest.raises(TooLarge, match="The result of"):
        work(GRID, tmp_path, inputs={"images": [media] * 16}, cell_width=4096, cell_height=4096)
    with pytest.raises(InvalidInput, match="No picture arrived"):
        work(GRID, tmp_path)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 2), (3, 7), (16, 16)])
def test_the_tiles_of_a_split_make_the_whole_again(tmp_path, rows, columns):
    photo = quarters(41, 31)
    made = work(
        SPLIT, tmp_path, inputs={"image": saved(photo, tmp_path / "in.png")}, rows=rows, columns=columns
    )
    whole, number, top = Image.new("RGB", photo.size), 0, 0
    for _ in range(rows):
        left = 0
        for _ in range(columns):
            with Image.open(made["images"][number].path) as tile:
                whole.paste(tile, (left, top))
                left, height = left + tile.width, tile.height
            number += 1
        top += height
    assert (len(made["images"]), left, top) == (rows * columns, 41, 31)
    assert ImageChops.difference(whole, photo).getbbox() is None
    with pytest.raises(InvalidInput, match="cannot be cut into 2 × 1 pieces"):
        work(SPLIT, tmp_path, inputs={"image": plain(tmp_path, RED, (1, 1))}, rows=1, columns=2)


# zip_files


def test_everything_is_packed_under_a_name(tmp_path):
    photo = saved(quarters(), tmp_path / "photo.png")
    files = [photo, photo, "Hello", {"a": 1}, 12.0, [1, 2]]
    inputs = {"files": files, "names": ["one.PNG", "one"], "source_labels": ["x"] * 2 + ["My text", "../x"]}
    result = work(ZIP, tmp_path, inputs=inputs, archive_name="my/pack.zip")["file"]
    assert (result.path.name, result.content_type) == ("my-pack.zip", "application/zip")
    with zipfile.ZipFile(result.path) as archive:
        assert archive.testzip() is None
        packed = ["one.PNG", "one-2.png", "003-My text.txt", "004-..-x.json", "005-text.txt", "006-data.json"]
        assert archive.namelist() == packed
        assert archive.read("one.PNG") == photo.path.read_bytes()
        assert (archive.read("003-My text.txt"), archive.read("005-text.txt")) == (b"Hello", b"12")
        assert json.loads(archive.read("004-..-x.json")) == {"a": 1}
    again = work(ZIP, tmp_path, inputs=inputs, archive_name="again")["file"]
    assert again.path.read_bytes() == result.path.read_bytes()


def test_names_cannot_leave_the_archive(tmp_path):
    names = ["../../etc/passwd", "/abs", "a\\b", "..", "", "con\x00trol\n", "x" * 500]
    result = work(ZIP, tmp_path, inputs={"files": ["t"] * 7, "names": names}, name_pattern="{{label}}")[
        "file"
    ]
    with zipfile.ZipFile(result.path) as archive:
        packed = archive.namelist()
    assert len(set(packed)) == 7 and all(
        "/" not in name and "\\" not in name and len(name) < 120 for name in packed
    )
    assert packed[:4] == ["-..-etc-passwd.txt", "-abs.txt", "a-b.txt", "004.txt"]
    with pytest.raises(InvalidInput, match="nothing to pack"):
        work(ZIP, tmp_path)
    with pytest.raises(TooManyItems, match="501 items"):
        work(ZIP, tmp_path, inputs={"files": ["t"] * 501})
    with pytest.raises(TooManyItems, match="The list of names has 2"):
        work(ZIP, tmp_path, inputs={"files": ["t"], "names": ["a", "b"]})
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(1_000_000_001)
    with pytest.raises(TooLarge, match="the limit is 1,000,000,000"):
        work(ZIP, tmp_path, inputs={"files": [Media(huge, "video/mp4")]})
