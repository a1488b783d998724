"""Each local media type once, to the dot: every pixel of a picture, every frame of a film, every sample of a sound.

What their settings do is tested by subject, in the files beside this one.
"""

from __future__ import annotations

import zipfile
from array import array
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from providers.local import MEDIA
from providers.local.fonts import load_font
from tests.providers.local_clips import PALETTE, clip, colors, samples, wav
from tests.providers.local_work import image, quarters, saved, work

NAMES = {color: name for name, color in PALETTE.items()}

#: Node type → settings, and the picture that it makes of red, green, blue and white quarters, a letter for a pixel.
PICTURES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "image_resize": ({"width": 8, "resample": "nearest"}, ["RRRRGGGG", "RRRRGGGG", "BBBBWWWW", "BBBBWWWW"]),
    "image_crop": ({"mode": "box", "x": 1, "width": 2}, ["RG", "BW"]),
    "image_pad": ({"left": 1, "top": 1, "color": "#000"}, ["KKKKK", "KRRGG", "KBBWW"]),
    "image_rotate_flip": ({"angle": 90, "flip_vertical": True}, ["WG", "WG", "BR", "BR"]),
    "image_composite": ({"position": "custom", "x": 1, "y": 1}, ["RRGG", "BYYW"]),
    "image_blend": ({"mode": "multiply", "amount": 1}, ["RRGG", "KKYY"]),
    "image_convert": ({"format": "png"}, ["RRGG", "BBWW"]),
    "image_adjust": ({"brightness": 0}, ["KKKK", "KKKK"]),
    "image_filter": ({"filter": "invert"}, ["CCMM", "YYKK"]),
    "image_border": ({"width": 1, "color": "#000"}, ["KKKKKK", "KRRGGK", "KBBWWK", "KKKKKK"]),
    "apply_mask": ({}, ["RR..", "BB.."]),
    "mask_from_alpha": ({}, ["WWKK", "WWKK"]),
    "mask_adjust": ({"invert": True}, ["KKWW", "KKWW"]),
    "image_grid": ({"cell_width": 16, "cell_height": 16, "gap": 1, "background": "#000"},
                   ["M" * 16 + "K" + "Y" * 16] * 16),
    "solid_color": ({"width": 3, "height": 2, "color": "#00f"}, ["BBB", "BBB"]),
}  # fmt: skip
#: Node type → settings, and the colour of each frame that it makes of a clip of red, green, blue and white frames.
FILMS: dict[str, tuple[dict[str, Any], str]] = {
    "video_trim": ({"start": 0.04}, "GBW"),
    "video_resize": ({"width": 32, "height": 32, "fps": 50}, "RRGGBBWW"),
    "video_concat": ({"width": 64, "height": 48, "fps": 25}, "RGBWKY"),
    "images_to_video": (
        {"width": 64, "height": 48, "fps": 10, "seconds_per_image": 0.3, "transition": "cut"}, "MMMYYY"
    ),
    "captions": ({"size": 8}, "RGBW"),
}  # fmt: skip
#: Those with a test of their own below, or, for facts about a picture, beside the other settings.
OTHERS = {
    "text_overlay",
    "image_split",
    "zip_files",
    "video_frame",
    "extract_audio",
    "audio_mix",
    "image_info",
}


def rows(picture: Image.Image) -> list[str]:
    """A letter for each pixel, row by row: ``.`` for a clear one, ``?`` for a colour that is none of `PALETTE`."""
    pixels: Any = picture.convert("RGBA").load()

    def letter(x: int, y: int) -> str:
        *color, alpha = pixels[x, y]
        return "." if alpha == 0 else NAMES.get(tuple(color), "?") if alpha == 255 else "?"

    return ["".join(letter(x, y) for x in range(picture.width)) for y in range(picture.height)]


@pytest.fixture
def given(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What reaches each node."""
    photo = saved(quarters(4, 2), tmp_path / "photo.png")
    yellow = saved(Image.new("RGB", (2, 1), PALETTE["Y"]), tmp_path / "yellow.png")
    magenta = saved(Image.new("RGB", (4, 2), PALETTE["M"]), tmp_path / "magenta.png")
    left = Image.new("L", (4, 2))
    left.paste(255, (0, 0, 2, 2))
    cutout = quarters(4, 2).convert("RGBA")
    cutout.putalpha(left)
    mask = saved(left, tmp_path / "mask.png")
    film = clip(tmp_path / "film.mp4", "RGBW")
    return {
        "image_composite": {"background": photo, "layer": yellow},
        "image_blend": {"image_a": photo, "image_b": yellow},
        "apply_mask": {"image": photo, "mask": mask},
        "mask_from_alpha": {"image": saved(cutout, tmp_path / "cutout.png")},
        "mask_adjust": {"mask": mask},
        "image_grid": {"images": [magenta, yellow]},
        "solid_color": {},
        "video_concat": {"videos": [film, clip(tmp_path / "more.mp4", "KY")]},
        "images_to_video": {"images": [magenta, yellow]},
        "any picture": {"image": photo},
        "any film": {"video": film},
    }


def test_every_local_media_type_is_here():
    names = {name.partition(":")[2] for name in MEDIA}
    assert names == {*PICTURES, *FILMS, *OTHERS}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_these_pixels(given, tmp_path, name):
    params, expected = PICTURES[name]
    port = "mask" if name.startswith("mask_") else "image"
    made = image(
        f"utility:{name}", tmp_path, inputs=given.get(name, given["any picture"]), port=port, **params
    )
    assert rows(made) == expected


@pytest.mark.parametrize("name", FILMS)
def test_a_film_has_these_frames(given, tmp_path, name):
    params, expected = FILMS[name]
    made = work(f"utility:{name}", tmp_path, inputs=given.get(name, given["any film"]), **params)["video"]
    assert colors(made) == expected


def test_the_letters_of_a_text_are_those_of_its_font(tmp_path):
    """Pixel by pixel what the font draws; where it stands is tested beside the other settings."""
    black = saved(Image.new("RGB", (120, 60)), tmp_path / "black.png")
    params = {"size": 30, "font": "DejaVuSans", "color": "#fff"}
    made = image("utility:text_overlay", tmp_path, inputs={"image": black, "text": "Fox"}, **params)
    mask = load_font("DejaVuSans", 30).getmask("Fox", mode="L")
    drawn = Image.frombytes("L", mask.size, bytes(mask))
    assert [band.crop(band.getbbox()).tobytes() for band in made.split()] == [
        drawn.crop(drawn.getbbox()).tobytes()
    ] * 3


def test_the_tiles_of_a_split_have_these_pixels(given, tmp_path):
    made = work("utility:image_split", tmp_path, inputs=given["any picture"], rows=1, columns=2)["images"]
    assert [rows(Image.open(tile.path)) for tile in made] == [["RR", "BB"], ["GG", "WW"]]


def test_an_archive_holds_the_very_bytes(given, tmp_path):
    photo = given["any picture"]["image"]
    made = work("utility:zip_files", tmp_path, inputs={"files": [photo]}, archive_name="all")["file"]
    with zipfile.ZipFile(made.path) as archive:
        [name] = archive.namelist()
        assert archive.read(name) == photo.path.read_bytes()


def test_a_still_has_every_pixel_of_its_frame(tmp_path):
    """In greys, of which films know 220: colours between two of their points are for each reader to say."""
    grey = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    film = clip(tmp_path / "film.mp4", [grey, grey.rotate(180)])
    still = image("utility:video_frame", tmp_path, inputs={"video": film}, position="last")
    with av.open(str(film.path)) as container:
        _, last = container.decode(video=0)
    plane = last.planes[0]
    levels = b"".join(bytes(plane)[row * plane.line_size :][:64] for row in range(48))
    assert [band.tobytes() for band in still.split()] == [
        bytes(round((one - 16) * 255 / 219) for one in levels)
    ] * 3


def test_a_mix_has_these_samples(tmp_path):
    tracks = [wav(tmp_path / "a.wav", [10, -20, 30]), wav(tmp_path / "b.wav", [1, 2])]
    made = work("utility:audio_mix", tmp_path, inputs={"tracks": tracks}, format="wav")["audio"]
    assert samples(made) == [11, -18, 30]


def test_the_sound_of_a_film_has_every_sample(tmp_path):
    film = clip(tmp_path / "film.mp4", "RGBW", level=7000)
    made = work("utility:extract_audio", tmp_path, inputs={"video": film}, format="wav")["audio"]
    resampler, heard = av.AudioResampler(format="s16", layout="mono", rate=44_100), array("h")
    with av.open(str(film.path)) as container:
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                heard.frombytes(bytes(part.planes[0])[: 2 * part.samples])
    assert samples(made) == heard.tolist()[: len(samples(made))]
    assert len(samples(made)) == 44_100 * 4 // 25
