"""Many requests over a few kept connections, from one thread that costs a tenth of what it measures."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 16
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it goes over the wire, and what its answer must be."""

    sent: bytes
    status: int
    is_right: Callable[[bytes], bool]  # of the body


@dataclass(frozen=True, slots=True)
class Load:
    """How long each answer took, and all of them."""

    seconds: list[float]
    took: float


@dataclass(slots=True)
class _Line:
    """A connection, what has come over it since the last request, and when that was sent."""

    port: int
    line: socket.socket = field(init=False)
    came: bytearray = field(default_factory=bytearray)
    since: float = 0.0

    def open(self) -> None:
        self.line = socket.create_connection(("127.0.0.1", self.port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        self.came.clear()
        self.since = time.perf_counter()
        self.line.sendall(request)

    def answer(self) -> tuple[bytes, bytes] | None:
        """Head and body, once all of it is here."""
        more = self.line.recv(1 << 18)
        assert more, f"The server closed the connection after {bytes(self.came[:300])!r}."
        self.came += more
        end = self.came.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.came[:end]).lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        if len(self.came) < end + 4 + length:
            return None
        return head, bytes(self.came[end + 4 :])


def drive(ports: Sequence[int], call: Call, *, times: int) -> Load:
    """Make a call so many times, each connection the next one when it has its answer. Fails at the first wrong one."""
    seconds: list[float] = []
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for number in range(CONNECTIONS):
            line = _Line(ports[number % len(ports)])
            line.open()
            line.send(call.sent)
            selector.register(line.line, selectors.EVENT_READ, line)
        left = times - CONNECTIONS
        while len(seconds) < times:
            ready = selector.select(WAIT_SECONDS)
            assert ready, f"No answer came within {WAIT_SECONDS:g} seconds."
            for key, _ in ready:
                line = key.data
                answer = line.answer()
                if answer is None:
                    continue
                seconds.append(time.perf_counter() - line.since)
                head, body = answer
                assert int(head[9:12]) == call.status and call.is_right(body), (head, body[:500])
                is_over = b"\r\nconnection: close" in head
                if left <= 0 or is_over:
                    selector.unregister(line.line)
                    line.line.close()
                if left > 0:
                    left -= 1
                    if is_over:
                        line.open()
                        selector.register(line.line, selectors.EVENT_READ, line)
                    line.send(call.sent)
    return Load(seconds, time.perf_counter() - began)
