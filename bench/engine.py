"""What the engine adds to a run, and how many it carries: embedded on SQLite, and on PostgreSQL and Redis."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

from bench.api_load import CONNECTIONS, Call, drive
from bench.api_sites import Place, cluster, embedded
from bench.cpu import used
from bench.figures import Figure, percentile, spread
from bench.run import PAUSE, Runs
from bench.site import Json, Limit, edge, node, text_graph

TIMES = 100
#: Of executions a second: enough that the beginning and the end of the burst count for little.
BURST = 600
BURST_WARM_UP = 100
CHAIN = 10
WIDE = 50
IDLE_SECONDS = 30.0

_HOW = (
    f"{TIMES} runs, {PAUSE} s between them: from sending the POST until the end of the run has come over the "
    "workflow's socket, which is open before, as a canvas keeps it"
)
RUN = f"Text → sandbox text model (latency 0) → output, {_HOW}."
NODES = (
    f"A text through a chain of {CHAIN} nodes that replace in it, or into {WIDE} of them at once and their results "
    f"into an output, {_HOW}; the median by {CHAIN} or {WIDE}."
)
FINISHED = (
    f"{CONNECTIONS} clients, each on a kept connection with the next POST when it has its 201, {BURST} runs of three "
    "nodes after some to warm up: from the first POST until the last run has ended by the database. The clients share "
    "the machine."
)
CPU = "User and system time of web server and worker over those runs, by their number."
IDLE = f"User and system time over {IDLE_SECONDS:g} seconds in which nobody asks for anything."


def measure_embedded() -> list[Figure]:
    return _measure("embedded", embedded(), end_to_end=7.0, finished=100.0)


def measure_cluster() -> list[Figure]:
    return _measure("cluster", cluster(), end_to_end=20.0, finished=80.0)


def _measure(
    where: str, place: AbstractContextManager[Place], *, end_to_end: float, finished: float
) -> list[Figure]:
    with place as found:
        idle = _idle(where, found)
        seconds = _seconds(found, text_graph())
        return [
            *spread(f"{where}: run, end to end", seconds, p50=end_to_end, note=RUN),
            _a_node(f"{where}: chain of {CHAIN}, a node", found, _chain(), CHAIN, most=1.0),
            _a_node(f"{where}: fan-out of {WIDE}, a node", found, _fan_out(), WIDE, most=0.7),
            *_finished(where, found, least=finished),
            *idle,
        ]


def _seconds(place: Place, graph: Json) -> list[float]:
    runs = Runs(place.site, graph)
    with runs.listening() as socket:
        return runs.several(socket, TIMES)


def _a_node(name: str, place: Place, graph: Json, nodes: int, *, most: float) -> Figure:
    return Figure(name, percentile(_seconds(place, graph), 0.5) / nodes * 1000, "ms", most, note=NODES)


def _finished(where: str, place: Place, *, least: float) -> list[Figure]:
    call = execute(place, text_graph())
    drive(place.ports, call, times=BURST_WARM_UP)
    wait_for_all(place)
    before = _cpu(place)
    began = time.perf_counter()
    drive(place.ports, call, times=BURST)
    wait_for_all(place)
    took = time.perf_counter() - began
    cost = (_cpu(place) - before) / BURST * 1000
    return [
        Figure(f"{where}: finished a second", BURST / took, "runs/s", least, at_least=True, note=FINISHED),
        Figure(f"{where}: CPU a run", cost, "ms", note=CPU),
    ]


def _cpu(place: Place) -> float:
    return place.cpu() + (used(place.others["worker"].popen.pid) if "worker" in place.others else 0.0)


def _idle(where: str, place: Place) -> list[Figure]:
    processes = {"server": place.webs[0], **place.others}
    before = {name: used(process.popen.pid) for name, process in processes.items()}
    time.sleep(IDLE_SECONDS)
    return [
        Figure(
            f"{where}: idle {name}",
            (used(process.popen.pid) - before[name]) / IDLE_SECONDS * 100,
            "%",
            1.0,
            note=IDLE,
        )
        for name, process in processes.items()
    ]


def execute(place: Place, graph: Json) -> Call:
    """A call that starts one run of the graph, saved as a workflow."""
    workflow = place.site.make_workflow(graph)
    head = [
        f"POST /api/v1/workflows/{workflow}/execute HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {place.site.key}",
        "Content-Type: application/json",
        "Content-Length: 2",
    ]
    sent = "\r\n".join([*head, "", json.dumps({})]).encode()
    return Call(sent, 201, lambda body: b'"executionId":"' in body)


def wait_until_all_ended(place: Place) -> None:
    """Until no execution is open."""
    limit = Limit("The last execution")
    while place.ask("SELECT 1 FROM executions_execution WHERE status IN ('PENDING', 'RUNNING') LIMIT 1"):
        limit.check()
        time.sleep(0.01)


def wait_for_all(place: Place) -> list[dict[str, Any]]:
    """All executions once they have ended well: when they were accepted, and when they ended."""
    wait_until_all_ended(place)
    ended = place.ask("SELECT status, created_at, ended_at FROM executions_execution")
    assert {one["status"] for one in ended} == {"COMPLETED"}, {one["status"] for one in ended}
    return ended


def _chain() -> Json:
    names = ["text", *(f"step-{number}" for number in range(CHAIN))]
    return {
        "nodes": [
            node("text", "input:text", prompt="a lighthouse in fog"),
            *(node(name, "utility:text_replace", find="fog", replace="dense fog") for name in names[1:]),
        ],
        "edges": [
            edge(before, "prompt" if before == "text" else "text", after, "text")
            for before, after in pairwise(names)
        ],
    }


def _fan_out() -> Json:
    steps = [f"step-{number}" for number in range(WIDE)]
    return {
        "nodes": [
            node("text", "input:text", prompt="a lighthouse in fog"),
            *(node(name, "utility:text_replace", find="fog", replace=f"fog {name}") for name in steps),
            node("out", "output:preview"),
        ],
        "edges": [
            *(edge("text", "prompt", name, "text") for name in steps),
            *(edge(name, "text", "out", "value") for name in steps),
        ],
    }
