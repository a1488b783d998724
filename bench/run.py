"""How long a whole run takes when the model itself takes no time: what we add to every run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.sync.client import ClientConnection

from bench.figures import Figure, spread
from bench.site import Caller, Json, Site, running, text_graph

TIMES = 150
WARM_UP = 20
MOST_SECONDS = 10.0
#: Between two runs: a workflow's socket hears of ten beginnings a second for long, and people start fewer.
PAUSE = 0.12
AIM_MS = 15.0
_MEASURED = (
    f"Text → sandbox text model (latency 0) → output, {TIMES} runs, {PAUSE} s between them: from sending the POST "
    "until the end of the run has come over"
)
NOTE = f"{_MEASURED} the workflow's socket, which is open before, as a canvas keeps it."
OWN_NOTE = f"{_MEASURED} the execution's own socket, which is opened as soon as the 201 names it."
OVER = ("execution.completed", "execution.failed", "execution.cancelled", "execution.timed_out")


def measure() -> list[Figure]:
    with running() as site:
        runs = Runs(site, text_graph())
        with runs.listening() as socket:
            seconds = runs.several(socket)
        own = runs.several(None)
    return [
        *spread("run, end to end", seconds, p50=AIM_MS, note=NOTE),
        *spread("run, with a socket opened for it", own, note=OWN_NOTE),
    ]


class Runs:
    """Starts runs of one workflow, and hears of their ends as the person who may see them."""

    def __init__(self, site: Site, graph: Json) -> None:
        self._site = site
        self._caller: Caller = site.caller()
        self._workflow = site.make_workflow(graph)
        self._session = site.sign_in()

    @contextmanager
    def listening(self) -> Iterator[ClientConnection]:
        with self._site.listen(f"/ws/workflows/{self._workflow}", self._session) as socket:
            yield socket

    def several(self, socket: ClientConnection | None, times: int = TIMES) -> list[float]:
        for _ in range(WARM_UP):
            self._one(socket)
        return [self._one(socket) for _ in range(times)]

    def _one(self, socket: ClientConnection | None) -> float:
        """The seconds that a run took; without ``socket`` it gets one of its own."""
        time.sleep(PAUSE)
        began = time.perf_counter()
        execution_id = self._caller.ask("POST", f"/workflows/{self._workflow}/execute", {})["executionId"]
        if socket is not None:
            status = _wait_for_end(socket, execution_id)
        else:
            with self._site.listen(f"/ws/executions/{execution_id}", self._session) as own:
                status = _wait_for_end(own, execution_id)
        took = time.perf_counter() - began
        assert status in ("COMPLETED", "execution.completed"), status
        return took


def _wait_for_end(socket: ClientConnection, execution_id: str) -> str:
    while (status := _end_in(json.loads(socket.recv(timeout=MOST_SECONDS)), execution_id)) == "":
        pass
    return status


def _end_in(frame: Json, execution_id: str) -> str:
    """How the run ended, if this frame of a socket says so."""
    if frame["type"] == "snapshot" and frame["execution"]["executionId"] == execution_id:
        status = str(frame["execution"]["status"])
        return "" if status == "RUNNING" else status
    if frame["type"] == "events" and frame["executionId"] == execution_id:
        return next((str(event["kind"]) for event in frame["events"] if event["kind"] in OVER), "")
    return ""
