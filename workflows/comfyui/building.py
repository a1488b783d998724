"""What is drawn of a graph of ComfyUI, and what is told of each of its nodes: nothing is left out in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from providers.catalog import Catalog
from workflows.comfyui.reading import Source
from workflows.layout import layout
from workflows.normalise import normalise

Json = dict[str, Any]

MAPPED, REPLACED, MISSING = "mapped", "replaced", "missing"
NOTE = "utility:sticky_note"
NOTE_WIDTH, NOTE_GAP, NOTE_HEIGHT, MOST_IN_NOTE = 360, 40, 1_600, 8_000
#: Between cards: those with fields are higher than the layout knows before they are drawn.
ROOM = 190.0
#: Names of nodes that our ids are made of as they are; with them no two ids are alike.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9:]{1,60}")


@dataclass(frozen=True)
class Line:
    """What became of one of ComfyUI's nodes."""

    node: str
    title: str
    kind: str
    fate: str
    said: str

    def as_wire(self) -> Json:
        return {
            "node": self.node,
            "title": self.title,
            "type": self.kind,
            "fate": self.fate,
            "said": self.said,
        }


@dataclass(frozen=True)
class Imported:
    """The graph that was drawn, and the report of it."""

    nodes: list[Json]
    edges: list[Json]
    lines: list[Line]

    def count(self, fate: str) -> int:
        return sum(line.fate == fate for line in self.lines)


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Wire:
    """An output of one of our nodes; of pictures the size, where it is known."""

    node: str
    handle: str
    size: Size | None = None


@dataclass(frozen=True)
class Model:
    """What samplers are given as a model: a checkpoint and what is laid over it."""

    checkpoint: str = ""
    loras: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Words:
    """A conditioning: the text it was made of. ``wire`` None: an empty one."""

    wire: Wire | None


@dataclass(frozen=True)
class Latent:
    """What a sampler starts from: an empty one of a size, or a picture, perhaps with a mask."""

    size: Size | None = None
    count: int = 1
    image: Wire | None = None
    mask: Wire | None = None


#: What an output of ComfyUI stands for: one of the above, settings for a sampler, a plain value, or nothing of ours.
Value = Any
Outputs = list[Value]


@dataclass
class Builder:
    """Draws, each node after those it takes from; `kinds` holds who knows how for each class of ComfyUI's."""

    sources: Mapping[str, Source]
    catalog: Catalog
    kinds: Mapping[str, Callable[[Builder, Source], Outputs]]
    otherwise: Callable[[Builder, Source], Outputs]
    nodes: dict[str, Json] = field(default_factory=dict)
    edges: list[Json] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    _made: dict[str, Outputs] = field(default_factory=dict)

    def build(self) -> Imported:
        """Draw every node of the file."""
        for key in self._order():
            source = self.sources[key]
            self._made[key] = self.kinds.get(source.kind, self.otherwise)(self, source)
        return self.finished()

    def _order(self) -> list[str]:
        """The nodes, each behind those it takes from; a circle is cut where the file enters it first.

        With a stack of its own: a file may be one chain of as many nodes as are allowed.
        """
        order: list[str] = []
        seen: set[str] = set()
        waiting = [(key, False) for key in reversed(list(self.sources))]
        while waiting:
            key, is_ready = waiting.pop()
            if is_ready:
                order.append(key)
            elif key not in seen:
                seen.add(key)
                waiting.append((key, True))
                before = [ref.node for _, ref in self.sources[key].refs() if ref.node in self.sources]
                waiting += [(one, False) for one in reversed(before)]
        return order

    def finished(self) -> Imported:
        """What was drawn, laid out, with a note for each node that is missing and one with the report."""
        lines = [self.lines[key] for key in self.sources]
        graph = normalise(list(self.nodes.values()), self.edges, self.catalog)
        places = layout(graph.nodes, graph.edges, gap_y=ROOM)["positions"]
        drawn = [{**raw, "position": places.get(raw["id"], raw["position"])} for raw in graph.nodes]
        top = min((raw["position"]["y"] for raw in drawn), default=0.0)
        left = min((raw["position"]["x"] for raw in drawn), default=0.0)
        notes = [self._note("report", "blue", _report(lines))]
        notes += [
            self._note(f"note-{self._name(line.node)}", "pink", self._kept(line))
            for line in lines
            if line.fate == MISSING
        ]
        for number, note in enumerate(notes):
            height = note["style"]["height"]
            note["position"] = {
                "x": left + number * (NOTE_WIDTH + NOTE_GAP), "y": top - height - 2 * NOTE_GAP,
            }  # fmt: skip
        return Imported([*drawn, *normalise(notes, [], self.catalog).nodes], graph.edges, lines)

    def input(self, source: Source, name: str) -> Value:
        """What comes into an input by a wire, else the value that is written there.

        Nothing comes from a node that is not there or that waits for this one.
        """
        ref = source.ref(name)
        if ref is None:
            return source.said(name)
        outputs = self._made.get(ref.node, [])
        found = outputs[ref.slot] if 0 <= ref.slot < len(outputs) else None
        return found() if callable(found) else found

    def wire_in(self, source: Source, name: str) -> Wire | None:
        """What comes into an input, if it is something our nodes make."""
        value = self.input(source, name)
        return value if isinstance(value, Wire) else None

    def add(self, source: Source, kind: str, *, part: str = "", label: str = "", **params: Any) -> str:
        """One of our nodes for this one of ComfyUI's; ``part`` tells several apart. Its id."""
        node_id = f"c{self._name(source.id)}{'-' + part if part else ''}"
        known = self.catalog[kind]
        fitting = {name: value for name, value in params.items() if value is not None}
        data = {
            "label": label or source.title,
            "nodeType": kind,
            "category": known.category,
            "params": fitting,
        }
        self.nodes[node_id] = {"id": node_id, "type": "basedNode", "position": {"x": 0, "y": 0}, "data": data}
        return node_id

    def connect(self, wire: Value, node_id: str, handle: str) -> None:
        """Lead an output into an input, if there is one."""
        if isinstance(wire, Wire):
            edge = {
                "source": wire.node,
                "sourceHandle": wire.handle,
                "target": node_id,
                "targetHandle": handle,
            }
            self.edges.append({"id": f"e{len(self.edges) + 1}", **edge})

    def tell(self, source: Source, fate: str, said: str) -> None:
        """Say what became of a node, with those of its values that went nowhere."""
        left = source.left() if fate != MISSING else {}
        rest = ", ".join(
            f"{name} {json.dumps(value, ensure_ascii=False)[:80]}" for name, value in left.items()
        )
        whole = f"{said} Left out: {rest}." if rest else said
        self.lines[source.id] = Line(source.id, source.title, source.kind, fate, whole)

    def _name(self, key: str) -> str:
        """A short name for a node of the file that no other has: its own, or else its place in the file."""
        return key if _PLAIN_NAME.fullmatch(key) else f"_{self._places[key]}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: place for place, key in enumerate(self.sources, 1)}

    def _note(self, node_id: str, color: str, text: str) -> Json:
        height = min(NOTE_HEIGHT, 60 + 19 * sum(1 + len(line) // 40 for line in text.splitlines()))
        return {
            "id": node_id,
            "type": "basedNode",
            "position": {"x": 0, "y": 0},
            "style": {"width": NOTE_WIDTH, "height": height},
            "data": {
                "label": "Import from ComfyUI", "nodeType": NOTE, "text": text, "color": color, "textSize": "small",
                "params": {"text": text, "color": color, "textSize": "small"},
            },
        }  # fmt: skip

    def _kept(self, line: Line) -> str:
        """A missing node with all that was set on it."""
        source = self.sources[line.node]
        wires = {name: f"from node {ref.node}, output {ref.slot}" for name, ref in source.refs()}
        values = {
            name: wires.get(name) or json.dumps(one, ensure_ascii=False)
            for name, one in source.inputs.items()
        }
        settings = "\n".join(f"{name}: {value}" for name, value in values.items())
        return f"{source.title}\n{source.kind}, node {source.id} of ComfyUI\n\n{settings}\n\n{line.said}"[
            :MOST_IN_NOTE
        ]


def sized(wire: Wire | None, size: Size | None) -> Wire | None:
    """The same output, known to have this size."""
    return replace(wire, size=size) if wire else None


def _report(lines: list[Line]) -> str:
    parts = ["Imported from ComfyUI"]
    for fate, title in ((MISSING, "Missing"), (REPLACED, "Replaced"), (MAPPED, "Mapped")):
        told = [line for line in lines if line.fate == fate]
        if told:
            parts += ["", f"{title}: {len(told)}", *(f"• {line.title}: {line.said}" for line in told)]
    return "\n".join(parts)[:MOST_IN_NOTE]
