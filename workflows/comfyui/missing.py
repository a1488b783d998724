"""What becomes of a node of ComfyUI that has no counterpart here."""

from __future__ import annotations

from workflows.comfyui.building import MISSING, Builder, Outputs
from workflows.comfyui.reading import Source

#: Inputs that a node nobody knows is taken to hand on, by its output.
_HANDED_ON = (
    ("positive", "conditioning", "model", "image", "images", "pixels", "samples", "latent", "latent_image", "mask",
     "text", "string"),
    ("negative", "clip", "mask"),
    ("latent", "samples", "vae"),
)  # fmt: skip


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
