"""Starts the project's processes from one that has the libraries loaded: loading them is more than half of a start.

The nursery is that process. It is asked for a child, forks, and the child becomes what was asked for: with its own
environment, session and output, and the module run as ``__main__``. It is a child of ours as if we had started it
ourselves: it has a process id to be killed by, leaves its exit code to us, and ends when we do.

The nursery loads nothing that reads settings, for each child has its own. It never has a second thread, which a fork
would cut off in the middle of what it does. For Linux alone; elsewhere, and for figures, each start is a fresh one.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: What nearly every process loads and what needs no settings. What is not here is loaded by whoever needs it.
LIBRARIES = (
    "aiohttp", "asgiref.sync", "asyncio", "av", "cachetools", "celery.app.base", "celery.app.task",
    "celery.apps.worker", "celery.bin.celery", "celery.loaders.app", "celery.signals", "channels.auth",
    "channels.generic.websocket", "channels.routing", "cryptography.fernet", "cryptography.x509",
    "django.contrib.admin.sites", "django.contrib.auth.hashers", "django.contrib.auth.password_validation",
    "django.contrib.messages.storage.base", "django.contrib.postgres.fields", "django.contrib.postgres.search",
    "django.contrib.staticfiles.finders", "django.contrib.staticfiles.storage", "django.core.handlers.asgi",
    "django.core.mail", "django.core.management.base", "django.core.management.commands.migrate",
    "django.core.serializers.json", "django.db.backends.sqlite3.base", "django.db.migrations.executor",
    "django.db.models", "django.forms", "django.middleware.common", "django.middleware.csrf",
    "django.template.defaulttags", "django.test.signals", "django.urls", "django.views.debug",
    "django.views.generic", "django.views.i18n", "django_htmx.middleware", "httpcore", "httpx", "markdown_it",
    "multiprocessing", "PIL.Image", "psycopg", "psycopg_pool", "re2", "redis.asyncio", "requests",
    "rest_framework.fields", "rest_framework.serializers", "segno", "sqlparse", "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl", "uvloop", "whitenoise.middleware", "yaml", "zoneinfo",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
#: More than an environment and a command ever are.
_REQUEST = 256 * 1024
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Child:
    """A process of ours that the nursery bore; to be handled as a `subprocess.Popen` is."""

    def __init__(self, command: Sequence[str], pid: int) -> None:
        self.args = list(command)
        self.pid = pid
        self.returncode: int | None = None
        self._lock = threading.Lock()  # whoever hears of its end first takes leave of it
        self._life = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its exit code, negative after a signal; None while it lives."""
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
                    os.close(self._life)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        if self.poll() is None:
            watch = select.poll()
            watch.register(self._life, select.POLLIN)
            watch.poll(None if timeout is None else timeout * 1000)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing when it has ended: its number may be another's by now."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that bears others; there is none before the first is asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def bears(self, command: Sequence[str]) -> bool:
        """Whether it can start this command: a module or a file of the project, run by our own Python."""
        return command[0] == sys.executable and (command[1] == "-m" or command[1].endswith(".py"))

    def start(self, command: Sequence[str], environment: Mapping[str, str], *, out: int, err: int) -> Child:
        """Start the command in the project's folder, with nothing to read and its output going to these files."""
        wanted = json.dumps(
            {"command": list(command), "environment": dict(environment), "parent": os.getpid()}
        )
        with self._lock, open(os.devnull, "rb") as nothing:  # noqa: PTH123  # no path, a device
            line = self._line or self._open()
            # It bears a grandchild and takes leave of the child between: an orphan then falls to us.
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
            try:
                socket.send_fds(line, [wanted.encode()], [nothing.fileno(), out, err])
                told = line.recv(64)
            finally:
                _prctl(_PR_SET_CHILD_SUBREAPER, 0)
        assert told, "The nursery has ended; what it said stands above."
        return Child(command, int(told))

    def close(self) -> None:
        if self._line is not None and self._process is not None:
            self._line.close()
            self._process.wait(30)

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(120)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the tests: it ends when they do
            )
        self._line = ours
        return ours


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _load() -> None:
    """All that children need, passed by for ever by the collector: a page that nobody writes to is shared by all."""
    gc.disable()
    runpy.run_path(str(ROOT / "wireflow_ui/lean_redis.py"))["import_redis"]()
    ours = pkgutil.walk_packages([str(ROOT / "providers")], "providers.")
    for name in (*LIBRARIES, *(module.name for module in ours)):
        importlib.import_module(name)
    threads = list(Path("/proc/self/task").iterdir())
    assert len(threads) == 1, f"A library starts {len(threads) - 1} threads when it is loaded: load it later."
    gc.collect()
    gc.freeze()
    gc.enable()


def _bear(line: socket.socket) -> dict[str, Any] | None:
    """Bear a child for each request. In the nursery None when nobody asks any more, in a child what it shall be."""
    while True:
        wanted, files, _, _ = socket.recv_fds(line, _REQUEST, 3)
        if not wanted:
            return None
        orphaned, between_lives = os.pipe()
        between = os.fork()
        if not between:
            if os.fork():
                os._exit(0)
            os.close(between_lives)
            os.read(orphaned, 1)  # until both others have let go of it
            os.close(orphaned)
            request: dict[str, Any] = json.loads(wanted)
            _settle(files, parent=request["parent"])
            line.send(str(os.getpid()).encode())
            return request
        os.waitpid(between, 0)
        for file in (orphaned, between_lives, *files):
            os.close(file)


def _settle(files: Sequence[int], *, parent: int) -> None:
    """In a child: a session and files of its own, and the end of whoever asked for it is its end too."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # they ended before that
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)


def _become(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Be what a new Python would be; what it raises or exits with is said and returned by Python itself."""
    os.environ.clear()
    os.environ.update(environment)
    sys.orig_argv = list(command)
    if command[1] == "-m":
        sys.argv = list(command[2:])
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command[1:])
        runpy.run_path(command[1], run_name="__main__")


def main() -> None:
    _load()
    with socket.socket(fileno=int(sys.argv[1])) as line:
        request = _bear(line)
    if request:
        _become(request["command"], request["environment"])


if __name__ == "__main__":
    main()
