"""How long a start takes when everything is there already."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.figures import ROOT, Figure, percentile
from tests.processes import environment, free_port

TIMES = 5
AIM_SECONDS = 3.0
NOTE = f"bin/up until it prints Ready, on data that an earlier start left; the median of {TIMES}."


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder:
        data = Path(folder)
        seconds = [time_to_ready(ROOT, data, environment(data)) for _ in range(1 + TIMES)]
    return [Figure("warm start", percentile(seconds[1:], 0.5), "s", AIM_SECONDS, note=NOTE)]


def time_to_ready(project: Path, data: Path, surroundings: dict[str, str], *, wait: float = 60) -> float:
    """Seconds until ``bin/up`` of this project says Ready; it is stopped again."""
    data.mkdir(exist_ok=True)
    log = data / f"up-{time.time_ns()}.log"
    command = ["bin/up", "--port", str(free_port()), "--data", str(data)]
    with log.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=project,
            env=surroundings,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        while "Ready:" not in (said := log.read_text(encoding="utf-8")):
            assert process.poll() is None, f"bin/up ended:\n{said}"
            assert time.perf_counter() - began < wait, f"bin/up was not ready after {wait:g} seconds:\n{said}"
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
