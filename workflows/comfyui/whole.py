"""A graph of ComfyUI in the one node that runs it as it is on a server of one's own, with its inputs before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.catalog import Catalog
from workflows.comfyui.building import MAPPED, REPLACED, Builder, Imported, Wire
from workflows.comfyui.missing import missing
from workflows.comfyui.reading import Ref, Source

_SAMPLERS = ("KSampler", "KSamplerAdvanced")
MOST_PICTURES = 10


def keep_whole(sources: Mapping[str, Source], graph: Any, catalog: Catalog) -> Imported:
    """The graph in one node, with its prompt and its pictures wired into the places that they had."""
    builder = Builder(sources, catalog, {}, missing)
    plain = graph["prompt"] if isinstance(graph.get("prompt"), Mapping) else graph
    first = next(iter(sources.values()))
    bindings: dict[str, Any] = {}
    run = builder.add(first, "generate:comfyui", part="run", label="ComfyUI", workflow=plain)
    words = _prompt_of(sources)
    if words is not None:
        bindings["prompt"] = {"node": words.id, "input": "text"}
        made = builder.add(words, "input:text", label="Prompt", prompt=str(words.said("text")))
        builder.connect(Wire(made, "out-prompt"), run, "in-prompt")
    pictures = [one for one in sources.values() if one.kind == "LoadImage"][:MOST_PICTURES]
    for number, one in enumerate(pictures, 1):
        bindings[f"image{number}"] = {"node": one.id, "input": "image"}
        made = builder.add(one, "input:image", label=str(one.said("image") or one.title))
        builder.connect(Wire(made, "out-image"), run, f"in-image{number}")
    for one in sources.values():
        seed = next((name for name in ("seed", "noise_seed") if one.said(name) is not None), None)
        if seed and "seed" not in bindings:
            bindings["seed"] = {"node": one.id, "input": seed}
    builder.nodes[run]["data"]["params"]["bindings"] = bindings
    end = builder.add(first, "output:preview", part="end", label="Result")
    builder.connect(Wire(run, "out-images"), end, "in-value")
    for one in sources.values():
        own = one is words or one in pictures
        one.taken |= set(one.inputs)
        said = "An input of its own, wired to its old place." if own else "Runs in the ComfyUI node as it is."
        builder.tell(one, MAPPED if own else REPLACED, said)
    return builder.finished()


def _prompt_of(sources: Mapping[str, Source]) -> Source | None:
    """The text that the first sampler draws from, however far back it was written."""
    start = next((one for one in sources.values() if one.kind in _SAMPLERS), None)
    ref: Ref | None = start.ref("positive") if start else None
    seen: set[str] = set()
    while ref and ref.node in sources and ref.node not in seen:
        seen.add(ref.node)
        source = sources[ref.node]
        if isinstance(source.said("text"), str):
            return source
        ref = source.ref("conditioning") or source.ref("positive")
    return next(
        (
            one
            for one in sources.values()
            if one.kind == "CLIPTextEncode" and isinstance(one.said("text"), str)
        ),
        None,
    )
