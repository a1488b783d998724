"""A board that is worked on by hand: the planner's answers without database, engine or clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from executions.board import Board, Cell, Key
from executions.inputs import Gathered, arrivals, gather
from executions.planner import End, advance, end_of
from executions.states import ACTIVE, NodeStatus
from providers.base import Request
from providers.errors import ContentBlocked
from providers.local import INSTANT
from tests.workflows.graphs import Json, graph_of, node
from workflows.graph import Node

#: What a worker makes of a node run: port → value, or an error to raise.
Worker = Callable[[Node, Gathered, tuple[int, ...]], Mapping[str, Any]]


def compute(node: Node, gathered: Gathered) -> dict[str, Any] | None:
    """Sources give their value, text nodes are computed as in a run, everything else is for a worker."""
    if node.kind.is_source:
        value = node.params.get(node.kind.spec["run_input"]["param"])
        return {} if value is None else {node.kind.outputs[0].id: value}
    function = INSTANT.get(node.kind.name)
    if function is None:
        return None
    return function(Request(node.kind, gathered.inputs, gathered.params, Path("unused"), label=node.label))


def echo(node: Node, gathered: Gathered, path: tuple[int, ...]) -> Mapping[str, Any]:
    """A worker that answers with its prompt; a prompt with "bad" in it is refused."""
    prompt = str(gathered.inputs.get("prompt", ""))
    if "bad" in prompt:
        raise ContentBlocked(f"{prompt} is refused.")
    return {port.id: f"<{prompt}>" for port in node.kind.outputs if port.id == "text"}


class Table:
    """A board and the work that lies on it; ``most`` is the most node runs of one node at work at a time."""

    def __init__(self, nodes: list[Json], *steps: str, worker: Worker = echo) -> None:
        self.board = Board(graph_of(nodes, *steps))
        self.worker = worker
        self.most: dict[str, int] = {}
        self.order: list[Key] = []

    def advance(self) -> dict[Key, Cell]:
        changed = advance(self.board, compute)
        for node_id in self.board.graph.nodes:
            working = sum(
                cell.status in ACTIVE for key, cell in self.board.cells.items() if key[0] == node_id
            )
            self.most[node_id] = max(working, self.most.get(node_id, 0))
        return changed

    def work(self, *, last_first: bool = False) -> bool:
        """Do one piece of work that lies ready. False when there is none."""
        ready = [key for key, cell in self.board.cells.items() if cell.status == NodeStatus.READY]
        if not ready:
            return False
        key = ready[-1 if last_first else 0]
        node, cell = self.board.graph.nodes[key[0]], self.board.cells[key]
        self.order.append(key)
        try:
            outputs = self.worker(node, gather(self.board, node, arrivals(self.board, node, key[1])), key[1])
        except ContentBlocked as refused:
            cell.status, cell.error, cell.error_code = NodeStatus.FAILED, refused.message, refused.code
        else:
            cell.status, cell.outputs = NodeStatus.COMPLETED, outputs
        return True

    def run(self, *, last_first: bool = False) -> End:
        """Work until nothing lies ready. Fails when the run has not ended by then."""
        self.advance()
        while self.work(last_first=last_first):
            self.advance()
        end = end_of(self.board)
        assert end is not None
        return end

    def statuses(self, node_id: str) -> dict[tuple[int, ...], str]:
        return {key[1]: cell.status.value for key, cell in self.board.cells.items() if key[0] == node_id}

    def status(self, node_id: str) -> str:
        return self.statuses(node_id)[()]

    def output(self, node_id: str, port: str, path: tuple[int, ...] = ()) -> Any:
        return self.board.cells[node_id, path].outputs.get(port)


def text(node_id: str, value: str) -> Json:
    return node(node_id, "input:text", prompt=value)


def lines(node_id: str = "list") -> Json:
    return node(node_id, "utility:text_split", separator=",")


def llm(node_id: str, **params: object) -> Json:
    return node(node_id, "llm:gemini", **params)


def each(node_id: str = "each", **params: object) -> Json:
    return node(node_id, "utility:iterate", **params)


def collect(node_id: str = "all", **params: object) -> Json:
    return node(node_id, "utility:collect", **params)


def preview(node_id: str = "out") -> Json:
    return node(node_id, "output:preview")


LIST = ("words.prompt list.text", "list.items each.list")


def fan(words: str, *, each_params: Json | None = None, collect_params: Json | None = None) -> Table:
    """words → one llm call per word → collected → preview"""
    return Table(
        [
            text("words", words),
            lines(),
            each(**(each_params or {})),
            llm("make"),
            collect(**(collect_params or {})),
            preview(),
        ],
        *LIST,
        "each.item make.prompt",
        "make.text all.item",
        "all.list out.value",
    )
