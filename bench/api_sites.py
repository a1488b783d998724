"""Where the REST API is measured: on SQLite in one process, or on PostgreSQL and Redis in one or two."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import used
from bench.site import Site, running
from tests.processes import Server, make_key, serve, start
from tests.servers import PostgreSQL, start_redis

SECRET = "only-for-figures-only-for-figures-only-for-figures"
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Web servers over one database, and the key of the one person in it."""

    site: Site
    webs: Sequence[Server]

    @property
    def ports(self) -> list[int]:
        return [web.port for web in self.webs]

    def cpu(self) -> float:
        """The processor seconds that the web servers have used."""
        return sum(used(web.popen.pid) for web in self.webs)

    def memory(self) -> float:
        """The megabytes that they hold."""
        return sum(_resident(web.popen.pid) for web in self.webs) / MB


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@contextmanager
def embedded() -> Iterator[Place]:
    """Everything in one process, on SQLite."""
    with running() as site:
        yield Place(site, [site.server])


@contextmanager
def cluster(webs: int) -> Iterator[Place]:
    """So many web servers and a worker, on a PostgreSQL and a Redis of their own."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wireflow-bench-")))
        postgresql = stack.enter_context(closing(PostgreSQL()))
        postgresql.start()
        redis = start_redis(data)
        stack.callback(redis.kill)
        settings = {
            "DATABASE_URL": postgresql.create("wireflow"),
            "REDIS_URL": redis.url,
            "WIREFLOW_SECRET_KEY": SECRET,
            "WIREFLOW_SANDBOX_LATENCY": "0",
        }
        servers = []
        for _ in range(webs):
            servers.append(serve(data, **settings))
            stack.callback(servers[-1].stop)
        worker = [sys.executable, "-m", "celery", "-A", "wireflow_ui", "worker", "--loglevel", "WARNING"]
        stack.callback(start("worker", worker, data, **settings).stop)
        yield Place(Site(servers[0], data, make_key(data, credits=1_000_000, **settings)), servers)
