"""What nobody asked for is not loaded."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT, environment

CODE = """
import sys, wireflow_ui.asgi, executions.engine.running
print([name for name in ("opentelemetry", "prometheus_client", "wsgiref.simple_server") if name in sys.modules])
"""


def test_a_server_that_nobody_watches_loads_no_library_of_metrics_or_traces(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
