"""What differs between executions, and where it began.

Pure: graphs and node runs in, differences out. The first execution is the one that the others are held against.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from executions.models import NodeRun
from executions.values import as_text, is_medium
from executions.wire import media_in
from workflows.graph import Graph
from workflows.nodes import Node

#: Texts of more words than this are shown whole: to compare them word by word would take too long.
MOST_WORDS = 2_000
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


class Why(StrEnum):
    """Why a node did not do the same, from the most telling to the least."""

    ONLY_SOME = "only_some"  # it does not stand in all of the graphs
    TYPE = "type"
    SETTINGS = "settings"
    WIRES = "wires"
    PROVIDER = "provider"
    CAME_IN = "came_in"  # itself the same, it got other values: by the wires, or of what started the run
    OUTCOME = "outcome"  # it ended otherwise: failed here, done there
    RESULT = "result"  # the same content was made anew, and became something else


@dataclass(frozen=True, slots=True)
class Side:
    """One execution: what it ran, and how that went. ``digests`` stand for the bytes of stored files, by asset id."""

    graph: Graph
    runs: Sequence[NodeRun]
    digests: Mapping[str, str]

    def runs_of(self, node_id: str) -> list[NodeRun]:
        own = [run for run in self.runs if run.node_id == node_id]
        return sorted(own, key=lambda run: (run.position, run.pk))


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text: as it was on both sides (""), gone ("-") or new ("+")."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that is not the same everywhere; ``values`` by execution, null where there is no such node.

    ``pieces`` by execution: how its text came from that of the first; empty for the first and for what is no text.
    """

    name: str
    values: tuple[str | None, ...]
    pieces: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A node that did not do the same in all executions."""

    node_id: str
    label: str
    title: str
    why: Why
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, those that others may follow from first."""

    differences: tuple[Difference, ...]

    @property
    def cause(self) -> Difference | None:
        """Where it began: nothing that this node depends on differs."""
        return next(iter(self.differences), None)


def compare(sides: Sequence[Side]) -> Comparison:
    """What is not the same in all of the executions."""
    found: dict[str, Difference] = {}
    for node_id in _order(sides):
        one = _difference(node_id, sides, frozenset(found))
        if one is not None:
            found[node_id] = one
    return Comparison(tuple(found.values()))


def _order(sides: Sequence[Side]) -> list[str]:
    """Every node of every graph, those that others depend on first; of the first graph as it has them."""
    order: list[str] = []
    for side in sides:
        place = 0
        for node_id in side.graph.order:
            if node_id in order:
                place = max(place, order.index(node_id) + 1)
            else:
                order.insert(place, node_id)
                place += 1
    return order


def _difference(node_id: str, sides: Sequence[Side], earlier: frozenset[str]) -> Difference | None:
    nodes = [side.graph.nodes.get(node_id) for side in sides]
    there = [node for node in nodes if node is not None]
    settings = _settings(nodes) if len(there) == len(nodes) else ()
    follows = any(earlier & side.graph.ancestors(node_id) for side in sides)
    why = _why(node_id, sides, nodes, bool(settings), follows)
    if why is None:
        return None
    if why == Why.RESULT and (follows or there[0].kind.is_source):
        why = Why.CAME_IN  # what only passes values on has no content of its own to tell it by
    return Difference(node_id, there[0].label, there[0].kind.title, why, settings)


def _why(
    node_id: str, sides: Sequence[Side], nodes: Sequence[Node | None], has_settings: bool, follows: bool
) -> Why | None:
    """``follows``: something that this node depends on differs."""
    runs = [side.runs_of(node_id) for side in sides]
    if None in nodes:
        return Why.ONLY_SOME
    if _differ(node.given_name for node in nodes if node):
        return Why.TYPE
    if has_settings:
        return Why.SETTINGS
    if _differ(_wires(side.graph, node_id) for side in sides):
        return Why.WIRES
    served_by = [{run.provider for run in own if run.content_hash} for own in runs]
    if _differ(names for names in served_by if names):
        return Why.PROVIDER
    # The content hash of older runs names stored files, which are new in every run: it tells only where something
    # came before.
    if follows and _got_other_values(runs):
        return Why.CAME_IN
    if _differ([(run.item_path, run.status) for run in own] for own in runs):
        return Why.OUTCOME
    if _differ([_made(run.output, side.digests) for run in side.runs_of(node_id)] for side in sides):
        return Why.RESULT
    return None


def _differ(values: Iterable[Any]) -> bool:
    """Are they not all the same? Of 1 and 1.0, and of 1 and true, JSON tells the difference."""
    found = [json.dumps(one, sort_keys=True, default=sorted) for one in values]
    return len(set(found)) > 1


def _got_other_values(runs: Sequence[Sequence[NodeRun]]) -> bool:
    """Had it other items, or another content in one of them? What was not made has no content to compare."""
    if _differ(sorted(run.item_path for run in own) for own in runs):
        return True
    contents = [{run.item_path: run.content_hash for run in own if run.content_hash} for own in runs]
    paths = {path for one in contents for path in one}
    return any(_differ(one[path] for one in contents if path in one) for path in paths)


def _wires(graph: Graph, node_id: str) -> list[tuple[str, str, str, int]]:
    return [
        (wire.source, wire.source_port, wire.target_port, wire.slot) for wire in graph.wires_into(node_id)
    ]


def _made(output: Mapping[str, Any] | None, digests: Mapping[str, str]) -> str:
    """What stands for an output: its files by what they hold, everything else as it is."""
    files = [digests.get(one["assetId"], one["assetId"]) for one in media_in(output or {})]
    return json.dumps([files, None if files else output], sort_keys=True, default=str)


def _settings(nodes: Sequence[Node | None]) -> tuple[Setting, ...]:
    values = [_values(node) for node in nodes if node is not None]
    names = list(dict.fromkeys(name for one in values for name in one))
    return tuple(
        _setting(name, [one.get(name) for one in values])
        for name in names
        if _differ(one.get(name) for one in values)
    )


def _values(node: Node) -> dict[str, Any]:
    """Settings, what was written in place of wires, and which of its results goes on, each name once."""
    given = {
        name: list(values) if len(values) > 1 else values[0] for name, values in node.given.items() if values
    }
    return {**node.params, **given, "selectedIndex": node.selected_index}


def _setting(name: str, values: Sequence[Any]) -> Setting:
    texts = tuple(None if value is None else _text(value) for value in values)
    are_texts = all(isinstance(value, str) for value in values)
    pieces = tuple(
        word_pieces(values[0], value) if are_texts and place and value != values[0] else ()
        for place, value in enumerate(values)
    )
    return Setting(name, texts, pieces)


def _text(value: Any) -> str:
    if is_medium(value):
        return str(value.get("filename") or value["assetId"])
    return as_text(value)


def word_pieces(old: str, new: str) -> tuple[Piece, ...]:
    """How a text came from another, word by word."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return tuple(piece for piece in (Piece("-", old), Piece("+", new)) if piece.text)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("", "".join(before[a:b])))
        else:
            pieces += [
                Piece(mark, "".join(words))
                for mark, words in (("-", before[a:b]), ("+", after[c:d]))
                if words
            ]
    return tuple(pieces)
