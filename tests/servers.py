"""Throw-away PostgreSQL and Redis servers: data under the temp folder, gone with the tests however these end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import redis
from psycopg import sql
from psycopg.rows import dict_row

from tests.processes import free_port, until

#: Debian keeps the server's programs off the PATH, by version.
_POSTGRESQL_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def find_program(*names: str, folders: Sequence[Path] = ()) -> str:
    """The path of the first of these programs that this machine has; "" when it has none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    return next((found for name in names if (found := shutil.which(name, path=path))), "")


def redis_program() -> str:
    return find_program("redis-server", "valkey-server")


def postgresql_program(name: str) -> str:
    """``initdb`` or ``postgres``, the real one: beside it lies what it needs."""
    found = find_program(name, folders=_POSTGRESQL_FOLDERS)
    return str(Path(found).resolve()) if found else ""


def _dying_with_us(command: Sequence[str], *, user: str = "") -> list[str]:
    """The command, told to end when the tests are killed, and run as ``user`` when one is named."""
    setpriv = find_program("setpriv")
    if not setpriv:
        return list(command)
    as_user = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    return [setpriv, *as_user, "--pdeathsig=INT", *command]


@dataclass
class Redis:
    """A Redis on a free loopback port that keeps nothing on disk."""

    folder: Path
    port: int
    popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self.popen = subprocess.Popen(
                _dying_with_us([redis_program(), *words, "--dir", str(self.folder)]), stdout=log, stderr=log
            )
        until(self._answers, sentence="Redis did not start")

    def freeze(self) -> None:
        """It takes connections and stays silent."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on, with all that it was told meanwhile."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Everything in it is gone, though nobody is cut off."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def kill(self) -> None:
        """kill -9: everything in it is gone."""
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait(10)
            self.popen = None

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def start_redis(folder: Path) -> Redis:
    server = Redis(folder, free_port())
    server.start()
    return server


class PostgreSQL:
    """A PostgreSQL on a Unix socket in a folder of its own. It refuses root, so root starts it as ``postgres``."""

    def __init__(self, *, like: Path | None = None) -> None:
        """``like`` is the data of one that was stopped: this one begins with a copy of it."""
        self.folder = Path(tempfile.mkdtemp(prefix="wireflow-postgresql-"))
        self._like = like
        self.user = "postgres" if os.geteuid() == 0 else ""
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._like is None:
            self._init()
        else:
            subprocess.run(["cp", "-a", self._like, self.data], check=True)  # with its owner and times
        self._launch()

    def _init(self) -> None:
        like = ["--username=wireflow", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            _dying_with_us([postgresql_program("initdb"), "--pgdata", str(self.data), *like], user=self.user),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert made.returncode == 0, made.stderr

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _launch(self) -> None:
        # Nothing here outlives the machine, so nothing waits for its disk.
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("ab") as log:
            self.popen = subprocess.Popen(
                _dying_with_us(
                    [postgresql_program("postgres"), "-D", str(self.data), *words], user=self.user
                ),
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        until(self._answers, sentence="PostgreSQL did not start")

    def restart(self, by: signal.Signals) -> None:
        """End it, by SIGINT in good order or by SIGQUIT as in a crash, and start it on the same data."""
        self.stop(by)
        self._launch()

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        assert self.popen is not None
        self.popen.send_signal(by)
        self.popen.wait(60)

    def close(self) -> None:
        """End it at once and take its folder away."""
        if self.popen is not None:
            self.popen.send_signal(signal.SIGQUIT)  # nothing when it was stopped
            self.popen.wait(20)
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        return f"postgresql://wireflow@/{database}?host={self.folder}"

    def create(self, database: str, *, like: str = "template1") -> str:
        """Make a database anew, as a copy of ``like``; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # A second try of a test finds what the first one made.
            gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(gone.format(sql.Identifier(database)))
            words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(words.format(sql.Identifier(database), sql.Identifier(like)))
        return self.url(database)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def answers(url: str, question: LiteralString, *values: Any) -> list[dict[str, Any]]:
    """What a PostgreSQL database answers, asked from outside; values stand for %s."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(question, values or None).fetchall()
