"""What a driver promises, one row for each: tests/providers/test_contract.py holds every driver to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One driver, or one of its ways; ``double`` is its double where the row has another name.

    ``waits`` is what the double says in a 429, in seconds; None where the provider says nothing. ``queued``: work is a
    job that is asked for. ``links``: results are addresses to fetch. ``own_files``: they lie with the provider itself,
    so none leads elsewhere. ``cancels``: a job can be stopped. ``blocks``: it has a content policy.
    ``tells``: it says by itself that a job is over; ``timed``: and when it said so.
    """

    kind: str = "generate:nano_banana_2"
    double: str = ""
    waits: float | None = None
    queued: bool = False
    links: bool = False
    own_files: bool = False
    cancels: bool = False
    blocks: bool = True
    tells: bool = False
    timed: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)

    def has(self, fault: str) -> bool:
        """Can the provider have this fault?"""
        needs = {
            "429": self.waits is not None,
            "block": self.blocks,
            "not found": self.links,
            "private": self.links and not self.own_files,
            "elsewhere": self.links and not self.own_files,
            "odd status": self.queued,
            "lost": self.queued,
            "crash": self.queued,
            "poll 500": self.queued,
        }
        return needs.get(fault, True)


COMFY_GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["6", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
    **{number: {"class_type": "LoadImage", "inputs": {"image": ""}} for number in ("10", "11", "12")},
}
COMFY_BINDINGS = {"prompt": {"node": "6", "input": "text"}, "seed": {"node": "3", "input": "seed"}}

ROWS = {
    "gemini": Row(waits=0.5),
    "gemini clips": Row("video:gemini_omni_flash", double="gemini", waits=0.5, queued=True, cancels=True),
    "vertex": Row(waits=0.5),
    "fal": Row(waits=3.0, queued=True, links=True, cancels=True, tells=True),
    "replicate": Row(waits=4.0, queued=True, links=True, cancels=True, tells=True),
    "apiframe": Row(waits=5.0, queued=True, links=True, tells=True, timed=False),
    "atlas": Row(waits=3.0, queued=True, links=True),
    "comfyui": Row(
        "generate:comfyui",
        waits=2.0,
        queued=True,
        links=True,
        own_files=True,
        cancels=True,
        blocks=False,
        params={"workflow": COMFY_GRAPH, "bindings": COMFY_BINDINGS},
    ),
    "wireflow": Row(
        "remote:wireflow", waits=6.0, queued=True, links=True, cancels=True, params={"workflow_id": "cm1"}
    ),
    "a1111": Row("generate:sd_webui", waits=2.0, blocks=False),
    "openai": Row("generate:gpt_image", waits=6.0),
}
