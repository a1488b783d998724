"""Nodes that take stills from videos, cut them, resize them and put them together."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from providers.base import Media, Request
from providers.catalog import load_catalog
from providers.errors import InvalidInput, ProviderError, TooManyItems
from providers.local import films, limits
from providers.local.limits import TooLarge
from providers.local.pool import ChildPool
from providers.local.provider import run_in_child
from tests.providers.local_clips import clip, colors, heard, letter, pictures, streams, wav
from tests.providers.local_work import image, quarters, saved, work

FRAME, TRIM, RESIZE = "utility:video_frame", "utility:video_trim", "utility:video_resize"
CONCAT, SHOW = "utility:video_concat", "utility:images_to_video"
VIDEO_NODES = (FRAME, TRIM, RESIZE, CONCAT, "utility:extract_audio", "utility:captions")
SMALL = {"width": 64, "height": 48, "fps": 25}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def made(kind: str, scratch: Path, *, inputs: dict, **params) -> Media:
    media = work(kind, scratch, inputs=inputs, **params)["video"]
    assert media.path.parent == scratch
    assert b"moov" in media.path.read_bytes()[:64], "the index comes first, so that it plays while it loads"
    return media


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


def turned(media: Media, degrees: int) -> Media:
    """The same packets, shown turned."""
    import av

    path = media.path.with_stem("turned")
    with av.open(str(media.path)) as source, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return replace(media, path=path)


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


# video_concat


def test_clips_of_every_kind_are_joined_in_order(tmp_path, scratch):
    clips = [
        turned(clip(tmp_path / "a.mp4", "RGB", size=(48, 64)), 90),
        clip(tmp_path / "b.webm", "WKWK", size=(97, 33), rate=50, level=6000),
        clip(tmp_path / "c.mov", "YCM", level=6000, sound={"rate": 32_000, "layout": "stereo"}),
    ]
    joined = made(CONCAT, scratch, inputs={"videos": clips}, **SMALL)
    assert colors(joined) == "RGBWWYCM"
    assert streams(joined) == [("video", "h264", 0.32), ("audio", "aac", 0.32)]
    assert abs(heard(joined, 0.05)) < 200 and heard(joined, 0.26) == pytest.approx(6000, rel=0.1)


@pytest.mark.parametrize(
    ("transition", "expected"),
    [("cut", "RRRRRRBBBBBB"), ("crossfade", "RRRR??BBBB"), ("fade_black", "RRRRR??BBBBB")],
)
def test_clips_meet_as_asked(tmp_path, scratch, transition, expected):
    clips = [clip(tmp_path / "a.mp4", "RRRRRR", level=9000), clip(tmp_path / "b.mp4", "BBBBBB", level=9000)]
    joined = made(
        CONCAT,
        scratch,
        inputs={"videos": clips},
        transition=transition,
        transition_s=0.1,
        **SMALL | {"fps": 20},
    )
    shown = pictures(joined)
    places = "".join(letter(picture, (9, 9)) for picture in shown)
    assert places == {"cut": "RRRRRBBBBB", "crossfade": "RRR??BBB", "fade_black": "RRRR??BBBB"}[transition]
    middle = [picture.getpixel((9, 9)) for picture, place in zip(shown, places, strict=True) if place == "?"]
    wanted = {
        "cut": [],
        "crossfade": [(170, 0, 85), (85, 0, 170)],
        "fade_black": [(127, 0, 0), (0, 0, 127)],
    }[transition]
    for seen, color in zip(middle, wanted, strict=True):
        assert all(abs(a - b) <= 4 for a, b in zip(seen, color, strict=True))
    assert streams(joined)[1] == ("audio", "aac", len(places) / 20)
    assert heard(joined, 0.1) == pytest.approx(9000, rel=0.1)
    if transition == "crossfade":
        assert heard(joined, 0.18) == pytest.approx(9000, rel=0.15)
    if transition == "fade_black":
        assert heard(joined, 0.24) < 4000


@pytest.mark.parametrize(
    ("mode", "own", "other"),
    [("keep", True, False), ("replace", False, True), ("mix", True, True), ("mute", False, False)],
)
def test_the_sound_of_clips_is_kept_replaced_mixed_or_left_out(tmp_path, scratch, mode, own, other):
    clips = [clip(tmp_path / "a.mp4", "RRRRR", level=4000), clip(tmp_path / "b.mp4", "BBBBB")]
    audio = wav(tmp_path / "x.wav", [8000] * 16_000, rate=16_000)
    joined = made(CONCAT, scratch, inputs={"videos": clips, "audio": audio}, audio_mode=mode, **SMALL)
    if not (own or other):
        assert [kind for kind, _, _ in streams(joined)] == ["video"]
        return
    assert {seconds for _, _, seconds in streams(joined)} == {0.4}
    assert heard(joined, 0.1) == pytest.approx(4000 * own + 8000 * other, rel=0.1)
    assert heard(joined, 0.3) == pytest.approx(8000 * other, rel=0.1, abs=200)


def test_a_sound_shorter_than_the_clips_ends_in_silence(tmp_path, scratch):
    clips = [clip(tmp_path / "a.mp4", "R" * 10)]
    audio = wav(tmp_path / "x.wav", [8000] * 1600, channels=2)
    joined = made(CONCAT, scratch, inputs={"videos": clips, "audio": audio}, **SMALL)
    assert heard(joined, 0.1) == pytest.approx(8000, rel=0.1) and abs(heard(joined, 0.35)) < 200


def test_clips_shown_whole_get_black_sides(tmp_path, scratch):
    joined = made(
        CONCAT,
        scratch,
        inputs={"videos": clip(tmp_path / "a.mp4", "W")},
        **SMALL | {"width": 96},
        fit="contain",
    )
    assert [letter(pictures(joined)[0], at) for at in ((15, 20), (16, 20), (79, 20), (80, 20))] == list(
        "KWWK"
    )


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"transition": "crossfade", "transition_s": 1}, "s is 1 s, but clip 1 is 0.16 s long; use 0.16 s or less"),
        ({"transition": "fade_black", "transition_s": 1}, "s is 1 s, but clip 1 is 0.16 s long; use 0.32 s or less"),
        ({"audio_mode": "replace"}, "Audio mode is replace, but no sound arrived at audio"),
        ({"width": 8}, "Width is 8; it must be between 16 and 4096"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(tmp_path, scratch, params, words):
    clips = [clip(tmp_path / "a.mp4", "RGBW"), clip(tmp_path / "b.mp4", "RGBW")]
    with pytest.raises(InvalidInput, match=words):
        work(CONCAT, scratch, inputs={"videos": clips}, **SMALL | params)
    with pytest.raises(TooManyItems, match="The list of videos has 51 items; the limit is 50"):
        work(CONCAT, scratch, inputs={"videos": clips[:1] * 51}, **SMALL)
    with pytest.raises(InvalidInput, match="No video arrived at videos"):
        work(CONCAT, scratch, **SMALL)
    assert list(scratch.iterdir()) == []


# images_to_video


def plain(tmp_path: Path, names: str) -> list[Media]:
    return [
        saved(
            Image.new("RGB", (40, 30), {"R": "red", "B": "blue", "G": "lime"}[name]),
            tmp_path / f"{number}.png",
        )
        for number, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("transition", "expected"),
    [("cut", "RRRRRBBBBBGGGGG"), ("crossfade", "RRRR??BBB??GGGG"), ("fade_black", "RRRR??BBB??GGGG")],
)
def test_pictures_are_shown_for_their_seconds(tmp_path, scratch, transition, expected):
    params = {"fps": 10, "seconds_per_image": 0.5, "transition": transition, "transition_s": 0.2}
    show = made(SHOW, scratch, inputs={"images": plain(tmp_path, "RBG")}, width=64, height=48, **params)
    assert (colors(show), show.seconds) == (expected, 1.5)
    assert streams(show) == [("video", "h264", 1.5)]


@pytest.mark.parametrize(("fit", "side"), [("cover", "W"), ("contain", "K"), ("blur", "W")])
def test_pictures_fill_the_frame_as_asked(tmp_path, scratch, fit, side):
    picture = saved(Image.new("RGBA", (33, 33), (255, 255, 255, 255)), tmp_path / "a.png")
    audio = wav(tmp_path / "x.wav", [8000] * 16_000)
    show = made(
        SHOW,
        scratch,
        inputs={"images": picture, "audio": audio},
        width=97,
        height=49,
        fps=5,
        seconds_per_image=0.4,
        fit=fit,
    )
    assert (show.width, show.height, show.seconds) == (96, 48, 0.4)
    for shown in pictures(show):
        assert letter(shown, (3, 24)) + letter(shown, (48, 24)) + letter(shown, (92, 24)) == f"{side}W{side}"
    assert streams(show)[1] == ("audio", "aac", 0.4) and heard(show, 0.2) == pytest.approx(8000, rel=0.1)


@pytest.mark.parametrize("motion", ["zoom_in", "zoom_out"])
def test_pictures_come_closer_or_go_away(tmp_path, scratch, motion):
    dot = Image.new("RGB", (128, 96), "black")
    dot.paste("white", (32, 24, 96, 72))
    show = made(
        SHOW,
        scratch,
        inputs={"images": saved(dot, tmp_path / "a.png")},
        width=128,
        height=96,
        fps=5,
        seconds_per_image=1,
        motion=motion,
    )
    widths = [sum(letter(picture, (x, 48)) == "W" for x in range(128)) for picture in pictures(show)]
    assert widths == sorted(widths, reverse=motion == "zoom_out")
    assert abs(min(widths) - 64) <= 2 and abs(max(widths) - 64 * 1.15) <= 3


def test_a_slideshow_that_cannot_be_made_is_refused(tmp_path, scratch):
    pictures_in = plain(tmp_path, "RB")
    with pytest.raises(
        InvalidInput, match=r"^Transition s is 0.4 s, but a picture is shown for 0.3 s; use no more"
    ):
        work(SHOW, scratch, inputs={"images": pictures_in}, seconds_per_image=0.3)
    with pytest.raises(
        TooLarge, match=r"would be 1,200.0 s long; the limit is 900 s\. Lower Seconds per image"
    ):
        work(SHOW, scratch, inputs={"images": pictures_in * 10}, seconds_per_image=60)
    with pytest.raises(InvalidInput, match="Images holds something that is not a picture"):
        work(SHOW, scratch, inputs={"images": ["https://x.example/a.png"]})
    assert list(scratch.iterdir()) == []


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
