"""Real server processes for tests and figures: each with a free loopback port and a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import httpx

from tests.nursery import Child, Nursery

Popen = subprocess.Popen[bytes] | Child
ROOT = Path(__file__).resolve().parent.parent
#: What a test's own surroundings must not tell the processes it starts.
_NOT_FOR_CHILDREN = (
    "DATABASE_URL",
    "REDIS_URL",
    "PYTEST_VERSION",
    "PYTEST_CURRENT_TEST",
    "PYTHONDONTWRITEBYTECODE",
    "GEMINI_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "FAL_KEY",
    "REPLICATE_API_TOKEN",
    "OPENAI_API_KEY",
    "APIFRAME_API_KEY",
    "ATLASCLOUD_API_KEY",
    "COMFYUI_BASE_URL",
    "COMFYUI_URL",
    "SD_WEBUI_BASE_URL",
    "A1111_URL",
    "WIREFLOW_REMOTE_API_KEY",
    "WIREFLOW_FAILPOINTS",
    "WIREFLOW_DELIVERY_HOSTS",
    "WIREFLOW_MEDIA_BUCKET",
    "WIREFLOW_MEDIA_ENDPOINT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "WIREFLOW_PROVIDER_CONCURRENCY",
    "WIREFLOW_PROVIDER_WEBHOOKS",
    "WIREFLOW_PUBLIC_URL",
    "WIREFLOW_SANDBOX_LATENCY",
    "WIREFLOW_SEAL_KEY",
    "WIREFLOW_ALLOWANCES",
    "WIREFLOW_OPENID_ISSUER",
    "WIREFLOW_OPENID_CLIENT_ID",
    "WIREFLOW_OPENID_CLIENT_SECRET",
    "WIREFLOW_OPENID_CA",
    "WIREFLOW_OPENID_NEW_ACCOUNTS",
    "WIREFLOW_OPENID_DOMAINS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
)
#: Seconds for what has to happen, on a machine with much else to do: only what never happens takes that long.
PATIENCE = 120.0


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a process that works in the folder ``data``; ``more`` are settings for it."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_CHILDREN}
    # A machine with much else to do answers late, and that is no fault.
    return {**kept, "WIREFLOW_DATA_DIR": str(data), "WIREFLOW_REQUEST_SECONDS": f"{PATIENCE:.0f}", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: Callable[[], Any], *, seconds: float = PATIENCE, sentence: str) -> Any:
    """What ``what()`` gives once it is true; fails with the sentence when it is not within ``seconds``."""
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            raise AssertionError(f"{sentence} ({seconds:g} seconds)")
        time.sleep(0.02)
    return found


#: Whoever bears processes quickly, while tests run. For figures, and where there is none, each is started afresh.
_nursery: Nursery | None = None


@contextmanager
def nursery() -> Iterator[None]:
    """Within it processes are borne by a nursery."""
    global _nursery
    if sys.platform == "linux":
        _nursery = Nursery(environment(ROOT))
    try:
        yield
    finally:
        if _nursery is not None:
            _nursery.close()
            _nursery = None


def _launch(
    command: list[str], surroundings: dict[str, str], *, out: IO[bytes], err: IO[bytes], fresh: bool
) -> Popen:
    if _nursery is not None and not fresh and _nursery.bears(command):
        return _nursery.start(command, surroundings, out=out.fileno(), err=err.fileno())
    return subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdin=subprocess.DEVNULL, stdout=out, stderr=err
    )


def manage(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one of Django's commands in a process of its own."""
    command = [sys.executable, "manage.py", *arguments]
    with TemporaryFile() as out, TemporaryFile() as err:
        process = _launch(command, environment(data, **more), out=out, err=err, fresh=False)
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode())
    return subprocess.CompletedProcess(command, code, *told)


def make_key(data: Path, *, credits: int = 100_000, **more: str) -> str:
    """An API key of a new person on the operator plan; the database must be up to date."""
    words = ["--email", "pat@example.org", "--plan", "operator", "--credits", str(credits)]
    made = manage(data, "create_api_key", *words, **more)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@dataclass
class Process:
    """A started process and where its output goes."""

    name: str
    popen: Popen
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def kill(self) -> None:
        """kill -9, by its process id."""
        if self.is_alive:
            os.kill(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)

    def stop(self, by: signal.Signals = signal.SIGTERM, *, seconds: float = 25) -> float:
        """Ask it to end; the seconds it took. Fails when it is still there after ``seconds``."""
        began = time.monotonic()
        os.kill(self.popen.pid, by)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.name} did not stop within {seconds:g} seconds:\n{self.output}"
            ) from None
        return time.monotonic() - began

    def wait(self, *, seconds: float = PATIENCE) -> int:
        """The exit code of a process that ends by itself."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} did not end within {seconds:g} seconds:\n{self.output}"
            ) from None


def start(name: str, command: list[str], data: Path, *, fresh: bool = False, **more: str) -> Process:
    """Start a process of the project; ``fresh``: as people do, by a Python that has nothing loaded yet.

    Its output goes into the data folder, a new file each time.
    """
    log = data / f"{name}-{time.time_ns()}.log"
    with log.open("wb") as file:
        popen = _launch(command, environment(data, **more), out=file, err=file, fresh=fresh)
    return Process(name, popen, log)


@dataclass
class Server(Process):
    """A web server: embedded everything in one process, on a cluster one of several."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Requests are answered when this returns."""
        until(
            lambda: "Ready:" in self.output or not self.is_alive,
            sentence="the server did not get ready",
        )
        assert "Ready:" in self.output, self.output

    def client(self, key: str) -> httpx.Client:
        """A client of its REST API."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60, trust_env=False)


def serve(data: Path, *, port: int = 0, wait: bool = True, fresh: bool = False, **more: str) -> Server:
    """Start the server; with ``wait`` it answers requests when this returns, and see `start` for ``fresh``."""
    port = port or free_port()
    command = [sys.executable, "-m", "wireflow_ui.serve", "--port", str(port)]
    started = start("server", command, data, fresh=fresh, **more)
    server = Server(started.name, started.popen, started.log, port)
    if wait:
        server.wait_until_ready()
    return server


def rows(database: Path, question: str, *values: object) -> list[dict[str, Any]]:
    """What an SQLite file answers, asked from outside."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(question, values)]
    finally:
        connection.close()
