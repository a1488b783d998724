"""The provider that needs no key and no network: every remote node type, served with drawn artefacts.

A submission is written into the `journal`, becomes ready after the `latency`, may fail on request
(`faults`), and is then made from its stored request: texts and JSON here (`words`, `shapes`), pictures, clips
and sounds in a child process (`draw`, `clips`). Everything follows from the request's `seed`, so the same
request gives the same bytes, on any day and after any restart.
"""

from providers.sandbox.journal import submissions
from providers.sandbox.provider import SandboxProvider

__all__ = ["SandboxProvider", "submissions"]
