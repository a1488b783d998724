"""Nodes that take sounds out of videos and lay them together."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from providers.errors import InvalidInput, TooManyItems
from providers.local import limits, soundtracks
from providers.local.limits import TooLarge
from tests.providers.local_clips import clip, heard, samples, wav
from tests.providers.local_work import quarters, saved, work

EXTRACT, MIX = "utility:extract_audio", "utility:audio_mix"
FORMATS = {
    "mp3": ("audio/mpeg", "mp3", "mp3float"), "wav": ("audio/wav", "wav", "pcm_s16le"),
    "m4a": ("audio/mp4", "mov,mp4,m4a,3gp,3g2,mj2", "aac"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_sounds_are_written_as_asked_and_twice_the_same(tmp_path, name):
    track = wav(tmp_path / "a.wav", [5000] * 4000, rate=16_000)
    made = work(MIX, tmp_path, inputs={"tracks": track}, format=name)["audio"]
    content_type, container_name, codec = FORMATS[name]
    assert (made.content_type, made.seconds, made.path.parent) == (content_type, 0.25, tmp_path)
    with av.open(str(made.path)) as container:
        stream = container.streams.audio[0]
        assert (container.format.name, stream.codec_context.name) == (container_name, codec)
        assert (stream.codec_context.sample_rate, stream.codec_context.layout.nb_channels) == (16_000, 1)
    assert heard(made, 0.12) == pytest.approx(5000, rel=0.05)
    content = made.path.read_bytes()
    assert work(MIX, tmp_path, inputs={"tracks": track}, format=name)["audio"].path.read_bytes() == content


def test_the_sound_of_a_video_is_extracted_whole(tmp_path):
    video = clip(tmp_path / "a.mp4", "RGBWKYCMRG", level=7000)
    made = work(EXTRACT, tmp_path, inputs={"video": video}, format="wav")["audio"]
    assert len(samples(made)) == 17_640 and heard(made, 0.2) == pytest.approx(7000, rel=0.2)
    assert work(EXTRACT, tmp_path, inputs={"video": video})["audio"].content_type == "audio/mpeg"


def test_a_video_without_sound_has_none_to_extract(tmp_path):
    with pytest.raises(InvalidInput, match=r"^This video has no sound; there is nothing to extract\.$"):
        work(EXTRACT, tmp_path, inputs={"video": clip(tmp_path / "a.mp4", "RG")})


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [110, 220, 330, 40, 50]), ({"length": "shortest"}, [110, 220, 330]),
        ({"length": "first"}, [110, 220, 330, 40, 50]), ({"volumes": [2]}, [120, 240, 360, 80, 100]),
        ({"volumes": ["0.5", 0]}, [5, 10, 15, 20, 25]),
        ({"volumes": [0, 1], "length": "longest"}, [100, 200, 300, 0, 0]),
        ({"mode": "sequence"}, [10, 20, 30, 40, 50, 100, 200, 300]),
        ({"mode": "sequence", "volumes": [1, 2], "length": "shortest"}, [10, 20, 30, 40, 50, 200, 400, 600]),
    ],
)  # fmt: skip
def test_tracks_are_laid_together_sample_by_sample(tmp_path, params, expected):
    tracks = [wav(tmp_path / "a.wav", [10, 20, 30, 40, 50]), wav(tmp_path / "b.wav", [100, 200, 300])]
    assert (
        samples(work(MIX, tmp_path, inputs={"tracks": tracks}, format="wav", **params)["audio"]) == expected
    )


def test_the_first_track_can_say_how_long_the_mix_is(tmp_path):
    tracks = [wav(tmp_path / "b.wav", [100, 200, 300]), wav(tmp_path / "a.wav", [10, 20, 30, 40, 50])]
    made = work(MIX, tmp_path, inputs={"tracks": tracks}, format="wav", length="first")["audio"]
    assert samples(made) == [110, 220, 330]


def test_a_mix_longer_than_a_block_has_no_seams(tmp_path):
    first, second = [n % 1000 for n in range(10_000)], [3 * (n % 777) for n in range(9_001)]
    tracks = [wav(tmp_path / "a.wav", first), wav(tmp_path / "b.wav", second)]
    made = work(MIX, tmp_path, inputs={"tracks": tracks}, format="wav")["audio"]
    assert samples(made) == [a + b for a, b in zip(first, second + [0] * 999, strict=True)]


def test_what_is_too_loud_is_cut_not_turned_over(tmp_path):
    tracks = [wav(tmp_path / "a.wav", [30_000, -30_000]), wav(tmp_path / "b.wav", [20_000, -20_000])]
    assert samples(work(MIX, tmp_path, inputs={"tracks": tracks}, format="wav")["audio"]) == [32_767, -32_768]


def test_tracks_of_several_kinds_meet_in_the_best_of_them(tmp_path):
    tracks = [
        wav(tmp_path / "a.wav", [1000] * 800),
        wav(tmp_path / "b.wav", [2000] * 4800, rate=48_000, channels=2),
    ]
    made = work(MIX, tmp_path, inputs={"tracks": tracks}, format="wav")["audio"]
    levels = samples(made)
    assert len(levels) == 9600 and made.seconds == 0.1
    assert all(abs(level - 3000) <= 2 for level in levels[1000:8600])


@pytest.mark.parametrize("fade", [0.5, 30])
def test_a_mix_fades_out(tmp_path, fade):
    track = wav(tmp_path / "a.wav", [16_000] * 8000)
    levels = samples(work(MIX, tmp_path, inputs={"tracks": track}, format="wav", fade_out_s=fade)["audio"])
    begins = 4000 if fade == 0.5 else 0
    assert len(levels) == 8000 and set(levels[:begins]) <= {16_000}
    assert levels[begins:] == [round(16_000 * (8000 - n) / (8000 - begins)) for n in range(begins, 8000)]


def test_sound_that_begins_late_keeps_its_place(tmp_path):
    path = tmp_path / "late.mp4"
    video = clip(tmp_path / "a.mp4", "R" * 10, level=7000)
    with av.open(str(video.path)) as source, av.open(str(path), "w") as copy:
        copies = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                if packet.stream.type == "audio":
                    packet.pts, packet.dts = packet.pts + 8820, packet.dts + 8820
                packet.stream = copies[packet.stream.index]
                copy.mux(packet)
    late = type(video)(path, "video/mp4")
    made = work(EXTRACT, tmp_path, inputs={"video": late}, format="wav")["audio"]
    assert abs(heard(made, 0.1)) < 200 and heard(made, 0.35) == pytest.approx(7000, rel=0.2)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"volumes": [1, 1, 1]}, "Volumes has 3 numbers for 2 tracks"),
        ({"volumes": [-1]}, "Volumes holds “-1”; write numbers between 0"),
        ({"volumes": ["loud"]}, "Volumes holds “loud”"), ({"volumes": [11]}, "Volumes holds “11”"),
        ({"fade_out_s": 31}, "Fade out s is 31; it must be between 0 and 30"),
        ({"format": "flac"}, "Format is “flac”; choose one of mp3, wav, m4a"),
    ],
)  # fmt: skip
def test_what_cannot_be_mixed_is_refused(tmp_path, params, words):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    track = wav(tmp_path / "a.wav", [1] * 800)
    with pytest.raises(InvalidInput, match=words):
        work(MIX, scratch, inputs={"tracks": [track, track]}, **params)
    for inputs, refusal in (
        ({}, "No sound arrived at tracks"),
        ({"tracks": [track] * 9}, "The list of tracks has 9 items; the limit is 8"),
        ({"tracks": [saved(quarters(), tmp_path / "a.png")]}, "Tracks holds something that is not a sound"),
    ):
        with pytest.raises((InvalidInput, TooManyItems), match=refusal):
            work(MIX, scratch, inputs=inputs)
    assert list(scratch.iterdir()) == []


def test_a_mix_that_would_be_too_long_is_refused_before_it_is_made(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(limits, "SOUND_SECONDS", 1)
    monkeypatch.setattr(soundtracks, "SOUND_SECONDS", 1)
    track = wav(tmp_path / "a.wav", [1] * 6000)
    with pytest.raises(
        TooLarge, match=r"^The sound would be 2 s long; the limit is 1 s\. Use shorter or fewer tracks\.$"
    ):
        work(MIX, scratch, inputs={"tracks": [track, track]}, mode="sequence")
    longer = wav(tmp_path / "b.wav", [1] * 24_000)
    with pytest.raises(TooLarge, match="The sound would be 3 s long"):
        work(MIX, scratch, inputs={"tracks": longer})
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"RIFF1234WAVE", b"ID3", b"\xff\xfb" * 50, b"OggS" + bytes(200), b"\0" * 300]
)
def test_damaged_sounds_are_refused(tmp_path: Path, content):
    track = wav(tmp_path / "a.wav", [1])
    track.path.write_bytes(content)
    with pytest.raises(InvalidInput):
        work(MIX, tmp_path, inputs={"tracks": track})
