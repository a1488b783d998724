"""Nodes that take stills from videos, cut them and resize them, and what they say of foreign files."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import Image

from providers.base import Media, Request
from providers.catalog import load_catalog
from providers.errors import InvalidInput, ProviderError
from providers.local import films, limits
from providers.local.limits import TooLarge
from providers.local.pool import ChildPool
from providers.local.provider import run_in_child
from tests.providers.local_clips import clip, colors, heard, letter, made, pictures, streams, turned, wav
from tests.providers.local_work import image, quarters, saved, work

FRAME, TRIM, RESIZE = "utility:video_frame", "utility:video_trim", "utility:video_resize"
CONCAT = "utility:video_concat"
VIDEO_NODES = (FRAME, TRIM, RESIZE, CONCAT, "utility:extract_audio", "utility:captions")


def corner_letters(picture: Image.Image) -> str:
    """What stands in the middle of each quarter, row by row."""
    width, height = picture.size
    places = ((1, 1), (3, 1), (1, 3), (3, 3))
    return "".join(letter(picture, (width * x // 4, height * y // 4)) for x, y in places)


# video_frame


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"position": "first"}, "R"), ({"position": "middle"}, "B"), ({}, "K"), ({"position": "last"}, "K"),
        ({"position": "time", "time": 0}, "R"), ({"position": "time", "time": 0.039}, "R"),
        ({"position": "time", "time": 0.04}, "G"), ({"position": "time", "time": "0.199"}, "K"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov"])
def test_a_still_is_the_frame_shown_at_that_moment(tmp_path, name, params, expected):
    media = clip(tmp_path / name, "RGBWK", level=1000)
    still = image(FRAME, tmp_path, inputs={"video": media}, **params)
    assert (still.size, still.mode, letter(still, (30, 30))) == ((64, 48), "RGB", expected)


def test_a_still_behind_the_end_is_refused(tmp_path):
    media = clip(tmp_path / "a.mp4", "RGBWK")
    with pytest.raises(InvalidInput, match=r"^Time is 0.2 s, but the video is 0.2 s long; lower it\.$"):
        work(FRAME, tmp_path, inputs={"video": media}, position="time", time=0.2)


def test_a_still_of_an_odd_size_keeps_all_its_pixels(tmp_path):
    media = clip(tmp_path / "a.webm", [quarters(65, 33)])
    still = image(FRAME, tmp_path, inputs={"video": media})
    assert (still.size, corner_letters(still)) == ((65, 33), "RGBW")


@pytest.mark.parametrize(
    ("degrees", "size", "expected"),
    [(90, (48, 64), "GWRB"), (180, (64, 48), "WBGR"), (-90, (48, 64), "BRWG")],
)
def test_a_turned_film_is_seen_upright(tmp_path, degrees, size, expected):
    media = turned(clip(tmp_path / "a.mp4", [quarters(64, 48)] * 3), degrees)
    still = image(FRAME, tmp_path, inputs={"video": media}, position="first")
    assert (still.size, corner_letters(still)) == (size, expected)
    cut = made(TRIM, tmp_path, inputs={"video": media})
    assert [corner_letters(picture) for picture in pictures(cut)] == [expected] * 3
    assert (cut.width, cut.height) == size


def test_pixels_that_are_not_square_become_so(tmp_path):
    media = clip(tmp_path / "a.mp4", [quarters(64, 48)], aspect=Fraction(2))
    still = image(FRAME, tmp_path, inputs={"video": media})
    assert (still.size, corner_letters(still)) == ((128, 48), "RGBW")
    assert made(TRIM, tmp_path, inputs={"video": media}).width == 128


# video_trim


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "RGBWKYCM"), ({"start": 0.12}, "WKYCM"), ({"start": 0.08, "duration": 0.12}, "BWK"),
        ({"duration": 0.1}, "RGB"), ({"start": 0.28, "duration": 60}, "M"),
    ],
)  # fmt: skip
def test_a_piece_has_exactly_its_frames_and_its_sound(tmp_path, scratch, params, expected):
    media = clip(tmp_path / "a.mp4", "RGBWKYCM", level=8000)
    cut = made(TRIM, scratch, inputs={"video": media}, **params)
    assert colors(cut) == expected
    assert [kind for kind, _, _ in streams(cut)] == ["video", "audio"]
    assert {seconds for _, _, seconds in streams(cut)} == {round(len(expected) / 25, 2)}
    again = cut.path.read_bytes()
    assert made(TRIM, scratch, inputs={"video": media}, **params).path.read_bytes() == again


def test_a_piece_can_be_silent_and_a_silent_film_be_cut(tmp_path, scratch):
    loud, silent = clip(tmp_path / "a.mp4", "RGBW", level=8000), clip(tmp_path / "b.mp4", "RGBW")
    assert streams(made(TRIM, scratch, inputs={"video": loud}, mute=True)) == [("video", "h264", 0.16)]
    assert streams(made(TRIM, scratch, inputs={"video": silent})) == [("video", "h264", 0.16)]


def test_an_odd_film_loses_a_pixel_and_nothing_is_scaled(tmp_path, scratch):
    striped = Image.new("RGB", (65, 33), "white")
    for x in range(0, 65, 4):
        striped.paste("black", (x, 0, x + 2, 33))
    cut = made(TRIM, scratch, inputs={"video": clip(tmp_path / "a.webm", [striped] * 2)})
    assert (cut.width, cut.height) == (64, 32)
    assert "".join(letter(pictures(cut)[1], (x, 20)) for x in range(64)) == "KKWW" * 16


def test_a_piece_that_begins_behind_the_end_is_refused(tmp_path, scratch):
    media = clip(tmp_path / "a.mp4", "RGBW")
    with pytest.raises(InvalidInput, match=r"^Start is 3 s, but the video is 0.16 s long; lower it\.$"):
        work(TRIM, scratch, inputs={"video": media}, start=3)
    assert list(scratch.iterdir()) == []


# video_resize


@pytest.mark.parametrize(("fit", "sides"), [("cover", "RW"), ("contain", "KK"), ("blur", "RW")])
def test_a_film_gets_the_size_asked_for(tmp_path, scratch, fit, sides):
    media = clip(
        tmp_path / "a.mp4", [quarters(64, 64)] * 3, level=5000, sound={"layout": "stereo", "rate": 48_000}
    )
    resized = made(RESIZE, scratch, inputs={"video": media}, width=97, height=48, fit=fit)
    assert (resized.width, resized.height) == (96, 48)
    assert [(kind, codec) for kind, codec, _ in streams(resized)] == [("video", "h264"), ("audio", "aac")]
    for picture in pictures(resized):
        if fit != "blur":
            assert letter(picture, (2, 2)) + letter(picture, (93, 45)) == sides
        else:
            red, green, _ = picture.getpixel((2, 2))
            assert red > 150 and green < 100 and min(picture.getpixel((93, 45))) > 150
        assert letter(picture, (40, 12)) + letter(picture, (56, 36)) == "RW"
    assert heard(resized, 0.06) == pytest.approx(5000, rel=0.1)


@pytest.mark.parametrize(
    ("fps", "expected"), [(None, "RGBW"), (50, "RRGGBBWW"), (25, "RGBW"), (12, "RB"), (5, "R")]
)
def test_a_film_gets_the_rate_asked_for(tmp_path, scratch, fps, expected):
    media = clip(tmp_path / "a.mp4", "RGBW")
    assert colors(made(RESIZE, scratch, inputs={"video": media}, width=64, height=48, fps=fps)) == expected


def test_a_film_of_uneven_rate_and_milliseconds_keeps_its_time(tmp_path, scratch):
    thirds = clip(tmp_path / "a.webm", "RGBWKY", rate=30)
    assert colors(made(RESIZE, scratch, inputs={"video": thirds}, width=64, height=48)) == "RGBWKY"
    uneven = clip(tmp_path / "b.mp4", "RGBW", times=[0, 1, 4, 6])
    assert colors(made(RESIZE, scratch, inputs={"video": uneven}, width=64, height=48, fps=25)) == "RGGGBBW"


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_every_kind_of_pixels_is_taken(tmp_path, scratch, pix_fmt):
    media = clip(tmp_path / "a.mp4", "RGBWK", pix_fmt=pix_fmt)
    assert colors(made(RESIZE, scratch, inputs={"video": media}, width=32, height=32)) == "RGBWK"


def test_too_much_work_is_refused_before_it_begins(tmp_path, scratch, monkeypatch):
    media = clip(tmp_path / "a.mp4", "RG", times=[0, 25 * 1000])
    with pytest.raises(
        TooLarge,
        match=r"would be 1,000.0 s long; the limit is 900 s\. Shorten Duration, or resize the video first\.$",
    ):
        work(TRIM, scratch, inputs={"video": media})
    assert colors(made(TRIM, scratch, inputs={"video": media}, start=998.5, duration=1)) == "R"
    monkeypatch.setattr(limits, "FILM_PIXELS", 10_000_000)
    with pytest.raises(TooLarge) as refused:
        work(RESIZE, scratch, inputs={"video": clip(tmp_path / "b.mp4", "RG")}, width=4096, height=4096)
    assert refused.value.message == (
        "The video would have 2 frames of 4096 × 4096 pixels, 34 megapixels in all; the limit is 10. "
        "Lower Width, Height or Fps, or use a shorter video."
    )


# what is no video


def test_damaged_and_foreign_files_are_refused_or_read_but_never_end_the_child(tmp_path):
    whole = clip(
        tmp_path / "a.mp4", [Image.effect_noise((64, 48), 90).convert("RGB") for _ in range(6)], level=900
    )
    content, dice, catalog = whole.path.read_bytes(), random.Random(20261121), load_catalog()
    spoiled = [
        b"",
        b"RIFF",
        content[:200],
        content[: len(content) // 2],
        b"\0" * 4096,
        b"<svg/>",
        b"ID3" + content,
    ]
    for _ in range(24):
        bytes_now = bytearray(content)
        for _ in range(dice.choice((1, 4, 40))):
            bytes_now[dice.randrange(24, len(bytes_now))] = dice.randrange(256)
        spoiled.append(bytes(bytes_now))
    pool = ChildPool(1)
    try:
        for number, broken in enumerate(spoiled):
            path, folder = tmp_path / f"{number}.mp4", tmp_path / f"out{number}"
            path.write_bytes(broken)
            folder.mkdir()
            kind = catalog[VIDEO_NODES[number % len(VIDEO_NODES)]]
            port = "videos" if kind.name == CONCAT else "video"
            request = Request(
                kind, {port: Media(path, "video/mp4")}, {"width": 64, "height": 64} | {"text": "x"}, folder
            )
            try:
                run_in_child(pool, request)
            except ProviderError as refused:
                assert isinstance(refused, InvalidInput), (number, kind.name, refused.detail)
                assert refused.message.endswith("."), refused.message
    finally:
        pool.close()


def test_a_file_that_names_another_file_does_not_get_it(tmp_path):
    secret = clip(tmp_path / "secret.mp4", "RGB")
    for content in (f"#EXTM3U\n#EXTINF:1,\n{secret.path}\n", f"ffconcat version 1.0\nfile {secret.path}\n"):
        path = tmp_path / "list.mp4"
        path.write_text(content)
        with pytest.raises(InvalidInput):
            work(FRAME, tmp_path, inputs={"video": Media(path, "video/mp4")})


def test_nothing_and_the_wrong_thing_are_refused(tmp_path):
    for inputs, words in (
        ({}, "No video arrived at video"),
        ({"video": saved(quarters(), tmp_path / "a.png")}, "A video is needed here, not image/png"),
        ({"video": wav(tmp_path / "a.wav", [1] * 800)}, "A video is needed here, not audio/wav"),
        ({"video": replace(wav(tmp_path / "b.wav", [1] * 800), content_type="video/mp4")}, "holds no video"),
    ):
        with pytest.raises(InvalidInput, match=words):
            work(TRIM, tmp_path, inputs=inputs)


def test_a_rate_nobody_films_at_is_counted_instead(tmp_path):
    film = films.measure(clip(tmp_path / "a.mp4", "RGBW", rate=500))
    assert (film.rate, film.seconds) == (120, Fraction(1, 120))
