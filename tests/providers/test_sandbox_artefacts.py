"""Pictures, clips and sounds: every remote node type, sizes, and the same bytes for the same request."""

import json
from pathlib import Path

import av
import pytest
from PIL import Image

from providers.base import Media, Request
from providers.catalog import load_catalog
from providers.errors import InvalidInput
from providers.local.wire import decode
from providers.sandbox import draw
from providers.sandbox.sizes import clip_size, image_size
from providers.sandbox.wire import order_of, pack, unpack

CATALOG = load_catalog()
REMOTE = [kind for kind in CATALOG.kinds.values() if kind.is_remote]
SMALLEST = {"resolution": "512", "duration": "1", "width": 64, "height": 64, "music_length_ms": 3000}
PYTHON_TYPES = {"TEXT": str, "NUMBER": (int, float), "BOOLEAN": bool, "JSON": (dict, list), "FILE": Media}
KINDS = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A picture, a mask, a clip and a sound as they would lie in the media store."""
    folder = tmp_path_factory.mktemp("stored")
    Image.new("RGB", (120, 80), (200, 60, 30)).save(folder / "picture.png")
    mask = Image.new("L", (120, 80))
    mask.paste(255, (60, 0, 120, 80))
    mask.save(folder / "mask.png")
    clip = made("video:veo_3_1_t2v", folder, {"prompt": "waves"}, duration="1", generate_audio=False)["video"]
    sound = made("audio:kokoro_tts", folder, {"text": "Hello"})["audio"]
    return {
        "IMAGE": Media(folder / "picture.png", "image/png", 120, 80),
        "mask": Media(folder / "mask.png", "image/png", 120, 80, role="mask"),
        "VIDEO": clip,
        "AUDIO": sound,
        "TEXT": "A fox in fresh snow",
        "JSON": {},
    }


def payload_of(name, scratch, inputs=None, item_path=(), **params):
    kind = CATALOG[name]
    settings = {param.id: param.default for param in kind.params} | params
    request = Request(kind, inputs or {}, settings, scratch, item_path=item_path)
    return {**pack(order_of(request)), "scratch": str(scratch)}


def made(name, scratch, inputs=None, item_path=(), **params):
    answer = draw.run(payload_of(name, scratch, inputs, item_path, **params))
    return decode(answer["outputs"])


def size_of(name, picture=None, **params):
    kind = CATALOG[name]
    return image_size(kind, {param.id: param.default for param in kind.params} | params, picture)


@pytest.fixture
def an_eighth(monkeypatch):
    """Large pictures and clips are drawn an eighth as wide and high; the sizes themselves are tried below."""

    def smaller(sized):
        def size(*asked):
            width, height = sized(*asked)
            return (width, height) if width < 512 else (width // 8 & ~1, height // 8 & ~1)

        return size

    monkeypatch.setattr(draw, "image_size", smaller(image_size))
    monkeypatch.setattr(draw, "clip_size", smaller(clip_size))


@pytest.mark.parametrize("kind", REMOTE, ids=lambda kind: kind.name)
def test_every_remote_node_type_is_served(kind, stored, an_eighth, tmp_path):
    inputs = {}
    for port in kind.inputs:
        value = stored["mask" if port.role == "mask" else port.type]
        inputs[port.id] = [value] if port.multiple else value
    known = {param.id for param in kind.params}
    params = {name: value for name, value in SMALLEST.items() if name in known}
    if "json_schema" in known:
        params["json_schema"] = {"type": "object", "properties": {"title": {"type": "string"}}}
    if "auto" in (kind.param("aspect_ratio").values if "aspect_ratio" in known else ()):
        params["aspect_ratio"] = "auto"
    if kind.output("vectors") is not None:
        params["style"] = "vector_illustration"
    outputs = made(kind.name, tmp_path, inputs, **params)
    assert set(outputs) == {port.id for port in kind.outputs}
    for port in kind.outputs:
        values = outputs[port.id] if port.multiple else [outputs[port.id]]
        assert values
        for value in values:
            if port.type in KINDS:
                assert (value.kind, value.role) == (KINDS[port.type], port.role)
                assert value.path.parent == tmp_path and value.path.stat().st_size > 0
            else:
                assert isinstance(value, PYTHON_TYPES[port.type])


@pytest.mark.parametrize(
    ("name", "params", "size"),
    [
        ("generate:nano_banana_2", {}, (1024, 1024)),
        ("generate:nano_banana_2", {"aspect_ratio": "16:9"}, (1376, 768)),
        ("generate:nano_banana_2", {"aspect_ratio": "9:16", "resolution": "2K"}, (1536, 2752)),
        ("generate:nano_banana_2", {"aspect_ratio": "21:9", "resolution": "4K"}, (6336, 2688)),
        ("generate:nano_banana_2", {"aspect_ratio": "3:4", "resolution": "512"}, (448, 600)),
        ("generate:nano_banana_2", {"aspect_ratio": "1:8"}, (384, 3072)),
        ("generate:nano_banana", {"aspect_ratio": "16:9"}, (1344, 768)),
        ("generate:nano_banana_pro", {"aspect_ratio": "2:3"}, (848, 1264)),
        ("generate:flux_2_pro", {}, (1024, 768)),
        ("generate:flux_schnell", {"aspect_ratio": "9:16"}, (576, 1024)),
        ("generate:flux_pro_v1_1_ultra", {"aspect_ratio": "1:1"}, (2048, 2048)),
        ("edit:flux_kontext_pro", {"aspect_ratio": "9:21"}, (672, 1568)),
        ("generate:gpt_image", {"size": "1536x1024"}, (1536, 1024)),
        ("generate:gpt_image", {"size": "auto"}, (1024, 1024)),
        ("generate:gpt_image", {"size": "custom", "custom_size": "2048x1152"}, (2048, 1152)),
        ("generate:midjourney", {"aspect_ratio": "16:9"}, (1456, 816)),
        ("generate:seedream_4_5", {}, (2048, 2048)),
        ("generate:seedream_4_5", {"aspect_ratio": "auto_4K"}, (4096, 4096)),
        ("generate:seedream_5_lite", {"aspect_ratio": "9:16"}, (1440, 2560)),
        ("generate:sd_webui", {"width": 640, "height": 448}, (640, 448)),
        ("generate:comfyui", {}, (1024, 1024)),
    ],
)
def test_sizes_follow_the_tables_of_the_models(name, params, size):
    assert size_of(name, **params) == size


@pytest.mark.parametrize(
    ("name", "params", "size"),
    [
        ("edit:nano_banana_2_edit", {"aspect_ratio": "auto"}, (1264, 848)),
        ("edit:gpt_image_edit", {"size": "auto"}, (1536, 1024)),
        ("edit:flux_fill", {}, (300, 200)),
        ("upscale:aura_sr", {}, (1200, 800)),
        ("upscale:recraft_crisp", {}, (600, 400)),
        ("upscale:esrgan", {"scale": 3}, (900, 600)),
        ("upscale:topaz_image", {"upscale_factor": 1.5}, (450, 300)),
        ("upscale:crystal", {"scale_factor": 2}, (600, 400)),
        ("upscale:seedvr_image", {"upscale_mode": "target", "target_resolution": "720p"}, (1080, 720)),
    ],
)
def test_sizes_follow_the_picture_wired_in(name, params, size):
    assert size_of(name, (300, 200), **params) == size


def test_a_picture_beyond_the_limit_is_refused_by_name_and_size():
    with pytest.raises(InvalidInput, match="60000 × 40000 pixels; the limit is 64"):
        size_of("upscale:crystal", (300, 200), scale_factor=200)


def test_an_unreadable_custom_size_is_refused():
    with pytest.raises(InvalidInput, match="custom_size"):
        size_of("generate:gpt_image", size="custom", custom_size=None)


def test_clips_take_the_asked_ratio_or_that_of_the_start_frame():
    assert clip_size(CATALOG["video:veo_3_1_t2v"], {"aspect_ratio": "9:16"}, None) == (360, 640)
    assert clip_size(CATALOG["video:veo_3_1_i2v"], {"aspect_ratio": "auto"}, (300, 200)) == (640, 426)
    assert clip_size(CATALOG["video:kling_video_2_5_i2v"], {}, None) == (640, 360)
    lite = "video:bytedance_seedance_v1_lite_text_to_video"
    assert clip_size(CATALOG[lite], {"aspect_ratio": "16:9"}, (200, 200)) == (640, 640)


def test_the_same_request_gives_the_same_bytes_and_another_item_others(tmp_path):
    def drawn(folder, item_path=()):
        media = made(
            "generate:nano_banana_2", tmp_path / folder, {"prompt": "fox"}, item_path, resolution="512"
        )
        return media["images"][0].path.read_bytes()

    assert drawn("a") == drawn("b")
    assert drawn("a") != drawn("c", (1,))


def test_clips_and_sounds_have_the_same_bytes_each_time(tmp_path):
    for name, port, params in (
        ("video:veo_3_1_t2v", "video", {"duration": "1"}),
        ("audio:elevenlabs_sfx", "audio", {"duration_seconds": 1}),
    ):
        first, second = (
            made(name, tmp_path / folder, {"prompt": "waves"}, **params)[port].path.read_bytes()
            for folder in ("first", "second")
        )
        assert first == second


def test_the_seed_follows_the_bytes_of_files_and_not_their_names(tmp_path):
    for name, colour in (("a", "red"), ("b", "red"), ("c", "blue")):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    seeds = [
        payload_of("upscale:esrgan", tmp_path, {"image": Media(tmp_path / f"{name}.png", "image/png")})[
            "seed"
        ]
        for name in "abc"
    ]
    assert seeds[0] == seeds[1] != seeds[2]


def test_as_many_pictures_as_asked_in_the_asked_format(tmp_path):
    params = {"num_images": 3, "resolution": "512", "output_format": "webp"}
    pictures = made("generate:nano_banana_2", tmp_path, {"prompt": "fox"}, **params)["images"]
    assert [media.content_type for media in pictures] == ["image/webp"] * 3
    assert len({media.path.read_bytes() for media in pictures}) == 3
    with Image.open(pictures[0].path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 512))


def test_background_removal_cuts_an_oval_and_its_mask_is_white_there(stored, tmp_path):
    outputs = made("background:birefnet", tmp_path, {"image": stored["IMAGE"]})
    with Image.open(outputs["image"].path) as cut, Image.open(outputs["mask"].path) as mask:
        assert (cut.mode, cut.size, mask.size) == ("RGBA", (120, 80), (120, 80))
        assert [cut.getpixel((60, 60)), cut.getpixel((0, 0))[3]] == [(200, 60, 30, 255), 0]
        assert (mask.getpixel((60, 40)), mask.getpixel((0, 0))) == (255, 0)


def test_an_edit_with_a_mask_changes_what_is_white_and_nothing_else(tmp_path):
    Image.new("RGB", (400, 400), (200, 60, 30)).save(tmp_path / "picture.png")
    mask = Image.new("L", (400, 400))
    mask.paste(255, (200, 0, 400, 400))
    mask.save(tmp_path / "mask.png")
    inputs = {
        "prompt": "a door",
        "image1": Media(tmp_path / "picture.png", "image/png"),
        "mask": Media(tmp_path / "mask.png", "image/png", role="mask"),
    }
    media = made("edit:flux_fill", tmp_path, inputs, output_format="png")["images"][0]
    with Image.open(media.path) as picture:
        assert picture.getpixel((60, 150)) == (200, 60, 30)
        assert picture.getpixel((300, 150)) != (200, 60, 30)


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "fake.png").write_text("<html>")
    with pytest.raises(InvalidInput, match="cannot be read"):
        made("upscale:esrgan", tmp_path, {"image": Media(tmp_path / "fake.png", "image/png")})


def test_a_clip_is_h264_with_24_frames_per_second_of_the_asked_length(tmp_path):
    inputs = {"prompt": "waves"}
    media = made("video:veo_3_1_t2v", tmp_path, inputs, duration="2", generate_audio=True)["video"]
    assert (media.width, media.height, media.seconds) == (640, 360, 2.0)
    with av.open(str(media.path)) as container:
        video, sound = container.streams
        assert (video.codec_context.name, video.frames, video.average_rate) == ("h264", 48, 24)
        assert (video.width, video.height, sound.codec_context.name) == (640, 360, "aac")


def test_speech_lasts_a_second_per_fifteen_characters(tmp_path):
    media = made("audio:kokoro_tts", tmp_path, {"text": "x" * 30})["audio"]
    assert (media.seconds, media.content_type) == (2.0, "audio/wav")
    assert media.path.stat().st_size == 44 + 2 * 24_000 * 2


def test_upscaled_clips_last_as_long_as_what_came_in(stored, tmp_path):
    media = made("upscale:topaz_video", tmp_path, {"video": stored["VIDEO"]})["video"]
    assert media.seconds == stored["VIDEO"].seconds == 1.0


def test_pictures_carry_no_text_and_no_profile(tmp_path):
    media = made("generate:nano_banana_2", Path(tmp_path), {"prompt": "fox"}, resolution="512")["images"][0]
    with Image.open(media.path) as picture:
        assert picture.info == {}


def test_json_that_looks_like_a_file_stays_json(tmp_path):
    trap = {"$media": {"path": "/etc/passwd", "content_type": "image/png"}}
    payload = payload_of("generate:comfyui", tmp_path, {"prompt": "fox", "json": trap}, workflow=trap)
    order = unpack(json.loads(json.dumps(payload)))
    assert (order.inputs["json"], order.params["workflow"]) == (trap, trap)
