"""How long a whole run takes when the model itself takes no time: what we add to every run."""

from __future__ import annotations

import json
import time

from bench.figures import Figure, spread
from bench.site import Caller, Site, running, text_graph

TIMES = 200
WARM_UP = 20
AIM_MS = 15.0
NOTE = (
    f"Text → sandbox text model (latency 0) → output, {TIMES} runs one after another: from sending the POST until "
    "the end of the run has come over the execution's socket, which is opened as soon as the 201 names it."
)
OVER = ("execution.completed", "execution.failed", "execution.cancelled", "execution.timed_out")


def measure() -> list[Figure]:
    with running() as site:
        caller = site.caller()
        workflow = site.make_workflow(text_graph())
        session = site.sign_in()
        for _ in range(WARM_UP):
            _run(site, caller, workflow, session)
        seconds = [_run(site, caller, workflow, session) for _ in range(TIMES)]
        return spread("run, end to end", seconds, p50=AIM_MS, note=NOTE)


def _run(site: Site, caller: Caller, workflow: str, session: str) -> float:
    began = time.perf_counter()
    started = caller.ask("POST", f"/workflows/{workflow}/execute", {})
    with site.listen(f"/ws/executions/{started['executionId']}", session) as socket:
        while (status := _end_in(json.loads(socket.recv(timeout=10)))) == "":
            pass
        took = time.perf_counter() - began
    assert status in ("COMPLETED", "execution.completed"), status
    return took


def _end_in(frame: dict[str, object]) -> str:
    """How the run ended, if this frame of the socket says so."""
    if frame["type"] == "snapshot":
        execution = frame["execution"]
        assert isinstance(execution, dict)
        return "" if execution["status"] == "RUNNING" else str(execution["status"])
    events = frame["events"]
    assert isinstance(events, list)
    return next((event["kind"] for event in events if event["kind"] in OVER), "")
