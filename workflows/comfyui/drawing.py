"""What ComfyUI's latents and samplers become: one node that draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workflows.comfyui.building import MAPPED, REPLACED, Builder, Latent, Model, Outputs, Wire, Words, sized
from workflows.comfyui.missing import missing
from workflows.comfyui.pictures import resized
from workflows.comfyui.reading import Source
from workflows.comfyui.values import number_in, size_in, times, whole, within
from workflows.comfyui.words import lora_tag

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
MOST_SEED = 2**32


# Latents


def empty_latent(builder: Builder, source: Source) -> Outputs:
    count = whole(builder.input(source, "batch_size")) or 1
    size = size_in(builder, source)
    builder.tell(source, REPLACED, "Size and number stand on the node that draws.")
    return [Latent(size, count)]


def encoded_image(builder: Builder, source: Source) -> Outputs:
    image, mask = builder.wire_in(source, "pixels"), builder.wire_in(source, "mask")
    grow = whole(source.said("grow_mask_by")) or 0
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
    size, factor = size_in(builder, source), number_in(builder.input(source, "scale_by"))
    source.taken |= {"upscale_method", "crop"}
    if isinstance(latent, Latent) and size is None and latent.size and factor:
        size = times(latent.size, factor)
    if not isinstance(latent, Latent) or size is None:
        return missing(builder, source)
    if latent.image is None:
        builder.tell(source, REPLACED, "The size stands on the node that draws.")
        return [replace(latent, size=size)]
    return [replace(latent, size=size, image=resized(builder, source, latent.image, size, fit="stretch"))]


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
        return within(builder, kind, ours, number_in(setting(*names)))

    seed, denoise = whole(setting("seed", "noise_seed")), number_in(setting("denoise"))
    name, schedule = str(setting("sampler_name") or ""), str(setting("scheduler") or "")
    size = latent.size
    params: dict[str, Any] = {
        "width": within(builder, kind, "width", size.width) if size else None,
        "height": within(builder, kind, "height", size.height) if size else None,
        "steps": number("steps", "steps"),
        "cfg_scale": number("cfg_scale", "cfg"),
        "sampler_name": SAMPLERS.get(name, name) or None,
        "scheduler": SCHEDULERS.get(schedule, schedule) or None,
        "checkpoint": model.checkpoint or None,
        "num_images": within(builder, kind, "num_images", latent.count),
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
    suffix = " " + " ".join(lora_tag(*one) for one in model.loras)
    label = "With LoRA" if len(model.loras) == 1 else "With LoRAs"
    node_id = builder.add(source, "utility:prompt_concat", part="lora", label=label, suffix=suffix)
    builder.connect(wire, node_id, "in-prompt1")
    return Wire(node_id, "out-prompt")
