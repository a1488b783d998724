"""Schemathesis makes calls from the served document: no answer may be a crash or one that is not told of.

First each kind that the document speaks of, right and wrong; then calls at random, at least one round of them and
until there are 2,000. WIREFLOW_API_CALLS=100000 makes as many as that, each round with another seed, the
first one at random.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reference.conftest import Live, started

pytestmark = pytest.mark.service

WANTED = int(os.environ.get("WIREFLOW_API_CALLS", "2000"))
FEW = WANTED <= 2_000
#: Who makes few calls wants to know whether something broke, and the same calls as yesterday tell that best.
SEED = int(os.environ.get("WIREFLOW_API_SEED", "0")) or (1 if FEW else random.randrange(2, 1_000_000))
#: How long a round of calls at random goes on, and how many it makes of each kind before it begins again.
SECONDS, EXAMPLES = (15, 10) if FEW else (120, 100)
#: Python 3.11 breaks off now and then while Hypothesis reads its own source; what was tried until then counts.
TOOL_BROKE = "SystemError: AST constructor recursion depth mismatch"
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "ignored_auth", "unsupported_method", "use_after_free",
    "ensure_resource_availability",
)  # fmt: skip


#: What a webhook is set to is kept while it is off, and read at the same address, which a chain of calls takes for a
#: thing that outlives its end.
CONFIG = """
[[operations]]
include-path = "/api/v1/workflows/{workflowId}/webhook"
include-method = "DELETE"
phases.stateful.enabled = false
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server of its own: so many calls use up what an address may ask for without a key in a minute."""
    with started(tmp_path_factory, "fuzz") as live:
        yield live


def calls_made(live, seed: int, config: str, folder: Path, *words: str) -> int:
    """One round; how many calls it made. Fails with what Schemathesis found, and how to make it again."""
    (folder / "schemathesis.toml").write_text(config + CONFIG, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{live.server.url}/openapi.json"]
    command += ["-H", f"Authorization: Bearer {live.key}", "--checks", ",".join(CHECKS), "--seed", str(seed)]
    command += ["--request-timeout", "60", "--no-color"]
    done = subprocess.run(
        [*command, *words], cwd=folder, capture_output=True, text=True, timeout=SECONDS + 600
    )
    said = f"WIREFLOW_API_SEED={seed}\n{done.stdout[-20_000:]}{done.stderr[-2_000:]}"
    assert "Failures:" not in done.stdout, said
    assert done.returncode == 0 or TOOL_BROKE in done.stdout, said
    found = re.search(r"(\d+) generated", done.stdout)
    assert found, done.stdout
    return int(found[1])


def ids(live) -> str:
    """Ids of things that are there, so that calls get past 404."""
    workflow = live.make_workflow()
    webhook = live.make_webhook(workflow)
    with live.api as api:
        run = api.post(f"/workflows/{workflow}/execute", json={}).json()["executionId"]
        slug = api.post(f"/workflows/{workflow}/publish", json={"slug": f"app-{workflow}"}).json()["data"][
            "slug"
        ]
        file = {"file": ("a.csv", b"a,b\n1,2\n", "text/csv")}
        asset = api.post("/media/upload", files=file).json()["data"]["id"]
    names = {"workflowId": workflow, "name": webhook, "executionId": run, "slug": slug, "assetId": asset}
    lines = [f'"path.{name}" = "{value}"' for name, value in {**names, "nodeId": "gen-1"}.items()]
    return "\n".join(["[parameters]", *lines, ""])


def test_no_call_is_answered_by_a_crash_or_by_what_is_not_told(live, tmp_path):
    print(f"WIREFLOW_API_SEED={SEED}")
    began, seed = time.monotonic(), SEED
    kinds = ["--phases", "examples,coverage", "--workers", "2", "--exclude-method", "DELETE"]
    made = calls_made(live, seed, ids(live), tmp_path, *kinds)
    at_random = ["--phases", "fuzzing,stateful", "--max-examples", str(EXAMPLES), "--max-time", str(SECONDS)]
    while made < WANTED or seed == SEED:
        made += calls_made(live, seed, "", tmp_path, *at_random)
        print(f"{made} calls after the round of seed {seed}", flush=True)
        seed += 1
    print(f"{made} calls in {time.monotonic() - began:.0f} s")
    assert made >= WANTED
    assert live.server.is_alive
    assert "Internal" not in live.server.output
