"""A real server with a person, a key and a workflow, for what is tried from outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from reference.guides import SAMPLE_HOST
from reference.samples import KEY
from tests.prepared import empty_tables
from tests.processes import Server, make_key, manage, serve

GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "text-1", "data": {"nodeType": "input:text", "params": {"prompt": "A lighthouse in fog"}}},
        {"id": "gen-1", "data": {"nodeType": "generate:nano_banana_2", "params": {"resolution": "512px"}}},
    ],
    "edges": [
        {"source": "text-1", "target": "gen-1", "sourceHandle": "out-prompt", "targetHandle": "in-prompt"}
    ],
}
PROGRAMS = {
    "bash": lambda: [shutil.which("bash"), "-euo", "pipefail", "-c"],
    "python": lambda: [sys.executable, "-c"],
    "javascript": lambda: [shutil.which("node"), "--input-type=module", "-e"],
}


@dataclass
class Live:
    """The server and what samples need of it."""

    server: Server
    data: Path
    key: str

    @property
    def api(self) -> httpx.Client:
        return self.server.client(self.key)

    def another_key(self, name: str, *words: str) -> str:
        made = manage(self.data, "create_api_key", "--email", f"{name}@example.org", *words)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def make_workflow(self, graph: dict[str, Any] = GRAPH, name: str = "Lighthouse", key: str = "") -> str:
        with self.server.client(key or self.key) as api:
            made = api.post("/workflows", json={"name": name, **graph})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def make_webhook(self, workflow_id: str) -> str:
        with self.api as api:
            made = api.post(f"/workflows/{workflow_id}/webhook", json={})
        assert made.status_code == 201, made.text
        return str(made.json()["data"]["webhookId"])

    def run(self, language: str, text: str, *, key: str = "", **places: str) -> str:
        """Run a sample as it stands, with this server's host, key and ids; what it prints."""
        program = PROGRAMS[language]()
        if program[0] is None:
            pytest.skip(f"nothing runs {language} here")
        text = text.replace(SAMPLE_HOST, self.server.url).replace(KEY, key or self.key)
        for name, value in places.items():
            text = re.sub(rf"\b{name}\b", value, text)
        done = subprocess.run([*program, text], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def started(factory: pytest.TempPathFactory, name: str) -> Iterator[Live]:
    data = factory.mktemp(name)
    shutil.copy(empty_tables(factory), data)
    done = manage(data, "prepare")
    assert done.returncode == 0, done.stderr
    key = make_key(data, credits=1_000_000)
    server = serve(data, WIREFLOW_SANDBOX_LATENCY="0")
    yield Live(server, data, key)
    server.kill()


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with started(tmp_path_factory, "live") as live:
        yield live
