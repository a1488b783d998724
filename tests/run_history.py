"""What every test that breaks processes checks: the story of all runs as it is seen from outside.

Rows are asked for in plain SQL, with ids as text, so that the same proof holds for SQLite and PostgreSQL.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from assets.models import LARGE_SIDE
from assets.store import place_of
from providers.sandbox import submissions
from tests.processes import PATIENCE, Process, manage

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class History:
    """The runs of one database, and the sandbox's own journal of what it was asked for."""

    data: Path
    ask: Callable[[LiteralString], Rows]
    settings: dict[str, str]  # what a command needs to find the database

    def statuses(self) -> dict[str, str]:
        """The status of every execution by its id as 32 hexadecimal digits."""
        found = self.ask("SELECT id, status FROM executions_execution")
        return {plain(row["id"]): row["status"] for row in found}

    def wait_for_all(self, *, seconds: float = PATIENCE, processes: list[Process]) -> None:
        """Wait until every execution is over; when none has ended for ``seconds``, fail with what was going on."""
        left, end = len(self.open()), time.monotonic() + seconds
        while left:
            time.sleep(0.02)
            still = len(self.open())
            if still < left:
                left, end = still, time.monotonic() + seconds
            elif time.monotonic() > end:
                said = (f"--- {process.name}\n{process.output[-2000:]}" for process in processes)
                stuck = f"{left} executions do not end ({seconds:g} seconds)"
                raise AssertionError("\n".join([stuck, self.story(), *said]))

    def open(self) -> list[str]:
        """The executions that are not over."""
        found = self.ask("SELECT id FROM executions_execution WHERE status IN ('PENDING', 'RUNNING')")
        return [plain(row["id"]) for row in found]

    def prove(self, *, accepted: list[str], kills: int, end: str = "COMPLETED") -> None:
        """The promise: every accepted run ended, nothing was made twice, everything was charged once."""
        statuses = self.statuses()
        assert statuses, "nothing was run"
        assert set(statuses.values()) == {end}, self.story()
        assert {plain(one) for one in accepted} <= set(statuses)
        self.prove_calls(kills=kills)
        self.prove_charges()
        self.prove_events()
        self.prove_files()
        self.prove_ledger()

    def prove_survival(self, *, accepted: list[str]) -> str:
        """The promise where kills come in a row: every accepted run ended, with a result or with its credits back, and
        no call was made twice where a key tells them apart. What became of them, in words."""
        statuses = self.statuses()
        assert {plain(one) for one in accepted} == set(statuses)
        assert set(statuses.values()) <= {"COMPLETED", "FAILED"}, self.story()
        failed = Counter(
            row["error_code"]
            for row in self.ask("SELECT error_code FROM executions_noderun WHERE status = 'FAILED'")
        )
        # Who meets three kills, or two between a call and the note of it, is told so.
        assert set(failed) <= {"worker_lost", "unknown_outcome"}, self.story()
        assert {jobs for _, _, jobs in submissions(self.data / "sandbox.sqlite3")} == {1}
        self.prove_charges()
        self.prove_events()
        self.prove_files()
        self.prove_ledger()
        return f"{dict(Counter(statuses.values()))} runs, failures {dict(failed)}"

    def prove_calls(self, *, kills: int) -> None:
        """No call of the sandbox was lost, none was doubled there, and none sent more than once more per kill."""
        intended = self.ask(
            "SELECT s.idempotency_key AS key, s.node_run_id, s.state FROM executions_submission s"
            " WHERE s.provider = 'sandbox' ORDER BY s.id"
        )
        journal = submissions(self.data / "sandbox.sqlite3")
        assert {key for key, _, _ in journal} == {row["key"] for row in intended}
        assert {jobs for _, _, jobs in journal} == {1}
        assert max(calls for _, calls, _ in journal) <= 1 + kills
        remote = self.ask(
            "SELECT id FROM executions_noderun WHERE provider = 'sandbox' AND status = 'COMPLETED'"
            " AND NOT is_cached"
        )
        done = Counter(row["node_run_id"] for row in intended if row["state"] == "done")
        assert done == {row["id"]: 1 for row in remote}
        assert {row["state"] for row in intended} <= {"done", "failed"}
        assert len(intended) == len({row["node_run_id"] for row in intended})

    def prove_charges(self) -> None:
        """Every priced node run was paid once when it completed, and never else; no hold is open."""
        paid = Counter(
            row["reference"] for row in self.ask("SELECT reference FROM credits_entry WHERE kind = 'settle'")
        )
        priced = self.ask("SELECT id, status FROM executions_noderun WHERE price > 0")
        assert priced
        assert paid == {f"node-run:{row['id']}": 1 for row in priced if row["status"] == "COMPLETED"}
        open_holds = self.ask(
            "SELECT h.reference FROM credits_hold h LEFT JOIN credits_holdclosing c ON c.hold_id = h.id"
            " WHERE c.hold_id IS NULL"
        )
        assert open_holds == []

    def prove_events(self) -> None:
        """Every run's events are numbered without a gap; the last one, and only the last one, says its end."""
        events: dict[str, list[tuple[int, str]]] = {}
        for row in self.ask(
            "SELECT execution_id, seq, kind FROM executions_event ORDER BY execution_id, seq"
        ):
            events.setdefault(plain(row["execution_id"]), []).append((row["seq"], row["kind"]))
        for run in self.ask("SELECT id, last_seq, status FROM executions_execution"):
            found = events[plain(run["id"])]
            assert [seq for seq, _ in found] == list(range(1, run["last_seq"] + 1))
            about_itself = [kind for _, kind in found if kind.startswith("execution.")]
            assert about_itself == ["execution.started", f"execution.{run['status'].lower()}"]
            assert found[-1][1] == about_itself[-1]

    def prove_files(self) -> None:
        """Every file that a row speaks of lies in the store, whole."""
        for row in self.ask("SELECT blob, thumbnail_name, bytes FROM assets_asset WHERE deleted_at IS NULL"):
            place = self.data / "media" / place_of(row["blob"])
            assert place.stat().st_size == row["bytes"]
            thumbnail = self.data / "media" / place_of(row["blob"], LARGE_SIDE)
            assert not row["thumbnail_name"] or thumbnail.stat().st_size

    def prove_ledger(self) -> None:
        proof = manage(self.data, "check_ledger", **self.settings)
        assert proof.returncode == 0, proof.stderr

    def story(self) -> str:
        """Every node run of what is not completed, for a person who looks at a failed test."""
        runs = self.ask(
            "SELECT r.execution_id, r.node_id, r.item_path, r.status, r.attempt, r.tries, r.error"
            " FROM executions_noderun r JOIN executions_execution e ON e.id = r.execution_id"
            " WHERE e.status <> 'COMPLETED' ORDER BY r.id"
        )
        return "\n".join(map(str, runs))


def plain(execution_id: object) -> str:
    """An execution's id as 32 hexadecimal digits, however it was written."""
    return str(execution_id).replace("-", "")
