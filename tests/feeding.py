"""Callers of the REST API who never give up: each repeats its call, with one key, until it hears 201."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from typing import Any, Protocol

import httpx

from tests.graphs import Graph, words
from tests.processes import PATIENCE, Server

#: Text models: fal's queue knows no idempotency keys, the sandbox does. With a key for fal alone each serves one.
WITHOUT_KEYS, WITH_KEYS = "llm:openrouter_router", "llm:prompt_enhancer"
#: Pause before a call that was not answered is made again.
PAUSE = 0.1


class Place(Protocol):
    """Where runs are asked for: one server with all in it, or a cluster."""

    key: str
    accepted: list[str]

    def workflow(self, client: httpx.Client) -> str: ...


def any_words(number: int) -> Graph:
    """Every other run goes to a provider without idempotency keys. The number tells its runs apart there."""
    return words(f"boat {number}.", WITHOUT_KEYS if number % 2 else WITH_KEYS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call heard, and when it was made; status 0 is a server that died or could not be reached."""

    status: int
    seconds: float
    at: float
    retry_after: str | None = None


@dataclass
class Feeding:
    """Give work with `feed`; it is accepted when `wait` returns."""

    place: Place
    webs: Callable[[], Sequence[Server]]
    path: str
    graph: Callable[[int], Graph]
    answers: list[Answer] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _work: queue.Queue[int] = field(default_factory=queue.Queue)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def feed(self, runs: int) -> None:
        for _ in range(runs):
            self._work.put(next(self._numbers))

    @property
    def left(self) -> int:
        """The runs that are still to be accepted."""
        return self._work.unfinished_tasks

    def wait(self, *, seconds: float = PATIENCE) -> None:
        """Until everything that was given is accepted."""
        end = time.monotonic() + seconds
        while self.left:
            assert time.monotonic() < end, f"{self.left} runs were not accepted: {self.counts}"
            time.sleep(0.02)

    @property
    def counts(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def slowest(self, share: float, *, since: float = 0.0) -> float:
        """The seconds that this share of the accepted calls took at most, of those made since a moment."""
        took = sorted(
            answer.seconds for answer in self.answers if answer.status == 201 and answer.at >= since
        )
        return took[ceil(share * len(took)) - 1]

    def stop(self) -> None:
        self._stopping.set()

    def call_for_ever(self) -> None:
        while not self._stopping.is_set():
            try:
                number = self._work.get(timeout=0.2)
            except queue.Empty:
                continue
            tries = number
            while not self._stopping.is_set():
                webs = self.webs()
                port = webs[tries % len(webs)].port
                tries += 1
                if self._ask(number, port):
                    break
                self._stopping.wait(PAUSE)
            self._work.task_done()

    def _ask(self, number: int, port: int) -> bool:
        # A connection for each call: a kept one may be closed by the server just as it is used again.
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {
            "Authorization": f"Bearer {self.place.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"run-{number}",
        }
        at, began = time.time(), time.monotonic()
        try:
            line.request("POST", self.path, json.dumps(self.graph(number)), headers)
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self.answers.append(Answer(0, time.monotonic() - began, at))
            return False
        finally:
            line.close()
        took = time.monotonic() - began
        self.answers.append(Answer(answer.status, took, at, answer.headers.get("Retry-After")))
        if answer.status == 201:
            told: dict[str, Any] = json.loads(body)
            self.place.accepted.append(told["executionId"])
        return answer.status == 201


@contextmanager
def feeding(
    place: Place,
    webs: Callable[[], Sequence[Server]],
    *,
    graph: Callable[[int], Graph] = any_words,
    callers: int = 3,
) -> Iterator[Feeding]:
    """So many callers at once, over the servers that ``webs`` names. The n-th run is of ``graph(n)``."""
    with webs()[0].client(place.key) as client:
        path = f"/api/v1/workflows/{place.workflow(client)}/execute"
    made = Feeding(place, webs, path, graph)
    threads = [threading.Thread(target=made.call_for_ever, daemon=True) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.stop()
        for thread in threads:
            thread.join(PATIENCE)
