"""A provider that says what it is told to say: the faults that the sandbox has no words for."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

import pytest

from executions.providers import provider_named
from providers.base import Job, JobState, Request
from providers.errors import ProviderError

#: What a call meets: an answer or an error; a function is called first, to see or do something at that moment.
Answer = Job | Exception | Callable[[], "Job | Exception"]


def done(text: str = "made", ref: str = "job-1") -> Job:
    return Job(ref, JobState.DONE, {"text": text})


def taken(ref: str = "job-1", *, poll_after: float = 0.0, progress: float | None = None) -> Job:
    return Job(ref, JobState.QUEUED, poll_after=poll_after, progress=progress)


class Scripted:
    """``keys`` are the idempotency keys of the submits, ``asked`` and ``stopped`` the references, in order."""

    name = "sandbox"

    def __init__(
        self, *, submits: Sequence[Answer] = (), fetches: Sequence[Answer] = (), takes_keys: bool = True
    ) -> None:
        self.takes_keys = takes_keys
        self._submits = itertools.chain(submits)
        self._fetches = itertools.chain(fetches)
        self.keys: list[str] = []
        self.asked: list[str] = []
        self.stopped: list[str] = []
        self.deaf: ProviderError | None = None
        self.elsewhere: Executor | None = None  # where functions are called; None: on any thread

    async def submit(self, request: Request) -> Job:
        self.keys.append(request.idempotency_key)
        return await self._say(next(self._submits))

    async def fetch(self, ref: str, request: Request) -> Job:
        self.asked.append(ref)
        return await self._say(next(self._fetches))

    async def cancel(self, ref: str) -> None:
        self.stopped.append(ref)
        if self.deaf is not None:
            raise self.deaf

    async def _say(self, answer: Answer) -> Job:
        if not isinstance(answer, Job | Exception):
            answer = await asyncio.get_running_loop().run_in_executor(self.elsewhere, answer)
        if isinstance(answer, Exception):
            raise answer
        return answer


def serve_by(provider: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Let this provider serve all remote nodes, in place of the sandbox."""
    monkeypatch.setattr("executions.providers._sandbox", lambda: provider)
    provider_named.cache_clear()
    return provider
