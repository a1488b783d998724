"""The API format of ComfyUI: id → ``{"class_type", "inputs", "_meta"}``; an input is a value or ``[id, output]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wireflow_ui.errors import WireflowError

MOST_NODES = 500


class NotComfyUI(WireflowError):
    """What was given is no graph in ComfyUI's API format."""

    code = "not_comfyui"


class Ref(NamedTuple):
    """The output of another node."""

    node: str
    slot: int


@dataclass
class Source:
    """One of ComfyUI's nodes. ``taken`` are the inputs that were asked for: the others are told as left out."""

    id: str
    kind: str
    title: str
    inputs: Mapping[str, Any]
    taken: set[str] = field(default_factory=set)

    def ref(self, name: str) -> Ref | None:
        """The wire into an input; None where there is a value, or nothing."""
        self.taken.add(name)
        return ref_of(self.inputs.get(name))

    def said(self, name: str) -> Any:
        """The value written on an input; None where it is wired or missing."""
        self.taken.add(name)
        value = self.inputs.get(name)
        return None if ref_of(value) else value

    def left(self) -> dict[str, Any]:
        """The values that nobody asked for."""
        return {
            name: value
            for name, value in self.inputs.items()
            if name not in self.taken and ref_of(value) is None and value not in (None, "")
        }

    def refs(self) -> Iterator[tuple[str, Ref]]:
        """All wires that come in."""
        for name, value in self.inputs.items():
            if (ref := ref_of(value)) is not None:
                yield name, ref


def ref_of(value: Any) -> Ref | None:
    """The output that a value of the file names, if it is a wire."""
    is_wire = isinstance(value, list) and len(value) == 2 and type(value[1]) is int
    return Ref(str(value[0]), value[1]) if is_wire and isinstance(value[0], str | int) else None


def read(graph: Any) -> dict[str, Source]:
    """The nodes by id, in the order of the file. Raises `NotComfyUI` with a sentence that says what to do."""
    if isinstance(graph, Mapping) and isinstance(graph.get("prompt"), Mapping):
        graph = graph["prompt"]  # as it is sent to a server
    if isinstance(graph, Mapping) and isinstance(graph.get("nodes"), list) and "links" in graph:
        raise NotComfyUI(
            "This is the file ComfyUI saves for itself. Save it there with “Export (API)”, then import that one."
        )
    if not isinstance(graph, Mapping) or not graph:
        raise NotComfyUI("This is no workflow of ComfyUI. Save it there with “Export (API)”.")
    if len(graph) > MOST_NODES:
        raise NotComfyUI(f"A workflow of ComfyUI may have {MOST_NODES} nodes at most to be imported.")
    return {str(key): _source(str(key), raw) for key, raw in graph.items()}


def _source(key: str, raw: Any) -> Source:
    kind = raw.get("class_type") if isinstance(raw, Mapping) else None
    inputs = raw.get("inputs", {}) if isinstance(raw, Mapping) else None
    if not isinstance(kind, str) or not kind or not isinstance(inputs, Mapping):
        raise NotComfyUI(
            f"Node {key[:40]} has no class_type. Save the workflow in ComfyUI with “Export (API)”."
        )
    meta = raw.get("_meta")
    title = meta.get("title") if isinstance(meta, Mapping) else None
    return Source(key, kind, str(title or kind)[:120], inputs)
