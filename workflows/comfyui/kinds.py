"""What each of ComfyUI's nodes becomes. A new one is a function here and a line in `KINDS`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any

from workflows.comfyui.building import (
    MAPPED,
    MISSING,
    REPLACED,
    Builder,
    Latent,
    Model,
    Outputs,
    Size,
    Wire,
    Words,
    sized,
)
from workflows.comfyui.reading import Source

#: ComfyUI's names of samplers and schedules, as the servers call them that our own nodes ask.
SAMPLERS = {
    "euler": "Euler", "euler_ancestral": "Euler a", "heun": "Heun", "dpm_2": "DPM2", "dpm_2_ancestral": "DPM2 a",
    "lms": "LMS", "dpm_fast": "DPM fast", "dpm_adaptive": "DPM adaptive", "dpmpp_2s_ancestral": "DPM++ 2S a",
    "dpmpp_sde": "DPM++ SDE", "dpmpp_2m": "DPM++ 2M", "dpmpp_2m_sde": "DPM++ 2M SDE", "dpmpp_3m_sde": "DPM++ 3M SDE",
    "ddim": "DDIM", "uni_pc": "UniPC", "lcm": "LCM",
}  # fmt: skip
SCHEDULERS = {
    "normal": "Normal", "karras": "Karras", "exponential": "Exponential", "sgm_uniform": "SGM Uniform",
    "simple": "Simple", "ddim_uniform": "DDIM", "beta": "Beta", "kl_optimal": "KL Optimal",
}  # fmt: skip
RESAMPLE = {"lanczos": "lanczos", "bicubic": "bicubic", "bilinear": "bilinear", "nearest-exact": "nearest"}
MOST_SEED = 2**32
#: Pixels: what our nodes take as a width or a height at most.
MOST_SIDE = 16_384
#: Titles that ComfyUI gives by itself say nothing about what a text is for.
_PLAIN_TITLE = re.compile(r"^CLIP Text Encode", re.IGNORECASE)
#: Inputs that a node nobody knows is taken to hand on, by its output.
_HANDED_ON = (
    ("positive", "conditioning", "model", "image", "images", "pixels", "samples", "latent", "latent_image", "mask",
     "text", "string"),
    ("negative", "clip", "mask"),
    ("latent", "samples", "vae"),
)  # fmt: skip


def stem(name: Any) -> str:
    """The name of a model's file without folders and ending."""
    return PurePosixPath(str(name or "").replace("\\", "/")).stem


def _whole(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(value) if is_number and abs(value) < 2**63 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _within(builder: Builder, kind: str, name: str, value: float | None) -> float | None:
    """The value as far as our parameter goes."""
    param = builder.catalog[kind].param(name)
    if value is None or param is None:
        return None
    low = value if param.min is None else max(value, param.min)
    return low if param.max is None else min(low, param.max)


def _size(builder: Builder, source: Source) -> Size | None:
    width, height = (_whole(builder.input(source, name)) for name in ("width", "height"))
    if not width or not height or width < 0 or height < 0:
        return None
    return Size(min(width, MOST_SIDE), min(height, MOST_SIDE))


# Models


def checkpoint(builder: Builder, source: Source, *, name: str) -> Outputs:
    model = Model(checkpoint=str(source.said(name) or ""))
    builder.tell(source, REPLACED, "Its name stands on the nodes that draw with it.")
    return [model, None, None]


def part_of_model(builder: Builder, source: Source) -> Outputs:
    source.taken.add("type")
    builder.tell(source, REPLACED, "The server loads what belongs to the checkpoint.")
    return [None]


def lora(builder: Builder, source: Source) -> Outputs:
    model = builder.input(source, "model")
    model = model if isinstance(model, Model) else Model()
    weight = _number(source.said("strength_model"))
    source.taken.add("strength_clip")
    one = (stem(source.said("lora_name")), 1.0 if weight is None else weight)
    builder.tell(source, REPLACED, f"It stands in the prompt, as {_tag(*one)}.")
    return [replace(model, loras=(*model.loras, one)), None]


def _tag(name: str, weight: float) -> str:
    return f"<lora:{name}:{weight:g}>"


# Texts


def text(builder: Builder, source: Source, *, names: tuple[str, ...]) -> Outputs:
    """A text of ours for one that is written; what comes by a wire goes on."""
    value = next((found for name in names if (found := builder.input(source, name)) not in (None, "")), None)
    for name in names:
        if source.inputs.get(name) == value:
            source.taken.add(name)
    source.taken.add("clip")
    if isinstance(value, Wire):
        builder.tell(source, MAPPED, "The text goes on to what uses it.")
        return [value]
    if value in (None, ""):
        builder.tell(source, MAPPED, "An empty text needs no node.")
        return [None]
    label = "Prompt" if _PLAIN_TITLE.match(source.title) else source.title
    node_id = builder.add(source, "input:text", label=label, prompt=str(value))
    builder.tell(source, MAPPED, f"Text Input “{label}”.")
    return [Wire(node_id, "out-prompt")]


def encoded(builder: Builder, source: Source, *, names: tuple[str, ...]) -> Outputs:
    [wire] = text(builder, source, names=names)
    return [Words(wire)]


def joined(builder: Builder, source: Source, *, names: tuple[str, ...], separator: str = "") -> Outputs:
    values = [builder.input(source, name) for name in names]
    found = [one.wire if isinstance(one, Words) else one for one in values if one not in (None, "")]
    said = source.said("delimiter") if "delimiter" in source.inputs else ", "
    written = {f"prompt{n}": one for n, one in enumerate(found, 1) if isinstance(one, str)}
    node_id = builder.add(source, "utility:prompt_concat", separator=separator or str(said or ""), **written)
    for number, one in enumerate(found, 1):
        builder.connect(one, node_id, f"in-prompt{number}")
    builder.tell(source, MAPPED, "Prompt Concat.")
    wire = Wire(node_id, "out-prompt")
    return [Words(wire) if any(isinstance(one, Words) for one in values) else wire]


def no_words(builder: Builder, source: Source) -> Outputs:
    builder.input(source, "conditioning")
    builder.tell(source, REPLACED, "Nothing is wired where it stood.")
    return [Words(None)]


def plain_value(builder: Builder, source: Source) -> Outputs:
    value = builder.input(source, "value")
    builder.tell(source, REPLACED, "Its value stands on the nodes that use it.")
    return [value]


# Pictures and masks


def load_image(builder: Builder, source: Source) -> Outputs:
    name = str(source.said("image") or "")
    source.taken |= {"upload", "channel", "choose file to upload"}
    node_id = builder.add(source, "input:image", label=name or source.title)
    builder.tell(source, MAPPED, f"Image Input: drop {f'“{name}”' if name else 'the picture'} on it.")

    @cache  # drawn once, and only if somebody takes it
    def mask() -> Wire:
        label = f"Mask of {name or source.title}"
        made = builder.add(source, "utility:mask_from_alpha", part="mask", label=label, invert=True)
        builder.connect(Wire(node_id, "out-image"), made, "in-image")
        return Wire(made, "out-mask")

    if source.kind == "LoadImageMask":
        return [mask]
    return [Wire(node_id, "out-image"), mask]


def shown(builder: Builder, source: Source) -> Outputs:
    name = source.said("filename_prefix")
    node_id = builder.add(source, "output:preview", name=str(name) if name else None)
    for key in ("images", "image", "text", "source", "audio", "video"):
        value = builder.input(source, key) if key in source.inputs else None
        builder.connect(value.wire if isinstance(value, Words) else value, node_id, "in-value")
    builder.tell(source, MAPPED, "Preview / Output.")
    return []


def scaled_to(builder: Builder, source: Source) -> Outputs:
    wire, size = builder.wire_in(source, "image"), _size(builder, source)
    fit = "cover" if source.said("crop") == "center" else "stretch"
    method = RESAMPLE.get(str(source.said("upscale_method")), "bicubic")
    return (
        [_resized(builder, source, wire, size, fit=fit, resample=method)]
        if size
        else missing(builder, source)
    )


def _resized(builder: Builder, source: Source, wire: Wire | None, size: Size, **params: Any) -> Wire:
    node_id = builder.add(source, "utility:image_resize", width=size.width, height=size.height, **params)
    builder.connect(wire, node_id, "in-image")
    builder.tell(source, MAPPED, f"Resize to {size.width} × {size.height}.")
    return Wire(node_id, "out-image", size)


def scaled_by(builder: Builder, source: Source) -> Outputs:
    wire, factor = builder.wire_in(source, "image"), _number(builder.input(source, "scale_by"))
    if wire and wire.size and factor:
        source.taken.add("upscale_method")
        return [_resized(builder, source, wire, _times(wire.size, factor), fit="stretch")]
    return (
        [_enlarged(builder, source, wire, "Lanczos", factor)]
        if factor and factor >= 1
        else missing(builder, source)
    )


def _times(size: Size, factor: float) -> Size:
    """The size so many times larger, as far as sizes go."""
    width, height = (round(min(max(1.0, side * factor), MOST_SIDE)) for side in size)
    return Size(width, height)


def upscaler(builder: Builder, source: Source) -> Outputs:
    name = stem(source.said("model_name"))
    builder.tell(source, REPLACED, "Its name stands on the node that enlarges.")
    return [name]


def upscaled(builder: Builder, source: Source) -> Outputs:
    wire, name = builder.wire_in(source, "image"), builder.input(source, "upscale_model")
    name = name if isinstance(name, str) else ""
    found = re.search(r"(\d+)x|x(\d+)", name.lower())
    factor = float(found[1] or found[2]) if found else 4.0
    return [_enlarged(builder, source, wire, name or None, factor)]


def _enlarged(builder: Builder, source: Source, wire: Wire | None, name: str | None, factor: float) -> Wire:
    kind = "upscale:sd_webui_extras"
    source.taken.add("upscale_method")
    by = _within(builder, kind, "upscale_factor", factor) or 1.0
    node_id = builder.add(source, kind, upscaler=name, upscale_factor=by)
    builder.connect(wire, node_id, "in-image")
    builder.tell(source, MAPPED, f"Upscale (own GPU), {by:g} times.")
    return Wire(node_id, "out-image", _times(wire.size, by) if wire and wire.size else None)


def cropped(builder: Builder, source: Source) -> Outputs:
    wire, size = builder.wire_in(source, "image"), _size(builder, source)
    x, y = _whole(builder.input(source, "x")), _whole(builder.input(source, "y"))
    if size is None:
        return missing(builder, source)
    node_id = builder.add(
        source, "utility:image_crop", mode="box", x=x or 0, y=y or 0, width=size.width, height=size.height
    )
    builder.connect(wire, node_id, "in-image")
    builder.tell(source, MAPPED, "Crop.")
    return [Wire(node_id, "out-image", size)]


def padded(builder: Builder, source: Source) -> Outputs:
    sides: dict[str, Any] = {
        side: _whole(source.said(side)) or 0 for side in ("left", "top", "right", "bottom")
    }
    node_id = builder.add(source, "utility:image_pad", color="#808080ff", **sides)
    builder.connect(builder.wire_in(source, "image"), node_id, "in-image")
    builder.tell(source, MAPPED, "Pad. The mask of the new border has no counterpart.")
    return [Wire(node_id, "out-image"), None]


def inverted(builder: Builder, source: Source) -> Outputs:
    node_id = builder.add(source, "utility:image_filter", filter="invert")
    builder.connect(builder.wire_in(source, "image"), node_id, "in-image")
    builder.tell(source, MAPPED, "Filter.")
    return [Wire(node_id, "out-image")]


def composed(builder: Builder, source: Source) -> Outputs:
    x, y = _whole(source.said("x")) or 0, _whole(source.said("y")) or 0
    node_id = builder.add(source, "utility:image_composite", position="custom", x=x, y=y)
    for name, handle in (("destination", "in-background"), ("source", "in-layer"), ("mask", "in-mask")):
        builder.connect(builder.wire_in(source, name), node_id, handle)
    builder.tell(source, MAPPED, "Composite.")
    return [Wire(node_id, "out-image")]


def batched(builder: Builder, source: Source) -> Outputs:
    node_id = builder.add(source, "utility:merge_list")
    for name, handle in (("image1", "in-a"), ("image2", "in-b")):
        builder.connect(builder.wire_in(source, name), node_id, handle)
    builder.tell(source, MAPPED, "Merge Lists.")
    return [Wire(node_id, "out-items")]


def adjusted_mask(builder: Builder, source: Source) -> Outputs:
    wire = builder.wire_in(source, "mask")
    params: dict[str, Any] = {}
    if source.kind == "InvertMask":
        params["invert"] = True
    if source.kind == "GrowMask":
        params["grow"] = _within(builder, "utility:mask_adjust", "grow", _whole(source.said("expand")))
    if source.kind == "FeatherMask":
        sides = [_whole(source.said(side)) or 0 for side in ("left", "top", "right", "bottom")]
        params["feather"] = _within(builder, "utility:mask_adjust", "feather", max(sides))
    node_id = builder.add(source, "utility:mask_adjust", **params)
    builder.connect(wire, node_id, "in-mask")
    builder.tell(source, MAPPED, "Adjust Mask.")
    return [Wire(node_id, "out-mask")]


def passed_on(builder: Builder, source: Source, *, name: str) -> Outputs:
    value = builder.input(source, name)
    builder.tell(source, REPLACED, "What comes in goes on: our nodes need no step in between.")
    return [value]


# Latents


def empty_latent(builder: Builder, source: Source) -> Outputs:
    count = _whole(builder.input(source, "batch_size")) or 1
    size = _size(builder, source)
    builder.tell(source, REPLACED, "Size and number stand on the node that draws.")
    return [Latent(size, count)]


def encoded_image(builder: Builder, source: Source) -> Outputs:
    image, mask = builder.wire_in(source, "pixels"), builder.wire_in(source, "mask")
    grow = _whole(source.said("grow_mask_by")) or 0
    if mask and grow:
        node_id = builder.add(
            source, "utility:mask_adjust", part="mask", label="Grow mask", grow=min(grow, 200)
        )
        builder.connect(mask, node_id, "in-mask")
        mask = Wire(node_id, "out-mask")
    builder.tell(source, REPLACED, "The picture goes to the node that draws on it.")
    latent = Latent(image.size if image else None, 1, image, mask)
    if source.kind == "InpaintModelConditioning":
        source.taken.add("noise_mask")
        return [builder.input(source, "positive"), builder.input(source, "negative"), latent]
    return [latent]


def masked(builder: Builder, source: Source) -> Outputs:
    latent, mask = builder.input(source, "samples"), builder.wire_in(source, "mask")
    builder.tell(source, REPLACED, "The mask goes to the node that draws.")
    return [replace(latent, mask=mask) if isinstance(latent, Latent) else None]


def larger_latent(builder: Builder, source: Source) -> Outputs:
    latent = builder.input(source, "samples")
    size, factor = _size(builder, source), _number(builder.input(source, "scale_by"))
    source.taken |= {"upscale_method", "crop"}
    if isinstance(latent, Latent) and size is None and latent.size and factor:
        size = _times(latent.size, factor)
    if not isinstance(latent, Latent) or size is None:
        return missing(builder, source)
    if latent.image is None:
        builder.tell(source, REPLACED, "The size stands on the node that draws.")
        return [replace(latent, size=size)]
    return [replace(latent, size=size, image=_resized(builder, source, latent.image, size, fit="stretch"))]


def decoded(builder: Builder, source: Source) -> Outputs:
    latent = builder.input(source, "samples")
    source.taken |= {"tile_size", "overlap", "temporal_size", "temporal_overlap"}
    builder.tell(source, REPLACED, "The node that draws gives pictures.")
    return [sized(latent.image, latent.size) if isinstance(latent, Latent) else None]


# Samplers


def settings(builder: Builder, source: Source, *, names: tuple[str, ...]) -> Outputs:
    """What is only written down for a sampler: noise, guider, schedule."""
    found = {name: value for name in names if (value := builder.input(source, name)) is not None}
    builder.tell(source, REPLACED, "Its settings stand on the node that draws.")
    return [found]


def sampler(builder: Builder, source: Source) -> Outputs:
    def said(*names: str) -> Any:
        for name in names:
            if name in source.inputs:
                return builder.input(source, name)
        return None

    told: dict[str, Any] = {}
    for name in ("noise", "guider", "sampler", "sigmas"):
        part = said(name)
        told |= part if isinstance(part, dict) else {}
    model, latent = said("model") or told.get("model"), said("latent_image")
    latent = latent if isinstance(latent, Latent) else Latent()
    model = model if isinstance(model, Model) else Model()
    kind = "edit:sd_webui_img2img" if latent.image else "generate:sd_webui"

    def setting(*names: str) -> Any:
        found = (value for name in names for value in (said(name), told.get(name)) if value is not None)
        return next(found, None)

    def number(ours: str, *names: str) -> float | None:
        return _within(builder, kind, ours, _number(setting(*names)))

    seed, denoise = _whole(setting("seed", "noise_seed")), _number(setting("denoise"))
    name, schedule = str(setting("sampler_name") or ""), str(setting("scheduler") or "")
    size = latent.size
    params: dict[str, Any] = {
        "width": _within(builder, kind, "width", size.width) if size else None,
        "height": _within(builder, kind, "height", size.height) if size else None,
        "steps": number("steps", "steps"),
        "cfg_scale": number("cfg_scale", "cfg"),
        "sampler_name": SAMPLERS.get(name, name) or None,
        "scheduler": SCHEDULERS.get(schedule, schedule) or None,
        "checkpoint": model.checkpoint or None,
        "num_images": _within(builder, kind, "num_images", latent.count),
        "seed": seed % MOST_SEED if seed is not None and seed >= 0 else None,
        "denoising_strength": denoise if latent.image else None,
    }
    source.taken |= {"control_after_generate", "add_noise", "return_with_leftover_noise"}
    node_id = builder.add(source, kind, **params)
    positive, negative = (
        (said("positive") or told.get("positive") or told.get("conditioning")),
        said("negative"),
    )
    negative = negative or told.get("negative")
    for words, handle, what in (
        (positive, "in-prompt", "Prompt"),
        (negative, "in-negative_prompt", "Negative prompt"),
    ):
        wire = words.wire if isinstance(words, Words) else None
        if wire and builder.nodes[wire.node]["data"]["label"] == "Prompt":
            builder.nodes[wire.node]["data"]["label"] = what
        if model.loras and what == "Prompt":
            wire = _with_loras(builder, source, wire, model)
        builder.connect(wire, node_id, handle)
    builder.connect(latent.image, node_id, "in-image1")
    builder.connect(latent.mask, node_id, "in-mask")
    hints = [f"{builder.catalog[kind].title}."]
    if size is None:
        hints.append("The size of the picture is not known here: set width and height.")
    if seed is not None and seed >= MOST_SEED:
        hints.append(f"The seed {seed} is too large and became {params['seed']}.")
    if denoise not in (None, 1.0) and not latent.image:
        hints.append(f"Left out: denoise {denoise:g}.")
    builder.tell(source, MAPPED, " ".join(hints))
    made = Latent(size, latent.count, Wire(node_id, "out-images", size))
    return [made, made]


def _with_loras(builder: Builder, source: Source, wire: Wire | None, model: Model) -> Wire:
    suffix = " " + " ".join(_tag(*one) for one in model.loras)
    label = "With LoRA" if len(model.loras) == 1 else "With LoRAs"
    node_id = builder.add(source, "utility:prompt_concat", part="lora", label=label, suffix=suffix)
    builder.connect(wire, node_id, "in-prompt1")
    return Wire(node_id, "out-prompt")


# Everything else


def missing(builder: Builder, source: Source) -> Outputs:
    """A note with its settings; what comes in goes on past it, so that the rest hangs together."""
    outputs: Outputs = []
    for names in _HANDED_ON:
        name = next((name for name in names if source.ref(name)), None)
        outputs.append(builder.input(source, name) if name else None)
    past = any(one is not None for one in outputs)
    said = "What came into it goes on past it." if past else "What it gave is not there."
    builder.tell(source, MISSING, f"There is no node like it here; its settings are kept in a note. {said}")
    return outputs


Kind = Callable[[Builder, Source], Outputs]
_TEXT = ("text", "string", "value", "prompt")

KINDS: dict[str, Kind] = {
    **dict.fromkeys(["CheckpointLoaderSimple", "CheckpointLoader", "unCLIPCheckpointLoader"],
                    partial(checkpoint, name="ckpt_name")),
    **dict.fromkeys(["UNETLoader", "UnetLoaderGGUF"], partial(checkpoint, name="unet_name")),
    **dict.fromkeys(["CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "VAELoader", "CLIPSetLastLayer"],
                    part_of_model),
    **dict.fromkeys(["LoraLoader", "LoraLoaderModelOnly"], lora),
    "CLIPTextEncode": partial(encoded, names=("text",)),
    "CLIPTextEncodeSDXL": partial(encoded, names=("text_g", "text_l")),
    "CLIPTextEncodeSD3": partial(encoded, names=("t5xxl", "clip_g", "clip_l")),
    "CLIPTextEncodeFlux": partial(encoded, names=("t5xxl", "clip_l")),
    **dict.fromkeys(["PrimitiveString", "PrimitiveStringMultiline", "String Literal", "Text Multiline"],
                    partial(text, names=_TEXT)),
    **dict.fromkeys(["PrimitiveInt", "PrimitiveFloat", "PrimitiveBoolean"], plain_value),
    **dict.fromkeys(["ConditioningCombine"],
                    partial(joined, names=("conditioning_1", "conditioning_2"), separator=", ")),
    "ConditioningConcat": partial(joined, names=("conditioning_to", "conditioning_from"), separator=", "),
    "StringConcatenate": partial(joined, names=("string_a", "string_b")),
    "ConditioningZeroOut": no_words,
    **dict.fromkeys(["LoadImage", "LoadImageMask", "LoadImageOutput"], load_image),
    **dict.fromkeys(["SaveImage", "PreviewImage", "SaveImageWebsocket", "PreviewAny"], shown),
    "ImageScale": scaled_to, "ImageScaleBy": scaled_by, "ImageCrop": cropped, "ImagePadForOutpaint": padded,
    "ImageInvert": inverted, "ImageCompositeMasked": composed, "ImageBatch": batched,
    "UpscaleModelLoader": upscaler, "ImageUpscaleWithModel": upscaled,
    **dict.fromkeys(["InvertMask", "GrowMask", "FeatherMask"], adjusted_mask),
    "MaskToImage": partial(passed_on, name="mask"), "ImageToMask": partial(passed_on, name="image"),
    **dict.fromkeys(["EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage"], empty_latent),
    **dict.fromkeys(["VAEEncode", "VAEEncodeTiled", "VAEEncodeForInpaint", "InpaintModelConditioning"], encoded_image),
    "SetLatentNoiseMask": masked,
    **dict.fromkeys(["LatentUpscale", "LatentUpscaleBy"], larger_latent),
    **dict.fromkeys(["VAEDecode", "VAEDecodeTiled"], decoded),
    "RandomNoise": partial(settings, names=("noise_seed",)),
    "KSamplerSelect": partial(settings, names=("sampler_name",)),
    "BasicScheduler": partial(settings, names=("scheduler", "steps", "denoise", "model")),
    "BasicGuider": partial(settings, names=("model", "conditioning")),
    "CFGGuider": partial(settings, names=("model", "positive", "negative", "cfg")),
    **dict.fromkeys(["KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"], sampler),
}  # fmt: skip
