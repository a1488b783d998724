"""Many runs one after another: do memory, open files or connections grow?

WIREFLOW_SOAK=10000 carries so many runs, in one process and on a cluster; by default 1,000. WIREFLOW_SOAK_MINUTES=30
spreads them over so long, for what works by the clock needs time to show what it keeps; by default they come as fast as
they are carried.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.api_load import drive
from bench.api_sites import Place, cluster, embedded, memory_of
from bench.engine import execute, wait_until_all_ended
from bench.figures import Figure
from bench.site import text_graph
from tests.processes import Process

RUNS = int(os.environ.get("WIREFLOW_SOAK", "1000"))
MINUTES = float(os.environ.get("WIREFLOW_SOAK_MINUTES", "0"))
BATCH = max(20, RUNS // 50)
#: Caches fill and threads start in the first runs.
WARM_UP = 0.2
SLOPE_MB = 1.0
NOTE = (
    f"{RUNS} runs of three nodes with a sandbox model, {BATCH} at a time, the next ones when all have ended"
    f"{f' and their time of {MINUTES:g} minutes in all has come' if MINUTES else ''}. After each batch "
    "RssAnon, of which the mapped database file is no part, and the entries of /proc/<pid>/fd are read. The "
    f"slope is the line of least squares over all but the first {WARM_UP:.0%}; files and connections: the most in the "
    "second half, less the most in the first."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process holds after so many runs."""

    runs: int
    memory: float
    files: int
    connections: int


def measure_embedded() -> list[Figure]:
    return _measure("embedded", embedded())


def measure_cluster() -> list[Figure]:
    return _measure("cluster", cluster())


def _measure(where: str, place: AbstractContextManager[Place]) -> list[Figure]:
    with place as found:
        processes: Mapping[str, Process] = {"server": found.webs[0], **found.others}
        call = execute(found, text_graph())
        samples: dict[str, list[Sample]] = {name: [] for name in processes}
        began = time.monotonic()
        for runs in range(BATCH, RUNS + 1, BATCH):
            due = began + MINUTES * 60 * runs / RUNS
            time.sleep(max(0.0, due - time.monotonic()))
            drive(found.ports, call, times=BATCH)
            wait_until_all_ended(found)
            for name, process in processes.items():
                samples[name].append(_sample(runs, process))
    return [figure for name, taken in samples.items() for figure in _figures(f"{where} {name}", taken)]


def _sample(runs: int, process: Process) -> Sample:
    targets = _open_files(process.popen.pid)
    connections = sum(target.startswith("socket:") for target in targets)
    return Sample(runs, memory_of(process, "RssAnon"), len(targets) - connections, connections)


def _open_files(pid: int) -> list[str]:
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(entry.readlink()))
    return found


def _figures(name: str, taken: Sequence[Sample]) -> list[Figure]:
    settled = taken[int(len(taken) * WARM_UP) :]
    before, after = taken[: len(taken) // 2], taken[len(taken) // 2 :]
    return [
        Figure(f"{name}: memory for 1,000 runs", slope(settled) * 1000, "MB", SLOPE_MB, note=NOTE),
        Figure(f"{name}: memory at the end", taken[-1].memory, "MB", note=NOTE),
        Figure(
            f"{name}: more open files",
            max(one.files for one in after) - max(one.files for one in before),
            "",
            0.0,
            note=NOTE,
        ),
        Figure(
            f"{name}: more connections",
            max(one.connections for one in after) - max(one.connections for one in before),
            "",
            0.0,
            note=NOTE,
        ),
    ]


def slope(taken: Sequence[Sample]) -> float:
    """Megabytes a run, by least squares."""
    middle = sum(one.runs for one in taken) / len(taken)
    mean = sum(one.memory for one in taken) / len(taken)
    square = sum((one.runs - middle) ** 2 for one in taken)
    return sum((one.runs - middle) * (one.memory - mean) for one in taken) / square
