"""Subtitles: when they are shown, how they are broken, and what is drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFont

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import fonts
from providers.local.cues import Cue, broken, spread, timed
from tests.providers.local_clips import clip, colors, pictures, streams
from tests.providers.local_work import work

CAPTIONS = "utility:captions"
PLAIN = {"font": "DejaVuSans-Bold", "size": 14, "stroke_width": 0, "margin": 6}


def in_ten(line: str) -> bool:
    return len(line) <= 10


def burned(tmp_path: Path, video: Media, inputs: dict | None = None, **params) -> Media:
    made: Media = work(CAPTIONS, tmp_path, inputs={"video": video, **(inputs or {})}, **PLAIN | params)[
        "video"
    ]
    return made


def drawn(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around what is not black."""
    seen = ImageChops.difference(picture, Image.new("RGB", picture.size)).convert("L")
    return seen.point(lambda value: 255 if value > 60 else 0).getbbox()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four", ["one two", "three four"]),
        ("  one \n\n two ", ["one", "two"]),
        ("incomprehensible word", ["incomprehe", "nsible", "word"]),
        ("日本語の字幕はここで折り返す。終わり", ["日本語の字幕はここで", "折り返す。終わり"]),
        ("一二三四五六七八九十。終", ["一二三四五六七八九", "十。終"]),
        ("Wireflow は速い", ["Wireflow は", "速い"]),
        ("مرحبا بالعالم كله", ["مرحبا", "بالعالم", "كله"]),
        ("e\u0301" * 9, ["e\u0301" * 5, "e\u0301" * 4]),
        ("", []),
    ],
)
def test_lines_are_broken_where_readers_expect_it(text, lines):
    assert broken(text, in_ten) == lines


def test_a_text_is_spread_over_the_clip_by_length():
    assert spread("aaaa bbbb cccc dddd eeee", 5.0, in_ten, 1) == [
        Cue(0.0, 9 * 5 / 22, ("aaaa bbbb",)), Cue(9 * 5 / 22, 18 * 5 / 22, ("cccc dddd",)),
        Cue(18 * 5 / 22, 5.0, ("eeee",)),
    ]  # fmt: skip
    assert [cue.lines for cue in spread("aaaa bbbb cccc dddd eeee", 5.0, in_ten, 2)] == [
        ("aaaa bbbb", "cccc dddd"),
        ("eeee",),
    ]


def test_timed_words_share_captions_until_a_line_is_full_or_a_pause():
    stamps = [
        {"text": "one", "start": 0, "end": 0.4}, {"word": "two", "start": 0.5, "end": 0.8},
        {"text": "three", "timestamp": [0.9, 1.2]}, {"text": "four", "start": 3, "end": None},
        {"text": "late", "start": 9, "end": 10}, {"text": " ", "start": 0, "end": 1},
    ]  # fmt: skip
    expected = [Cue(0, 0.8, ("one two",)), Cue(0.9, 1.2, ("three",)), Cue(3, 4, ("four",))]
    for given in (stamps, json.dumps(stamps), {"chunks": stamps}, {"words": list(reversed(stamps))}):
        assert timed(given, 4.0, in_ten, 1) == expected


def test_timed_sentences_are_paged_and_never_overlap():
    stamps = [{"text": "aaaa bbbb cccc dddd", "start": 0, "end": 2}, {"text": "eeee", "start": 1.5, "end": 3}]
    assert timed(stamps, 4.0, in_ten, 1) == [
        Cue(0, 1, ("aaaa bbbb",)), Cue(1, 1.5, ("cccc dddd",)), Cue(1.5, 3, ("eeee",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stamps", "words"),
    [
        ("no json", "Word timestamps must be a list"), ({"a": 1}, "Word timestamps must be a list"),
        ([1], "Entry 1 of word timestamps is 1; write"),
        ([{"text": "a", "start": 0, "end": 1}, {"text": "b", "start": 2, "end": 1}], "Entry 2 of word timestamps"),
        ([{"text": "a", "start": "soon", "end": 1}], "Entry 1 of word timestamps"),
        ([{"start": 0, "end": 1}], "Entry 1"),
        ([{"text": "a", "start": 0, "end": 1}] * 20_001, "Word timestamps has 20001 items; the limit is 20000"),
    ],
)  # fmt: skip
def test_stamps_that_say_nothing_are_refused(tmp_path, stamps, words):
    video = clip(tmp_path / "a.mp4", "KK")
    with pytest.raises(InvalidInput, match=words):
        burned(tmp_path, video, {"word_timestamps": stamps})


def test_words_are_drawn_while_they_are_spoken_and_nowhere_else(tmp_path):
    video = clip(tmp_path / "a.mp4", "RRGGBBWW", size=(128, 96), level=5000)
    stamps = [{"text": "II", "start": 0.08, "end": 0.16}, {"text": "II", "start": 0.24, "end": 5}]
    params = {"color": "#000", "position": "center", "size": 40, "max_chars": 4, "max_lines": 1}
    made = burned(tmp_path, video, {"word_timestamps": stamps}, **params)
    shown = pictures(made)
    assert colors(made) == "RRGGBBWW" and (made.width, made.height, made.seconds) == (128, 96, 0.32)
    inside = [(64 - 8, 48), (64 + 8, 48)]  # the two strokes
    letters = ["".join("K" if max(picture.getpixel(at)) < 40 else "." for at in inside) for picture in shown]
    assert letters == ["..", "..", "KK", "KK", "..", "..", "KK", "KK"]
    assert [kind for kind, _, _ in streams(made)] == ["video", "audio"]
    content = made.path.read_bytes()
    again = burned(tmp_path, video, {"word_timestamps": stamps}, **params)
    assert again.path.read_bytes() == content


@pytest.mark.parametrize(
    ("position", "top", "bottom"), [("top", 6, 24), ("center", 38, 58), ("bottom", 72, 90)]
)
def test_captions_stand_where_they_are_put(tmp_path, position, top, bottom):
    video = clip(tmp_path / "a.mp4", "K", size=(128, 96))
    box = drawn(pictures(burned(tmp_path, video, {"text": "Hello"}, position=position))[0])
    assert box is not None and top <= box[1] < box[3] <= bottom
    assert abs((box[0] + box[2]) / 2 - 64) <= 2


def test_a_margin_wider_than_the_film_hides_nothing(tmp_path):
    video = clip(tmp_path / "a.mp4", "K", size=(64, 48))
    box = drawn(pictures(burned(tmp_path, video, text="Hi", margin=2000))[0])
    assert box is not None and box[3] <= 48 and box[1] < 16


def test_boxes_outlines_and_half_clear_colours(tmp_path):
    video = clip(tmp_path / "a.mp4", "W", size=(128, 96))
    boxed = pictures(burned(tmp_path, video, text="Hi", box_color="#ff000080", position="center"))[0]
    box_edge = boxed.getpixel((64, 37))
    assert all(abs(a - b) <= 12 for a, b in zip(box_edge, (255, 127, 127), strict=True))
    assert boxed.getpixel((5, 5)) == pytest.approx((255, 255, 255), abs=3)
    plain = pictures(burned(tmp_path, video, text="Hi", color="#ffffff"))[0]
    outlined = pictures(burned(tmp_path, video, text="Hi", color="#ffffff", stroke_width=3))[0]
    assert (
        min(plain.convert("L").get_flattened_data()) > 240
        and min(outlined.convert("L").get_flattened_data()) < 60
    )


@pytest.mark.parametrize(
    ("max_chars", "max_lines", "heights"), [(40, 2, [1, 1]), (8, 2, [2, 2]), (8, 1, [1, 1]), (4, 4, [4, 4])]
)
def test_lines_are_as_long_and_as_many_as_asked(tmp_path, max_chars, max_lines, heights):
    video = clip(tmp_path / "a.mp4", "KK", size=(128, 96))
    made = burned(tmp_path, video, text="AAA AAA AAA AAA", max_chars=max_chars, max_lines=max_lines, size=10)
    for picture, lines in zip(pictures(made), heights, strict=True):
        box = drawn(picture)
        line = fonts.load_font("DejaVuSans-Bold", 10)
        assert isinstance(line, ImageFont.FreeTypeFont)
        assert box is not None and abs((box[3] - box[1]) - (7 + (lines - 1) * sum(line.getmetrics()))) <= 3


def test_no_words_leave_the_film_as_it_is(tmp_path):
    video = clip(tmp_path / "a.webm", "RGBW", size=(65, 49))
    made = burned(tmp_path, video, {"word_timestamps": [], "text": "  "})
    assert colors(made) == "RGBW" and (made.width, made.height) == (64, 48)


@pytest.mark.parametrize("text", ["字幕", "مرحبا بالعالم", "שלום", "👩‍👩‍👧", "\u200d", "a\u0000b", "x" * 300])
def test_every_script_is_drawn_or_left_blank_but_never_breaks_the_film(tmp_path, text):
    video = clip(tmp_path / "a.mp4", "RR")
    assert colors(burned(tmp_path, video, text=text), (2, 2)) == "RR"
