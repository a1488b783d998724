"""Child processes that do the work which may need much memory or meet a hostile file."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from providers import errors
from providers.local.limits import TooLarge
from providers.local.wire import as_json

PROJECT = Path(__file__).resolve().parents[2]
#: All a child gets of our surroundings: no key, no password.
PASSED_ON = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "XDG_DATA_HOME",
        "XDG_DATA_DIRS",
    }
)
#: A child is replaced after this many calls, so that what its libraries leak does not add up.
CALLS_PER_CHILD = 500
DEFAULT_MEMORY_MB = 2048


class WorkerLost(errors.ServerFault):
    """The child ended in the middle of the work."""

    code = "worker_lost"


class ChildPool:
    """At most ``size`` children of ``memory_mb`` each (address space); safe to call from many threads.

    One child is started at once and warms up by itself; the others when they are first needed.
    """

    def __init__(self, size: int = 2, memory_mb: int = DEFAULT_MEMORY_MB) -> None:
        self.size = size
        self.memory_mb = memory_mb
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._closed = False
        self._idle = [_Child(memory_mb)]

    def call(self, task: str, payload: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        """The answer of ``task``: waits for a free child, then up to ``timeout`` seconds for the work.

        Raises what the task raised; `TooLarge` when the memory did not suffice; `errors.Timeout` when it took
        longer, or more of the processor than it may; `WorkerLost` when the child ended.
        """
        line = json.dumps({"task": task, "payload": payload}, default=as_json).encode() + b"\n"
        with self._places:
            child = self._take()
            healthy = False
            try:
                reply = child.ask(line, timeout)
                healthy = "MemoryError" not in reply.get("error", ()) and child.calls < CALLS_PER_CHILD
            finally:
                self._give_back(child, healthy=healthy)
        if "error" in reply:
            raise _error(reply)
        answer: dict[str, Any] = reply["answer"]
        return answer

    def close(self) -> None:
        """End all children that are not at work; those at work end after it."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _take(self) -> _Child:
        with self._lock:
            if self._closed:
                raise WorkerLost("The server is stopping.")
            while self._idle:
                child = self._idle.pop()
                if child.is_alive:
                    return child
                child.end()
        return _Child(self.memory_mb)

    def _give_back(self, child: _Child, *, healthy: bool) -> None:
        if not healthy:
            child.end()
            child = _Child(self.memory_mb)
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.end()


class _Child:
    """One process, asked by one thread at a time."""

    def __init__(self, memory_mb: int) -> None:
        surroundings = {name: value for name, value in os.environ.items() if name in PASSED_ON}
        # One arena: each further one takes 64 MB of the address space that the limit counts.
        surroundings["MALLOC_ARENA_MAX"] = "1"
        self.calls = 0
        self._process = subprocess.Popen(  # noqa: S603  our own module, our own argument
            [sys.executable, "-m", "providers.local.child", str(memory_mb)],
            cwd=PROJECT,
            env=surroundings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for us: we end the children, after their work
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: bytes, timeout: float) -> dict[str, Any]:
        """Send a line and read the line that answers it."""
        self.calls += 1
        stdin = self._process.stdin
        assert stdin is not None
        try:
            while line:
                line = line[stdin.write(line) :]
        except OSError:
            raise self._lost() from None
        reply: dict[str, Any] = json.loads(self._read_line(time.monotonic() + timeout, timeout))
        return reply

    def end(self) -> None:
        """Kill the process and take leave of it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read_line(self, give_up_at: float, timeout: float) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        waiting = select.poll()
        waiting.register(stdout, select.POLLIN | select.POLLHUP)
        pieces: list[bytes] = []
        while True:
            left = give_up_at - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                raise errors.Timeout(f"The work took longer than {timeout:g} seconds and was stopped.")
            piece = os.read(stdout.fileno(), 1 << 16)
            if not piece:
                raise self._lost()
            pieces.append(piece)
            if piece.endswith(b"\n"):
                return b"".join(pieces)

    def _lost(self) -> errors.ProviderError:
        self._process.kill()
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return errors.Timeout("The work took more of the processor than it may and was stopped.")
        return WorkerLost(
            "The process that did this step ended unexpectedly.", detail=f"exit status {status}"
        )


def _error(reply: dict[str, Any]) -> errors.ProviderError:
    if "MemoryError" in reply["error"]:
        return TooLarge("This step needs more memory than a step may use. Use smaller or fewer pictures.")
    known = _tree(errors.ProviderError)
    nearest = next((known[name] for name in reply["error"] if name in known), errors.ServerFault)
    return nearest(reply["message"], detail=reply.get("detail", ""))


def _tree(kind: type[errors.ProviderError]) -> dict[str, type[errors.ProviderError]]:
    """The class and all below it that this process has loaded, by name."""
    found = {kind.__name__: kind}
    for child in kind.__subclasses__():
        found |= _tree(child)
    return found
