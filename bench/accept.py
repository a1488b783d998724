"""How long a caller waits until its run is accepted."""

from __future__ import annotations

import time

from bench.figures import Figure, spread
from bench.site import Caller, running, text_graph

TIMES = 200
WARM_UP = 20
NOTE = (
    f"POST /api/v1/workflows/{{id}}/execute to its 201, over one kept HTTP connection, {TIMES} times one after "
    "another; each run ends before the next call. A saved graph of three nodes, one of them paid."
)


def measure() -> list[Figure]:
    with running() as site:
        caller = site.caller()
        workflow = site.make_workflow(text_graph())
        for _ in range(WARM_UP):
            _accept(caller, workflow)
        return spread("accept", [_accept(caller, workflow) for _ in range(TIMES)], note=NOTE)


def _accept(caller: Caller, workflow: str) -> float:
    began = time.perf_counter()
    started = caller.ask("POST", f"/workflows/{workflow}/execute", {})
    took = time.perf_counter() - began
    caller.wait_for(started["executionId"])
    return took
