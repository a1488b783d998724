"""Where many calls are measured: on SQLite in one process, or on PostgreSQL and Redis in several."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from bench.cpu import used
from bench.site import Site, running
from tests.processes import Process, Server, make_key, rows, serve, start, until
from tests.servers import PostgreSQL, start_redis

SECRET = "only-for-figures-only-for-figures-only-for-figures"
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Web servers over one database, and the key of the one person in it.

    ``ask`` puts a question to the database from outside. ``others`` are the worker and the sweeper, by name; in one
    process there are none.
    """

    site: Site
    webs: Sequence[Server]
    ask: Callable[[LiteralString], list[dict[str, Any]]]
    others: Mapping[str, Process] = field(default_factory=dict)

    @property
    def ports(self) -> list[int]:
        return [web.port for web in self.webs]

    @property
    def engine(self) -> Process:
        """The process that carries the runs."""
        return self.others.get("worker", self.webs[0])

    def cpu(self) -> float:
        """The processor seconds that the web servers have used."""
        return sum(used(web.popen.pid) for web in self.webs)

    def memory(self) -> float:
        """The megabytes that they hold."""
        return sum(memory_of(web) for web in self.webs)


def memory_of(process: Process, line: str = "VmRSS") -> float:
    """The megabytes that a process holds, or with VmHWM the most that it held."""
    lines = Path(f"/proc/{process.popen.pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) * 1024 for one in lines if one.startswith(f"{line}:")) / MB


@contextmanager
def embedded(*, latency: str = "0") -> Iterator[Place]:
    """Everything in one process, on SQLite."""
    with running(latency=latency) as site:
        yield Place(site, [site.server], partial(rows, site.database))


@contextmanager
def cluster(webs: int = 1, *, latency: str = "0") -> Iterator[Place]:
    """So many web servers, a worker and a sweeper, on a PostgreSQL and a Redis of their own."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wireflow-bench-")))
        postgresql = stack.enter_context(closing(PostgreSQL()))
        postgresql.start()
        redis = start_redis(data)
        stack.callback(redis.kill)
        database = postgresql.create("wireflow")
        settings = {
            "DATABASE_URL": database,
            "REDIS_URL": redis.url,
            "WIREFLOW_SECRET_KEY": SECRET,
            "WIREFLOW_SANDBOX_LATENCY": latency,
        }
        servers = []
        for _ in range(webs):
            servers.append(serve(data, **settings))
            stack.callback(servers[-1].stop)
        key = make_key(data, credits=1_000_000, **settings)
        site = Site(servers[0], data, key, settings)
        worker = start_worker(site)
        stack.callback(_end, worker)
        sweeper = start("sweeper", [sys.executable, "manage.py", "sweep"], data, **settings)
        stack.callback(_end, sweeper)
        # One line, kept: what waits for an end asks a hundred times a second, and each new line is a new process.
        line = stack.enter_context(psycopg.connect(database, autocommit=True, row_factory=dict_row))

        def ask(question: LiteralString) -> list[dict[str, Any]]:
            return line.execute(question).fetchall()

        until(
            lambda: ask("SELECT 1 FROM telemetry_process WHERE kind = 'sweeper'"),
            sentence="the sweeper did not start",
        )
        yield Place(site, servers, ask, {"worker": worker, "sweeper": sweeper})


def start_worker(site: Site) -> Process:
    """One more worker of the cluster. It takes messages when this returns."""
    words = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    command = [sys.executable, "-m", "celery", "-A", "wireflow_ui", *words]
    worker = start("worker", command, site.data, **site.settings)
    until(lambda: " ready." in worker.output or not worker.is_alive, sentence="the worker did not start")
    assert worker.is_alive, worker.output
    return worker


def _end(process: Process) -> None:
    if process.is_alive:  # what is measured may be its death
        process.stop()
