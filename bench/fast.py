"""How long the quick tests take."""

from __future__ import annotations

import re
import subprocess
import time

from bench.figures import ROOT, Figure

AIM_SECONDS = 60.0


def measure() -> list[Figure]:
    began = time.perf_counter()
    run = subprocess.run(["bin/test", "--fast"], cwd=ROOT, capture_output=True, text=True)
    took = time.perf_counter() - began
    said = run.stdout.strip().splitlines()[-1] if run.stdout.strip() else run.stderr.strip()[-200:]
    note = f"The whole command, in the environment that is there. It said: {re.sub(r'=+', '', said).strip()}."
    return [Figure("bin/test --fast", took, "s", AIM_SECONDS, note=note)]
