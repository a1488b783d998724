"""What ComfyUI's nodes for models and for texts become."""

from __future__ import annotations

import re
from dataclasses import replace

from workflows.comfyui.building import MAPPED, REPLACED, Builder, Model, Outputs, Wire, Words
from workflows.comfyui.reading import Source
from workflows.comfyui.values import number_in, stem

#: Titles that ComfyUI gives by itself say nothing about what a text is for.
_PLAIN_TITLE = re.compile(r"^CLIP Text Encode", re.IGNORECASE)


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
    weight = number_in(source.said("strength_model"))
    source.taken.add("strength_clip")
    one = (stem(source.said("lora_name")), 1.0 if weight is None else weight)
    builder.tell(source, REPLACED, f"It stands in the prompt, as {lora_tag(*one)}.")
    return [replace(model, loras=(*model.loras, one)), None]


def lora_tag(name: str, weight: float) -> str:
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
