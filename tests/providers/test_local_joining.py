"""Nodes that put clips together and make films of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from providers.base import Media
from providers.errors import InvalidInput, TooManyItems
from providers.local.limits import TooLarge
from tests.providers.local_clips import clip, colors, heard, letter, made, pictures, streams, turned, wav
from tests.providers.local_work import saved, work

CONCAT, SHOW = "utility:video_concat", "utility:images_to_video"
SMALL = {"width": 64, "height": 48, "fps": 25}


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
