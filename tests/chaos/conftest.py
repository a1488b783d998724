"""A prepared data folder to copy, and the history that every chaos test reads from outside."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.sandbox import submissions
from tests.chaos.graphs import chain
from tests.processes import Server, make_key, manage, rows, serve, until

RUN_SECONDS = 25.0


@dataclass
class House:
    """One data folder through several lives of its server."""

    data: Path
    key: str
    accepted: list[str] = field(default_factory=list)
    kills: int = 0
    servers: list[Server] = field(default_factory=list)

    def serve(self, **settings: str) -> Server:
        server = serve(self.data, **settings)
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

    @property
    def database(self) -> Path:
        return self.data / "wireflow.sqlite3"

    def statuses(self) -> dict[str, str]:
        """The status of every execution by id, in the form of the API."""
        found = rows(self.database, "SELECT id, status FROM executions_execution")
        return {_with_dashes(row["id"]): row["status"] for row in found}

    def wait_for_all(self, *, seconds: float = RUN_SECONDS) -> None:
        def all_over() -> bool:
            return all(status not in ("PENDING", "RUNNING") for status in self.statuses().values())

        try:
            until(all_over, seconds=seconds, sentence="an execution did not end")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._story()}") from None

    def prove(self) -> None:
        """The promise: every run ended, nothing was made twice, everything was charged once."""
        statuses = self.statuses()
        assert statuses, "nothing was run"
        assert set(statuses.values()) == {"COMPLETED"}, self._story()
        assert set(self.accepted) <= set(statuses)
        self._prove_calls()
        self._prove_charges()
        self._prove_events()
        proof = manage(self.data, "check_ledger")
        assert proof.returncode == 0, proof.stderr

    def _prove_calls(self) -> None:
        intended = rows(
            self.database,
            "SELECT s.idempotency_key AS key, s.node_run_id, s.state, n.status FROM executions_submission s"
            " JOIN executions_nodeRun n ON n.id = s.node_run_id",
        )
        journal = submissions(self.data / "sandbox.sqlite3")
        assert {key for key, _, _ in journal} == {row["key"] for row in intended}
        assert {jobs for _, _, jobs in journal} == {1}
        assert max(calls for _, calls, _ in journal) <= 1 + self.kills
        remote = rows(
            self.database, "SELECT id FROM executions_noderun WHERE provider = 'sandbox' AND is_cached = 0"
        )
        per_run = Counter(row["node_run_id"] for row in intended)
        assert per_run == {row["id"]: 1 for row in remote}
        assert {row["state"] for row in intended} == {"done"}

    def _prove_charges(self) -> None:
        paid = Counter(
            row["reference"]
            for row in rows(self.database, "SELECT reference FROM credits_entry WHERE kind = 'settle'")
        )
        priced = rows(self.database, "SELECT id FROM executions_noderun WHERE price > 0")
        assert priced
        assert paid == {f"node-run:{row['id']}": 1 for row in priced}

    def _prove_events(self) -> None:
        for run in rows(self.database, "SELECT id, last_seq FROM executions_execution"):
            found = rows(
                self.database,
                "SELECT seq, kind FROM executions_event WHERE execution_id = ? ORDER BY seq",
                run["id"],
            )
            assert [event["seq"] for event in found] == list(range(1, run["last_seq"] + 1))
            assert found[-1]["kind"] == "execution.completed"

    def _story(self) -> str:
        runs = rows(
            self.database,
            "SELECT execution_id, node_id, item_path, status, attempt, tries, error FROM executions_noderun",
        )
        return "\n".join([*(str(run) for run in runs), *(server.output[-2000:] for server in self.servers)])


def _with_dashes(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder whose database is up to date, and a key for it."""
    data = tmp_path_factory.mktemp("prepared")
    done = manage(data, "prepare")
    assert done.returncode == 0, done.stderr
    return data, make_key(data)


@pytest.fixture
def house(prepared: tuple[Path, str], tmp_path: Path) -> Iterator[House]:
    data, key = prepared
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    made = House(copy, key)
    yield made
    for server in made.servers:
        server.kill()
