"""Many callers at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench.figures import Figure, spread
from bench.site import Site, running, text_graph

CLIENTS = 20
RUNS_EACH = 10
NOTE = (
    f"{CLIENTS} clients, each over one connection, start {RUNS_EACH} runs (text → sandbox text model → output) one "
    "right after the other's 201; the callers share the machine. Runs a second: until the last of all has ended."
)


def measure() -> list[Figure]:
    with running() as site:
        workflow = site.make_workflow(text_graph())
        caller = site.caller()
        for _ in range(10):
            caller.wait_for(caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"])
        together = threading.Barrier(CLIENTS + 1)
        with ThreadPoolExecutor(CLIENTS) as pool:
            callers = [pool.submit(_call, site, workflow, together) for _ in range(CLIENTS)]
            together.wait()
            began = time.perf_counter()
            found = [one.result() for one in callers]
        accepted = time.perf_counter() - began
        caller = site.caller()  # the server closes connections that were silent for five seconds
        for _, execution_ids in found:
            for execution_id in execution_ids:
                caller.wait_for(execution_id)
        took = time.perf_counter() - began
    delays = [seconds for mine, _ in found for seconds in mine]
    return [
        *spread(f"accept, {CLIENTS} clients", delays, note=NOTE),
        Figure("accepted a second", len(delays) / accepted, "runs/s", note=NOTE),
        Figure("carried out a second", len(delays) / took, "runs/s", note=NOTE),
    ]


def _call(site: Site, workflow: str, together: threading.Barrier) -> tuple[list[float], list[str]]:
    caller = site.caller()
    seconds: list[float] = []
    execution_ids: list[str] = []
    together.wait()
    for _ in range(RUNS_EACH):
        began = time.perf_counter()
        started = caller.ask("POST", f"/workflows/{workflow}/execute", {})
        seconds.append(time.perf_counter() - began)
        execution_ids.append(started["executionId"])
    return seconds, execution_ids
