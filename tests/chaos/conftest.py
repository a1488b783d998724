"""A prepared data folder to copy, for one server through several lives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.graphs import chain
from tests.prepared import prepared_folder
from tests.processes import PATIENCE, Server, rows, serve
from tests.run_history import History


@dataclass
class House:
    """One data folder through several lives of its server."""

    data: Path
    key: str
    accepted: list[str] = field(default_factory=list)
    kills: int = 0
    servers: list[Server] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.data / "wireflow.sqlite3"

    @property
    def history(self) -> History:
        return History(self.data, partial(rows, self.database), {})

    def serve(self, *, wait: bool = True, fresh: bool = False, **settings: str) -> Server:
        server = serve(self.data, wait=wait, fresh=fresh, **settings)
        self.servers.append(server)
        return server

    def killed(self, server: Server) -> None:
        """kill -9."""
        server.kill()
        self.kills += 1

    def run(self, server: Server, graph: dict[str, Any], *, key: str = "") -> httpx.Response:
        """Ask for an execution; what answers 201 is remembered, for it must end."""
        with server.client(self.key) as client:
            answer = client.post(
                f"/workflows/{self.workflow(client)}/execute",
                json=graph,
                headers={"Idempotency-Key": key} if key else {},
            )
        if answer.status_code == 201:
            self.accepted.append(answer.json()["executionId"])
        return answer

    def workflow(self, client: httpx.Client) -> str:
        found = rows(self.database, "SELECT id FROM workflows_workflow")
        if found:
            return str(found[0]["id"])
        made = client.post("/workflows", json={"name": "Boats", **chain()})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def wait_for_all(self, *, seconds: float = PATIENCE) -> None:
        self.history.wait_for_all(seconds=seconds, processes=[*self.servers])

    def prove(self, *, end: str = "COMPLETED") -> None:
        self.history.prove(accepted=self.accepted, kills=self.kills, end=end)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder as after a first start, and a key for it."""
    return prepared_folder(tmp_path_factory)


@pytest.fixture
def house(prepared: tuple[Path, str], tmp_path: Path) -> Iterator[House]:
    data, key = prepared
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    made = House(copy, key)
    yield made
    for server in made.servers:
        server.kill()
