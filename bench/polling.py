"""How soon a poll finds a finished job of an outside provider, and how many polls that takes."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.site import Json, Site, edge, node
from tests.doubles.fal import FalDouble, FalJob
from tests.doubles.server import Call, Reply, running
from tests.processes import make_key, serve

USUAL, SPREAD = 3.0, 0.2
JOBS, LEARNING, AT_ONCE = 72, 24, 6
SEED = 11
NOTE = (
    f"{JOBS} jobs of fal's queue over a socket, {AT_ONCE} at a time, each {USUAL:g} s ±{SPREAD:.0%} (seed {SEED}); "
    f"counted at the provider, after the first {LEARNING}, from which the server learns. Late: from the job's end to "
    "the poll that finds it done, as a share of the job's duration."
)


@dataclass
class Timed:
    ends: float
    duration: float
    polls: int = 0
    late: float | None = None


class TimedFal(FalDouble):
    """Its jobs are done after a time of their own, however often they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[str, Timed] = {}
        self._dice = random.Random(SEED)
        self._turn = threading.Lock()

    def _submit(self, model: str, call: Call) -> Reply:
        reply = super()._submit(model, call)
        with self._turn:
            duration = USUAL * self._dice.uniform(1 - SPREAD, 1 + SPREAD)
            self.times[str(reply.body["request_id"])] = Timed(time.monotonic() + duration, duration)
        return reply

    def _status(self, name: str, job: FalJob) -> Reply:
        timed = self.times[name]
        timed.polls += timed.late is None
        late = time.monotonic() - timed.ends
        if late < 0:
            return Reply(202, {"status": "IN_PROGRESS", "request_id": name, "logs": []})
        if timed.late is None:
            timed.late = late
        return Reply(200, {"status": "COMPLETED", "request_id": name})


def _graph() -> Json:
    """A text model: no media, so that only calls and polls take time."""
    return {
        "nodes": [node("ask", "input:text", prompt="a lighthouse"), node("say", "llm:openrouter_router")],
        "edges": [edge("ask", "prompt", "say", "prompt")],
    }


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder, running(TimedFal()) as fal:
        data = Path(folder)
        settings = {"FAL_KEY": fal.key, "FAL_BASE_URL": fal.base_url}
        server = serve(data, **settings)
        try:
            _run_all(Site(server, data, make_key(data, credits=1_000_000, **settings), settings))
        finally:
            server.stop()
        found = [one for one in list(fal.times.values())[LEARNING:] if one.late is not None]
    assert len(found) == JOBS - LEARNING, "Some jobs were never found done."
    late = [100 * (one.late or 0.0) / one.duration for one in found]
    polls = [one.polls for one in found]
    within = 100 * sum(count <= 3 for count in polls) / len(polls)
    return [
        Figure("a finished job is found late by, median", median(late), "%", 10, note=NOTE),
        Figure("polls until it is found, median", median(polls), "", 3, note=NOTE),
        Figure("jobs found with three polls or fewer", within, "%", note=NOTE),
    ]


def _run_all(site: Site) -> None:
    caller = site.caller()
    workflow = site.make_workflow(_graph())
    for _ in range(JOBS // AT_ONCE):
        begun = [
            caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"] for _ in range(AT_ONCE)
        ]
        for execution_id in begun:
            caller.wait_for(execution_id, every=0.05)
