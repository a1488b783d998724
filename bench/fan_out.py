"""A list that fans out: does a long one cost more per item than a short one?"""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.site import Caller, Json, edge, node, running

SHORT, LONG = 50, 500
CONCURRENCY = 10
AIM_RATIO = 1.5
NOTE = (
    f"Text of {SHORT} or {LONG} lines → split → iterate ({CONCURRENCY} at a time) → sandbox text model → collect → "
    "output; from the POST to the end of the run, asked for every 50 ms. Linear is a ratio of 1."
)


def measure() -> list[Figure]:
    with running() as site:
        caller = site.caller()
        workflow = site.make_workflow(_graph(SHORT))
        _run(caller, workflow, SHORT)
        short, long = _run(caller, workflow, SHORT), _run(caller, workflow, LONG)
    return [
        Figure(f"fan-out of {SHORT}, an item", short / SHORT * 1000, "ms", note=NOTE),
        Figure(f"fan-out of {LONG}, an item", long / LONG * 1000, "ms", note=NOTE),
        Figure("long to short, an item", (long / LONG) / (short / SHORT), "times", AIM_RATIO, note=NOTE),
        Figure(f"fan-out of {LONG}", long, "s", note=NOTE),
    ]


def _run(caller: Caller, workflow: str, items: int) -> float:
    began = time.perf_counter()
    started = caller.ask("POST", f"/workflows/{workflow}/execute", _graph(items))
    caller.wait_for(started["executionId"], every=0.05)
    return time.perf_counter() - began


def _graph(items: int) -> Json:
    return {
        "nodes": [
            node("text", "input:text", prompt="\n".join(f"boat number {number}" for number in range(items))),
            node("split", "utility:text_split"),
            node("each", "utility:iterate", concurrency=CONCURRENCY),
            node("say", "llm:prompt_enhancer"),
            node("all", "utility:collect"),
            node("out", "output:preview"),
        ],
        "edges": [
            edge("text", "prompt", "split", "text"),
            edge("split", "items", "each", "list"),
            edge("each", "item", "say", "prompt"),
            edge("say", "text", "all", "item"),
            edge("all", "list", "out", "value"),
        ],
    }
