"""A line that tells a run apart from others of the same workflow: what it was given, else what its graph says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from assets.models import Asset
from executions.models import Execution, NodeRun
from executions.runs import given_in_order, graph_of
from executions.values import as_text, is_address
from executions.wire import media_in
from workflows.graph import Graph, Node

MOST_LETTERS = 300
#: Between what a run was given for one input and for the next.
BETWEEN = " · "
#: Where nodes have what people want of them; system prompts and the like are the same in every run.
WORDED = ("prompt", "text", "lyrics")
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def captions_of(executions: Sequence[Execution], runs: Mapping[UUID, Sequence[NodeRun]]) -> dict[UUID, str]:
    """The captions of some executions, whose node runs are given. Names of files are asked for once."""
    came_in = {
        one["assetId"]
        for execution in executions
        for run in runs[execution.pk]
        if run.node_type.startswith("input:") and not execution.is_guest
        for one in media_in(run.output)
    }
    names = dict(Asset.objects.filter(pk__in=came_in).values_list("pk", "filename")) if came_in else {}
    return {one.pk: caption_of(one, runs[one.pk], names) for one in executions}


def caption_of(
    execution: Execution, runs: Sequence[NodeRun] = (), names: Mapping[str, str] = _NO_NAMES
) -> str:
    """The texts that whoever started the run gave, with the names of files and other values; without such texts those
    that stand in the graph. Where there is none of all this, the files that go in. "" for a run that has nothing.

    Of another team's app it is what the guest wrote, and nothing of the graph. ``names`` are those of stored files.
    """
    given = list(given_in_order(execution).items())
    texts = [text for _, value in given for text in _texts(value) if text.strip()]
    if execution.is_guest:
        return _line(texts)
    graph = graph_of(execution)
    files = {
        run.node_id: ", ".join(
            names[one["assetId"]] for one in media_in(run.output) if one["assetId"] in names
        )
        for run in runs
        if run.node_id in graph.nodes and graph.nodes[run.node_id].kind.is_source
    }
    others = [_said(key, value, graph, files) for key, value in given]
    if not texts:
        others += (text for node_id in graph.order for text in _written(graph, graph.nodes[node_id]))
    return _line(texts + others) or _line(list(files.values()))


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and not is_address(one) and not one.startswith(("/media/", "as_", "data:")):
            yield one


def _said(key: str, value: Any, graph: Graph, files: Mapping[str, str]) -> str:
    """What is no text: a file by its name, a number or a choice behind what it is for."""
    if is_address(value):
        return unquote(urlsplit(value).path.rpartition("/")[2])
    if isinstance(value, bool | int | float):
        label = graph.nodes[key].label if key in graph.nodes else key
        return f"{label}: {as_text(value)}"
    return files.get(key, "")


def _written(graph: Graph, node: Node) -> Iterator[str]:
    """The texts on a node that are used: no wire brings another in their place."""
    if node.kind.is_source:
        run_input = node.kind.spec["run_input"]
        names: tuple[str, ...] = (run_input["param"],) if run_input["type"] == "text" else ()
    else:
        wired = {wire.target_port for wire in graph.wires_into(node.id)}
        names = tuple(name for name in WORDED if name not in wired) if node.kind.is_remote else ()
    for name in names:
        yield from _texts(list(node.given.get(name, ())) or node.params.get(name))


def _line(parts: Sequence[str]) -> str:
    """Different parts on one line, cut where it is long."""
    flat = dict.fromkeys(" ".join(part[: MOST_LETTERS * 2].split()) for part in parts)
    line = BETWEEN.join(part for part in flat if part)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1].rstrip()}…"
