"""The same call by many at once, over all servers, and what they are answered."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.processes import Server

Answer = tuple[int, http.client.HTTPMessage, bytes]


class Line:
    """One kept connection to a server: the callers of these tests are to cost as little as they can."""

    def __init__(self, web: Server, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", content, {**self._headers, **headers})
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()


def at_once(webs: list[Server], key: str, times: int, *call: Any) -> list[Answer]:
    """The same call over connections of its own, so many at once, over all servers in turn."""
    together = Barrier(times)

    def ask(number: int) -> Answer:
        line = Line(webs[number % len(webs)], key)
        together.wait(30)
        return line.ask(*call)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(ask, range(times)))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(status for status, _, _ in answers)
