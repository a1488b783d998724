"""The pages of a team that has run much: the server's time for each, and whether an index serves it.

`BENCH_EXECUTIONS` says how much (100,000 unless set; a million takes PostgreSQL some minutes to make). Each part
starts a process of its own that has Django in it: pages are asked for there without a network in between.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.figures import Figure, percentile
from tests.processes import environment, manage
from tests.servers import PostgreSQL

SIZE = int(os.environ.get("BENCH_EXECUTIONS", "100000"))
TIMES = 25
#: For so many seconds the list is asked for while the cleaner works.
CLEANING = 60.0
AIM = 100.0
SECRET = "only-for-figures-only-for-figures-only-for-figures"
#: Tables that grow with every run: none of them is read whole, and none is counted.
GROWING = (
    "executions_execution",
    "executions_noderun",
    "executions_event",
    "history_listing",
    "history_mark",
    "credits_entry",
)
#: Those of them that hold as many rows as there are executions, or more.
LARGE = list[str]()
#: A plan of PostgreSQL that stops early: what the part costs, and the whole.
_LIMITED = re.compile(r"Limit  \(cost=[0-9.]+\.\.([0-9.]+) .*?Seq Scan on \w+  \(cost=[0-9.]+\.\.([0-9.]+) ")


def measure_sqlite() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder:
        return _measure(Path(folder), "SQLite", {})


def measure_postgresql() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder, closing(PostgreSQL()) as server:
        server.start()
        settings = {
            "DATABASE_URL": server.create("wireflow"),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "WIREFLOW_SECRET_KEY": SECRET,
        }
        return _measure(Path(folder), "PostgreSQL", settings)


def _measure(data: Path, name: str, settings: dict[str, str]) -> list[Figure]:
    made = manage(data, "migrate", "--verbosity", "0", **settings)
    assert made.returncode == 0, made.stderr
    child = subprocess.run(
        [sys.executable, "-m", "bench.history_pages", str(SIZE)],
        env=environment(data, DJANGO_SETTINGS_MODULE="wireflow_ui.settings", **settings),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(child.stdout.splitlines()[-1])
    note = (
        f"{SIZE:,} executions of five node runs on {name}; the 95th percentile of {TIMES} requests inside the process. "
        "Statements are explained one by one: one that reads a growing table from end to end, or counts one, is told."
    )
    figures = [
        Figure(
            f"{name}: {page} (best {min(one['seconds']) * 1000:.0f}, processor {one['processor'] * 1000:.0f}, "
            f"{one['statements']} statements)",
            percentile(one["seconds"], 0.95) * 1000,
            "ms",
            AIM,
            note=note,
        )
        for page, one in told["pages"].items()
    ]
    figures.append(Figure(f"{name}: pages that read a whole table", len(told["whole"]), "", 0, note=note))
    figures.append(Figure(f"{name}: pages that count a table", len(told["counting"]), "", 0, note=note))
    figures.append(
        Figure(f"{name}: taking {told['cleaned']:,} executions away", told["cleaning"], "s", note=note)
    )
    figures.append(
        Figure(
            f"{name}: the list meanwhile ({len(told['meanwhile'])} times)",
            percentile(told["meanwhile"], 0.95) * 1000,
            "ms",
            150,
            note=note,
        )
    )
    for page in (*told["whole"], *told["counting"]):
        sys.stderr.write(f"{name}: {page}\n")
    return figures


def _pages(actor: Any) -> dict[str, str]:
    """What is asked for: every filter, searches of frequent and rare words, one execution, usage and ledger."""
    from executions.models import Execution

    one = Execution.objects.order_by("created_at")[SIZE // 2 if SIZE > 10 else 0]
    deep = f"cursor={one.created_at.isoformat().replace('+', '%2B')}~{one.pk}"
    day = f"since={one.created_at:%Y-%m-%d}&until={one.created_at:%Y-%m-%d}"
    listed = {
        "first page": "",
        "deep page": deep,
        "failed": "status=FAILED",
        "failed, deep": f"status=FAILED&{deep}",
        "status nobody has": "status=TIMEOUT",
        "one workflow": f"workflow={one.workflow_id}",
        "one version": f"version={one.version_id}",
        "one trigger": "trigger=webhook",
        "one person": f"person={one.started_by_id}",
        "one key": f"key={one.api_key_id}",
        "one model": "model=llm:gemini",
        "model and failed": "model=llm:gemini&status=FAILED",
        "one label": "label=label 3",
        "label nobody has": "label=none",
        "one cost": "cost=0",
        "one duration": "duration=60",
        "one day": day,
        "label, model and cost": "label=label 4&model=llm:gemini&cost=10",
        "frequent word": "q=lighthouse",
        "frequent word, deep": f"q=lighthouse&{deep}",
        "word of one in 1,000": "q=word77",
        "beginning of a word": "q=word7",
        "rare word": f"q=rare{SIZE // 3}",
        "no such word": "q=zebra",
        "word and status": "q=word77&status=FAILED",
        "frequent word and label": "q=lighthouse&label=label 3",
    }
    return {
        **{f"list, {name}": f"/executions?{query}" for name, query in listed.items()},
        "one execution": f"/executions/{one.pk}",
        "usage, 30 days": "/usage",
        "usage, 12 months": "/usage?period=year",
        "ledger, one kind": "/usage/ledger?kind=settle",
        "ledger, older": "/usage/ledger?period=year&before=100000",
    }


def _child(size: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bench.team import make_team

    settings.ALLOWED_HOSTS = ["testserver"]
    actor = make_team(size)
    client = Client()
    client.force_login(actor.user)
    told: dict[str, Any] = {"pages": {}, "whole": [], "counting": []}
    with connection.cursor() as cursor:  # of an empty table everything is read from end to end
        for table in GROWING:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")  # ours
            if cursor.fetchone()[0] >= size:
                LARGE.append(table)
    for name, path in _pages(actor).items():
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, (path, answer.content[:300])
        for query in captured.captured_queries:
            _judge(name, query["sql"], told)
        seconds, processor = [], []
        for _ in range(TIMES):
            began, ran = time.perf_counter(), time.process_time()
            reset_queries()  # Django keeps 9,000 statements and then notes no more
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            seconds.append(time.perf_counter() - began)
            processor.append(time.process_time() - ran)
        told["pages"][name] = {
            "seconds": seconds,
            "processor": statistics.median(processor),
            "statements": len(captured),
        }
        sys.stderr.write(f"{name}: {sorted(seconds)[len(seconds) // 2] * 1000:.0f} ms\n")
    told |= _clean(actor, client, size)
    print(json.dumps(told))


def _judge(name: str, statement: str, told: dict[str, Any]) -> None:
    from django.db import connection

    if not statement.startswith("SELECT") or not any(table in statement for table in GROWING):
        return
    if re.match(r"SELECT COUNT\(", statement) and "LIMIT" not in statement and "batch_id" not in statement:
        told["counting"].append(f"{name}: {statement[:300]}")
    word = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(word + statement)
        plan = " ".join(str(cell) for row in cursor.fetchall() for cell in row)
    if (limited := _LIMITED.match(plan)) and float(limited[1]) < 0.1 * float(limited[2]):
        return  # it ends long before the end of the table
    for table in LARGE:
        if re.search(rf"Seq Scan on {table}\b|SCAN {table}(?! USING)", plan):
            told["whole"].append(f"{name}: {table}: {statement[-200:]}: {plan}")


def _clean(actor: Any, client: Any, size: int) -> dict[str, Any]:
    """Let the cleaner take a tenth of the executions away on a thread of its own, and ask for the list meanwhile."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from executions.models import Execution
    from history import cleaning
    from history.models import Retention

    oldest = Execution.objects.order_by("-created_at")[size * 9 // 10].created_at
    Retention.objects.create(team=actor.team, days=max(1, (timezone.now() - oldest) // timedelta(days=1)))
    stopped, gone = threading.Event(), list[int]()

    def clean() -> None:
        try:
            while not stopped.is_set() and (count := cleaning.clean_some()):
                gone.append(count)
        finally:
            connection.close()

    began, meanwhile = time.monotonic(), list[float]()
    cleaner = threading.Thread(target=clean)
    cleaner.start()
    while cleaner.is_alive() and time.monotonic() - began < CLEANING:
        at = time.perf_counter()
        client.get("/executions")
        meanwhile.append(time.perf_counter() - at)
    stopped.set()
    cleaner.join()
    return {"cleaned": sum(gone), "cleaning": time.monotonic() - began, "meanwhile": meanwhile}


if __name__ == "__main__":
    SIZE = int(sys.argv[1])
    _child(SIZE)
