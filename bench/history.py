"""The history of a team that has run much."""

from __future__ import annotations

import sqlite3
import statistics
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx

from bench.figures import Figure
from bench.site import Site, running, text_graph

EXECUTIONS = 10_000
TIMES = 20
NOTE = (
    f"{EXECUTIONS:,} executions of three node runs each, copied from one real run; the median of {TIMES} requests "
    "over one connection. The first page, the page before the oldest, a search, and the API's list of 50."
)


def measure() -> list[Figure]:
    with running() as site:
        workflow = site.make_workflow(text_graph())
        caller = site.caller()
        caller.wait_for(caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"])
        oldest = copy_runs(site)
        cookies = {"sessionid": site.sign_in()}
        with httpx.Client(base_url=site.server.url, cookies=cookies, trust_env=False, timeout=30) as person:
            pages = {
                "history, first page": "/executions",
                "history, last page": f"/executions?cursor={oldest}",
                "history, search": "/executions?q=no+such+name",
            }
            figures = [Figure(name, _page(person, path), "ms", note=NOTE) for name, path in pages.items()]
        caller = site.caller()  # the server closes connections that were silent for five seconds
        seconds = [_timed(lambda: caller.ask("GET", "/workflows/executions?limit=50")) for _ in range(TIMES)]
    return [*figures, Figure("history over REST", statistics.median(seconds) * 1000, "ms", note=NOTE)]


def _page(person: httpx.Client, path: str) -> float:
    def get() -> None:
        answer = person.get(path)
        assert answer.status_code == 200, answer.text

    return statistics.median(_timed(get) for _ in range(TIMES)) * 1000


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def copy_runs(site: Site) -> str:
    """Copy the one execution there is; the cursor of a page near the oldest."""
    with closing(sqlite3.connect(site.database, timeout=20)) as database:
        execution = _row(database, "executions_execution")[0]
        runs = _row(database, "executions_noderun")
        newest = datetime.fromisoformat(execution["created_at"])
        moment = newest
        for number in range(1, EXECUTIONS):
            moment = newest - timedelta(minutes=number)
            own = uuid.uuid4().hex
            _insert(database, "executions_execution", {**execution, "id": own, "created_at": str(moment)})
            for one in runs:
                copied = {key: value for key, value in one.items() if key != "id"}
                _insert(database, "executions_noderun", {**copied, "execution_id": own})
        database.commit()
    cut = (moment + timedelta(minutes=20)).replace(tzinfo=UTC)
    return quote(f"{cut.isoformat()}~{uuid.UUID(int=0)}")


def _row(database: sqlite3.Connection, name: str) -> list[dict[str, object]]:
    database.row_factory = sqlite3.Row
    return [dict(row) for row in database.execute(f"SELECT * FROM {name}")]


def _insert(database: sqlite3.Connection, name: str, row: dict[str, object]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
