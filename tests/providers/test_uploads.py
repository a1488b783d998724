"""Files from outside: what is taken, what becomes of it, what is refused and in which words."""

from __future__ import annotations

import io
import random
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import animations, uploads
from providers.local.limits import TooLarge
from providers.local.pool import ChildPool
from providers.local.wire import decode_media, encode_media
from tests.providers.local_work import BLUE, GREEN, RED, WHITE, corners, quarters

SECRET = b"48.137 11.575"
BOMB = "This picture has 200 megapixels; the limit is 64. Make it smaller and try again."


def prepare(content: bytes, scratch: Path) -> uploads.Prepared:
    """The name says nothing about the type."""
    path = scratch.parent / "sent.bin"
    path.write_bytes(content)
    return uploads.prepare(path, scratch)


def picture_bytes(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def near(seen: list, wanted: list, tolerance: int) -> bool:
    return all(
        abs(a - b) <= tolerance for x, y in zip(seen, wanted, strict=True) for a, b in zip(x, y, strict=True)
    )


def located() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = SECRET.decode(), 6
    return exif


def png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return info


def png_header(width: int, height: int) -> bytes:
    """A PNG of that size, honest in its header, with hardly any pixels in it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + chunk(b"IEND", b"")
    )


PICTURES = {
    "png": ("PNG", {"pnginfo": png_text()}, 0),
    "jpeg": ("JPEG", {"comment": SECRET, "quality": 95}, 6),
    "webp": ("WEBP", {"xmp": SECRET, "lossless": True}, 0),
    "avif": ("AVIF", {"xmp": SECRET, "quality": 95}, 12),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_turned_upright_and_loses_its_metadata(scratch, kind):
    pillow, options, tolerance = PICTURES[kind]
    content = picture_bytes(quarters(800, 600), pillow, exif=located(), **options)
    assert SECRET in content
    prepared = prepare(content, scratch)
    media = prepared.media
    assert (media.content_type, media.width, media.height) == (f"image/{kind}", 600, 800)
    assert media.path.parent == scratch and SECRET not in media.path.read_bytes()
    with Image.open(media.path, formats=[pillow]) as made:
        assert made.size == (600, 800) and len(made.getexif()) == 0 and not made.info.get("xmp")
        assert near(corners(made.convert("RGB")), [BLUE, RED, WHITE, GREEN], tolerance)
    with Image.open(prepared.thumbnail, formats=["WEBP"]) as thumbnail:
        assert thumbnail.size == (384, 512)
        assert near(corners(thumbnail.convert("RGB")), [BLUE, RED, WHITE, GREEN], 20)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_the_pixels_of_a_png_stay_as_they_were(scratch, mode):
    grey = Image.linear_gradient("L").resize((40, 30))
    if mode == "I;16":
        content = picture_bytes(grey.convert("I").point(lambda value: value * 257).convert("I;16"), "PNG")
    else:
        content = picture_bytes(grey.convert("RGB").convert(mode), "PNG")
    with Image.open(prepare(content, scratch).media.path) as made, Image.open(io.BytesIO(content)) as sent:
        wanted = grey if mode == "I;16" else sent
        assert list(made.convert("RGBA").get_flattened_data()) == list(
            wanted.convert("RGBA").get_flattened_data()
        )


def test_alpha_is_kept_in_picture_and_thumbnail(scratch):
    picture = Image.new("RGBA", (20, 10), (255, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 10, 10))
    for kind in ("PNG", "WEBP", "GIF", "AVIF"):
        prepared = prepare(picture_bytes(picture, kind), scratch)
        for path in (prepared.media.path, prepared.thumbnail):
            with Image.open(path) as made:
                alpha = made.convert("RGBA").getchannel("A")
                assert (made.size, alpha.getpixel((2, 5)), alpha.getpixel((17, 5))) == ((20, 10), 255, 0)


def test_colours_of_other_spaces_become_srgb(scratch):
    cmyk = prepare(picture_bytes(quarters().convert("CMYK"), "JPEG", quality=95), scratch)
    with Image.open(cmyk.media.path) as made:
        assert made.mode == "RGB" and near(corners(made), [RED, GREEN, BLUE, WHITE], 20)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = prepare(picture_bytes(quarters(), "PNG", icc_profile=profile), scratch)
    with Image.open(tagged.media.path) as made:
        assert "icc_profile" not in made.info and corners(made) == [RED, GREEN, BLUE, WHITE]
    broken = prepare(picture_bytes(quarters(), "PNG", icc_profile=b"nonsense" * 20), scratch)
    with Image.open(broken.media.path) as made:
        assert "icc_profile" not in made.info and corners(made) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_stays_one_up_to_200_frames(scratch, kind):
    def animation(count: int) -> bytes:
        frames = [Image.new("RGB", (16, 12), (number, 255 - number, 90)) for number in range(count)]
        options = {"comment": SECRET} if kind == "GIF" else {"lossless": True, "xmp": SECRET}
        times = [40 + 10 * (number % 3) for number in range(count)]
        options |= {"save_all": True, "append_images": frames[1:], "duration": times, "loop": 2}
        return picture_bytes(frames[0], kind, **options)

    prepared = prepare(animation(200), scratch)
    assert prepared.media.content_type == f"image/{kind.lower()}"
    assert SECRET not in prepared.media.path.read_bytes()
    with Image.open(prepared.media.path) as made:
        assert (made.n_frames, made.info["loop"]) == (200, 2)
        for number, time in ((0, 40), (1, 50), (199, 50)):
            made.seek(number)
            made.load()
            assert made.info["duration"] == time
            assert near([made.convert("RGB").getpixel((8, 6))], [(number, 255 - number, 90)], 2)
    with pytest.raises(InvalidInput, match="more than 200 frames"):
        prepare(animation(201), scratch)


def test_an_animation_of_too_many_pixels_is_refused(scratch, monkeypatch):
    monkeypatch.setattr(animations, "HELD_PIXELS", 2_000_000)
    frames = [Image.new("P", (800, 700), number) for number in range(5)]
    content = picture_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(TooLarge, match="more than 2 megapixels together"):
        prepare(content, scratch)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            png_header(20_000, 10_000),
            BOMB,
        ),
        (png_header(1, 63_000_000), "This picture is 1 × 63000000 pixels; no side may be longer than 65535."),
        (
            b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00",
            "has 268 megapixels",
        ),
    ],
    ids=["200 megapixels", "one pixel wide", "webp"],
)
def test_a_bomb_is_refused_by_its_header(scratch, content, words):
    with pytest.raises(TooLarge) as refusal:
        prepare(content, scratch)
    assert words in refusal.value.message
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b" \n ", "This file is empty."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG, HTML and XML files are not taken"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "SVG, HTML and XML files are not taken"),
        (b"%PDF-1.7", "PDF files are not taken"),
        (b"PK\x03\x04abcd", "ZIP and Office files are not taken"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC pictures are not taken"),
        (b"BM" + bytes(60), "BMP pictures are not taken"),
        (b"II*\0" + bytes(60), "TIFF pictures are not taken"),
        (b"\x1aE\xdf\xa3\x93\x42\x82\x88matroska", "MKV videos are not taken"),
        (bytes(range(256)), "not of a kind that is taken"),
        ("Grüße".encode("latin-1"), "not of a kind that is taken"),
        (b'{"a": 1', "This JSON file is not valid"),
        (b'{"a": NaN}', "This JSON file is not valid"),
        (b"[" * 100_000, "This JSON file is not valid"),
        (b'a,b\n"' + b"x" * 200_000, "This table cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "This PNG picture is damaged"),
        (b"GIF89a" + bytes(60), "This GIF picture"),
        (b"\xff\xd8\xff" + bytes(60), "This JPEG picture is damaged"),
        (b"RIFF\0\0\0\0WEBPxxxx" + bytes(60), "This WEBP picture is damaged"),
        (b"\0\0\0\x1cftypavif" + bytes(60), "This AVIF picture is damaged"),
        (b"\0\0\0\x18ftypisom" + bytes(60), "This MP4 file is damaged"),
        (b"ID3" + bytes(60), "This MP3 file is damaged"),
        (b"OggS" + bytes(60), "This OGG file is damaged"),
        (b"RIFF\0\0\0\0WAVE" + bytes(60), "This WAV file is damaged"),
        (b"\x1aE\xdf\xa3\x93\x42\x82\x84webm" + bytes(60), "This WEBM file is damaged"),
    ],
)
def test_what_is_not_taken_is_refused_with_a_sentence(scratch, content, words):
    with pytest.raises(InvalidInput) as refusal:
        prepare(content, scratch)
    assert words in refusal.value.message and refusal.value.message.endswith(".")
    assert list(scratch.iterdir()) == []


def test_damaged_files_never_end_otherwise_than_in_a_refusal(scratch):
    """Bits turned and ends cut, in every format; the seed is fixed."""
    chance = random.Random(7)
    originals = [
        picture_bytes(quarters(60, 50), kind, quality=90) for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
    ]
    originals += [wav(0.1), clip("mp4"), clip("webm")]
    refused = 0
    for original in originals:
        for _ in range(12):
            damaged = bytearray(original[: chance.randrange(20, len(original) + 1)])
            for _ in range(chance.randrange(1, 30)):
                damaged[chance.randrange(12, len(damaged))] = chance.randrange(256)
            try:
                prepare(bytes(damaged), scratch)
            except InvalidInput:
                refused += 1
    assert refused > len(originals)


# videos and sounds


def wav(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2))
    return buffer.getvalue()


def clip(kind: str, *, rotation: int = 0, sound: bool = True, pictures: bool = True) -> bytes:
    """Half a second of green, 64 × 48, with a note where it was made."""
    video, audio = {
        "webm": ("libvpx", "libopus"),
        "ogg": ("", "libopus"),
        "mp3": ("", "libmp3lame"),
        "ipod": ("", "aac"),
    }.get(kind, ("libx264", "aac"))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as file:
        file.metadata["comment"] = SECRET.decode()
        frames = file.add_stream(video, rate=10) if pictures and video else None
        if frames is not None:
            frames.width, frames.height, frames.pix_fmt = 64, 48, "yuv420p"
            if rotation:
                frames.set_display_rotation(rotation)
        samples = file.add_stream(audio, rate=48000) if sound else None
        if frames is not None:
            for _ in range(5):
                file.mux(frames.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 48), GREEN))))
            file.mux(frames.encode())
        if samples is not None:
            for number in range(24):
                frame = av.AudioFrame(format="s16", layout="stereo", samples=1000)
                frame.planes[0].update(bytes(frame.planes[0].buffer_size))
                frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1000, Fraction(1, 48000)
                file.mux(samples.encode(frame))
            file.mux(samples.encode())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "content_type"), [("mp4", "video/mp4"), ("mov", "video/quicktime"), ("webm", "video/webm")]
)
def test_a_video_is_measured_and_loses_its_metadata(scratch, kind, content_type):
    content = clip(kind)
    assert SECRET in content
    prepared = prepare(content, scratch)
    media = prepared.media
    assert (media.content_type, media.width, media.height) == (content_type, 64, 48)
    assert media.seconds == pytest.approx(0.5, abs=0.06)
    assert SECRET not in media.path.read_bytes()
    with av.open(str(media.path)) as made:
        assert [stream.type for stream in made.streams] == ["video", "audio"]
        assert sum(1 for _ in made.decode(video=0)) == 5
    with Image.open(prepared.thumbnail, formats=["WEBP"]) as thumbnail:
        assert thumbnail.size == (64, 48) and near([thumbnail.convert("RGB").getpixel((32, 24))], [GREEN], 12)


def test_a_video_filmed_upright_is_measured_as_shown(scratch):
    prepared = prepare(clip("mp4", rotation=90), scratch)
    assert (prepared.media.width, prepared.media.height) == (48, 64)
    with av.open(str(prepared.media.path)) as made:
        assert next(made.decode(video=0)).rotation == 90, "players still know"
    with Image.open(prepared.thumbnail) as thumbnail:
        assert thumbnail.size == (48, 64)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (wav(0.5), "audio/wav"),
        (clip("mp3"), "audio/mpeg"),
        (clip("ogg"), "audio/ogg"),
        (clip("ipod"), "audio/mp4"),
        (clip("mp4", pictures=False), "audio/mp4"),
        (clip("webm", pictures=False), "audio/webm"),
    ],
)
def test_a_sound_is_measured_and_has_no_thumbnail(scratch, content, content_type):
    prepared = prepare(content, scratch)
    assert (prepared.media.content_type, prepared.media.width, prepared.thumbnail) == (
        content_type,
        None,
        None,
    )
    assert prepared.media.seconds == pytest.approx(0.5, abs=0.1)
    assert SECRET not in prepared.media.path.read_bytes()
    again = uploads.inspect(prepared.media, scratch)
    assert again.media == prepared.media


# tables


@pytest.mark.parametrize(
    ("content", "content_type", "kept"),
    [
        (b"\xef\xbb\xbfa,b\n1,2\n", "text/csv", b"a,b\n1,2\n"),
        ("name\nGrüße\n".encode(), "text/csv", "name\nGrüße\n".encode()),
        (b"a\tb\r\n1\t2\r\n", "text/tab-separated-values", b"a\tb\r\n1\t2\r\n"),
        (b' [1, {"a": "b"}]', "application/json", b' [1, {"a": "b"}]'),
    ],
)
def test_tables_and_json_are_checked_and_typed(scratch, content, content_type, kept):
    prepared = prepare(content, scratch)
    assert (prepared.media.content_type, prepared.thumbnail) == (content_type, None)
    assert prepared.media.path.read_bytes() == kept


# through a child


def test_an_upload_is_prepared_in_a_child(scratch):
    pool = ChildPool(1)
    path = scratch.parent / "sent"
    path.write_bytes(picture_bytes(quarters(1000, 500), "JPEG"))
    answer = pool.call("upload", {"path": str(path), "scratch": str(scratch)}, timeout=20)
    media = decode_media(answer["media"])
    assert (media.content_type, media.width, media.height) == ("image/jpeg", 1000, 500)
    assert answer["thumbnail"] == str(scratch / "thumbnail.webp")
    payload = {"media": encode_media(Media(path, "image/jpeg")), "scratch": str(scratch)}
    answer = pool.call("thumbnail", payload, timeout=20)
    assert decode_media(answer["media"]) == Media(path, "image/jpeg", 1000, 500)
    with Image.open(answer["thumbnail"]) as thumbnail:
        assert thumbnail.size == (512, 256)
    path.write_bytes(png_header(20_000, 10_000))
    with pytest.raises(TooLarge, match="200 megapixels"):
        pool.call("upload", {"path": str(path), "scratch": str(scratch)}, timeout=20)
    pool.close()


def test_a_video_cut_short_is_not_called_a_sound(scratch):
    whole = clip("mp4")
    with pytest.raises(InvalidInput, match="This MP4 file holds no video or sound that can be read"):
        prepare(whole[: whole.index(b"moov") + 4], scratch)
    with pytest.raises(InvalidInput, match="This file holds no sound that can be read"):
        prepare(wav(0), scratch)
