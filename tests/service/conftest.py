"""A cluster on this machine: web servers, workers and a sweeper as processes of their own on PostgreSQL and Redis."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import httpx
import pytest
import yaml
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from tests.graphs import chain
from tests.prepared import SECRET, prepared_postgresql
from tests.processes import PATIENCE, ROOT, Process, Server, manage, serve, start, until
from tests.run_history import History
from tests.servers import PostgreSQL, Redis, answers, postgresql_program, redis_program, start_redis

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def command_of(service: str) -> list[str]:
    """What docker-compose.yml runs for a service, in the Python of the tests."""
    python, *words = COMPOSE["services"][service]["command"]
    assert python == "python"
    return [sys.executable, *words]


@dataclass
class Cluster:
    """One database and one Redis, with the processes that were started on them."""

    data: Path
    redis: Redis
    database: str
    key: str
    latency: str = "0.3"
    keys: dict[str, str] = field(default_factory=dict)  # and other settings: doubles of providers
    accepted: list[str] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis.url,
            "WIREFLOW_SECRET_KEY": SECRET,
            "WIREFLOW_SANDBOX_LATENCY": self.latency,
            **self.keys,
        }

    @property
    def history(self) -> History:
        return History(self.data, partial(answers, self.database), self.settings)

    def web(self, *, port: int = 0) -> Server:
        """A web server that is being started."""
        server = serve(self.data, port=port, wait=False, **self.settings)
        self.processes.append(server)
        return server

    def webs(self, count: int) -> list[Server]:
        """So many web servers, started together."""
        servers = [self.web() for _ in range(count)]
        for server in servers:
            server.wait_until_ready()
        return servers

    @property
    def servers(self) -> list[Server]:
        return [process for process in self.processes if isinstance(process, Server)]

    def ask(self, question: LiteralString, *values: Any) -> list[dict[str, Any]]:
        return answers(self.database, question, *values)

    def worker(self, name: str, *, failpoints: str = "") -> Process:
        """A worker that is being started; see `wait_for_workers`."""
        command = [sys.executable, "-m", "celery", "-A", "wireflow_ui", "worker"]
        words = ["--loglevel", "INFO", "--hostname", f"{name}@%h"]
        process = start(name, [*command, *words], self.data, **self.settings, WIREFLOW_FAILPOINTS=failpoints)
        self.processes.append(process)
        return process

    def sweeper(self, *, failpoints: str = "") -> Process:
        words = command_of("sweeper")
        process = start("sweeper", words, self.data, **self.settings, WIREFLOW_FAILPOINTS=failpoints)
        self.processes.append(process)
        return process

    def run(
        self, web: Server, graph: dict[str, Any], *, key: str = "", idempotency: str = ""
    ) -> httpx.Response:
        """Ask for an execution; what answers 201 is remembered, for it must end."""
        with web.client(key or self.key) as client:
            answer = client.post(
                f"/workflows/{self.workflow(client)}/execute",
                json=graph,
                headers={"Idempotency-Key": idempotency} if idempotency else {},
            )
        if answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers:
            self.accepted.append(answer.json()["executionId"])
        return answer

    def workflow(self, client: httpx.Client) -> str:
        """The workflow of the key's team; made when there is none."""
        listed = client.get("/workflows")
        assert listed.status_code == 200, listed.text
        if found := listed.json():
            return str(found[0]["id"])
        made = client.post("/workflows", json={"name": "Boats", **chain()})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def sign_in(self, web: Server) -> str:
        """The cookie of the key's person, signed in at this server."""
        made = manage(self.data, "sign_in_link", "--email", "pat@example.org", **self.settings)
        path = re.sub(r"^https?://[^/]+", "", made.stdout.strip())
        with httpx.Client(base_url=web.url, trust_env=False) as client:
            assert client.get(path).status_code == 303
            return f"sessionid={client.cookies['sessionid']}"

    def watch(self, web: Server, path: str, cookie: str) -> ClientConnection:
        """A socket as a browser opens it."""
        address = f"ws://127.0.0.1:{web.port}{path}"
        headers = {"Cookie": cookie}
        return connect(address, origin=Origin(web.url), additional_headers=headers, proxy=None)

    def wait_for_all(self, *, seconds: float = PATIENCE) -> None:
        self.history.wait_for_all(seconds=seconds, processes=self.processes)

    def prove(self, *, kills: int = 0) -> None:
        self.history.prove(accepted=self.accepted, kills=kills)


def wait_for_workers(*workers: Process) -> None:
    """Until they take messages."""
    for worker in workers:
        until(
            lambda worker=worker: " ready." in worker.output or not worker.is_alive,
            sentence=f"{worker.name} did not start",
        )
        assert worker.is_alive, worker.output


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PostgreSQL, str]]:
    """A PostgreSQL with databases to copy, and a key for the one that is prepared: see `tests.prepared`."""
    if not postgresql_program("initdb"):
        pytest.skip("no PostgreSQL: install postgresql")
    server, key = prepared_postgresql(tmp_path_factory)
    with closing(server):
        server.start()
        yield server, key


@pytest.fixture(scope="session")
def postgresql(served: tuple[PostgreSQL, str]) -> PostgreSQL:
    return served[0]


@contextmanager
def _cluster(served: tuple[PostgreSQL, str], folder: Path) -> Iterator[Cluster]:
    if not redis_program():
        pytest.skip("no Redis: install redis-server")
    postgresql, key = served
    database = postgresql.create(re.sub(r"\W", "_", folder.name), like="prepared")
    redis = start_redis(folder)
    made = Cluster(folder, redis, database, key)
    try:
        yield made
    finally:
        for process in made.processes:
            process.kill()
        redis.kill()


@pytest.fixture
def cluster(served: tuple[PostgreSQL, str], tmp_path: Path) -> Iterator[Cluster]:
    """A cluster without any process yet; what a test starts is ended after it."""
    with _cluster(served, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def whole(served: tuple[PostgreSQL, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that runs: two web servers, workers and sweepers. For tests that break nothing."""
    with _cluster(served, tmp_path_factory.mktemp("whole")) as made:
        workers = [made.worker("north"), made.worker("south")]
        made.sweeper()
        made.sweeper()
        made.webs(2)
        wait_for_workers(*workers)
        yield made
