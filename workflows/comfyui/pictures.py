"""What ComfyUI's nodes for pictures and masks become."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from workflows.comfyui.building import MAPPED, REPLACED, Builder, Outputs, Size, Wire, Words
from workflows.comfyui.missing import missing
from workflows.comfyui.reading import Source
from workflows.comfyui.values import number_in, size_in, stem, times, whole, within

RESAMPLE = {"lanczos": "lanczos", "bicubic": "bicubic", "bilinear": "bilinear", "nearest-exact": "nearest"}


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
    wire, size = builder.wire_in(source, "image"), size_in(builder, source)
    fit = "cover" if source.said("crop") == "center" else "stretch"
    method = RESAMPLE.get(str(source.said("upscale_method")), "bicubic")
    return (
        [resized(builder, source, wire, size, fit=fit, resample=method)] if size else missing(builder, source)
    )


def resized(builder: Builder, source: Source, wire: Wire | None, size: Size, **params: Any) -> Wire:
    node_id = builder.add(source, "utility:image_resize", width=size.width, height=size.height, **params)
    builder.connect(wire, node_id, "in-image")
    builder.tell(source, MAPPED, f"Resize to {size.width} × {size.height}.")
    return Wire(node_id, "out-image", size)


def scaled_by(builder: Builder, source: Source) -> Outputs:
    wire, factor = builder.wire_in(source, "image"), number_in(builder.input(source, "scale_by"))
    if wire and wire.size and factor:
        source.taken.add("upscale_method")
        return [resized(builder, source, wire, times(wire.size, factor), fit="stretch")]
    return (
        [_enlarged(builder, source, wire, "Lanczos", factor)]
        if factor and factor >= 1
        else missing(builder, source)
    )


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
    by = within(builder, kind, "upscale_factor", factor) or 1.0
    node_id = builder.add(source, kind, upscaler=name, upscale_factor=by)
    builder.connect(wire, node_id, "in-image")
    builder.tell(source, MAPPED, f"Upscale (own GPU), {by:g} times.")
    return Wire(node_id, "out-image", times(wire.size, by) if wire and wire.size else None)


def cropped(builder: Builder, source: Source) -> Outputs:
    wire, size = builder.wire_in(source, "image"), size_in(builder, source)
    x, y = whole(builder.input(source, "x")), whole(builder.input(source, "y"))
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
        side: whole(source.said(side)) or 0 for side in ("left", "top", "right", "bottom")
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
    x, y = whole(source.said("x")) or 0, whole(source.said("y")) or 0
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
        params["grow"] = within(builder, "utility:mask_adjust", "grow", whole(source.said("expand")))
    if source.kind == "FeatherMask":
        sides = [whole(source.said(side)) or 0 for side in ("left", "top", "right", "bottom")]
        params["feather"] = within(builder, "utility:mask_adjust", "feather", max(sides))
    node_id = builder.add(source, "utility:mask_adjust", **params)
    builder.connect(wire, node_id, "in-mask")
    builder.tell(source, MAPPED, "Adjust Mask.")
    return [Wire(node_id, "out-mask")]


def passed_on(builder: Builder, source: Source, *, name: str) -> Outputs:
    value = builder.input(source, name)
    builder.tell(source, REPLACED, "What comes in goes on: our nodes need no step in between.")
    return [value]
