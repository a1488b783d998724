"""How much processor time a run costs the server: unlike its duration, nearly the same on a busy machine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.figures import Figure
from bench.site import Caller, Json, Limit, Site, edge, node, running, text_graph

TIMES = 300
WARM_UP = 50
_MEASURED = (
    f"User and system time of the server's process (/proc/<pid>/stat, so Linux alone) over {TIMES} runs started over "
    "REST one after another on a kept connection, by their number. Nobody listens and nobody asks: the end is read "
    "from the database file. What the sweeper does meanwhile is in it."
)
RUN = f"{_MEASURED} Text → sandbox text model (latency 0) → output."
ACCEPT = f"{_MEASURED} Text → output, which the POST does at once: nothing is held or called."


def measure() -> list[Figure]:
    with running() as site:
        caller = site.caller()
        return [
            Figure("CPU per run", _milliseconds(site, caller, text_graph()), "ms", note=RUN),
            Figure("CPU per accept", _milliseconds(site, caller, _instant_graph()), "ms", note=ACCEPT),
        ]


def _milliseconds(site: Site, caller: Caller, graph: Json) -> float:
    workflow = site.make_workflow(graph)
    with _database(site.database) as database:
        for _ in range(WARM_UP):
            _run(caller, workflow, database)
        before = used(site.server.popen.pid)
        for _ in range(TIMES):
            _run(caller, workflow, database)
        return (used(site.server.popen.pid) - before) / TIMES * 1000


def _run(caller: Caller, workflow: str, database: sqlite3.Connection) -> None:
    execution_id = caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"].replace("-", "")
    question = "SELECT status FROM executions_execution WHERE id = ?"
    limit = Limit(f"Execution {execution_id}")
    while (status := database.execute(question, [execution_id]).fetchone()[0]) == "RUNNING":
        limit.check()
        time.sleep(0.002)
    assert status == "COMPLETED", status


@contextmanager
def _database(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)) as database:
        yield database


def used(pid: int) -> float:
    """The processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _instant_graph() -> Json:
    return {
        "nodes": [node("text", "input:text", prompt="a lighthouse in fog"), node("out", "output:preview")],
        "edges": [edge("text", "prompt", "out", "value")],
    }
