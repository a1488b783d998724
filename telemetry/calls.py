"""A call to a provider, watched: how long it took and what came of it."""

from __future__ import annotations

import logging
import time
import uuid
from typing import TYPE_CHECKING

from telemetry import metrics, traces

if TYPE_CHECKING:
    from opentelemetry.trace import Span

log = logging.getLogger("wireflow.providers")


class Call:
    """``with Call(…):`` around the one call. ``call`` is submit, fetch or cancel."""

    __slots__ = ("_began", "_facts", "_span", "call", "provider")

    def __init__(self, provider: str, call: str, execution_id: uuid.UUID, node_run_id: int, attempt: int):
        self.provider = provider
        self.call = call
        self._facts = (execution_id, node_run_id, attempt)
        self._span: Span | None = None

    def __enter__(self) -> None:
        self._began = time.perf_counter()
        if traces.is_on():
            execution_id, node_run_id, attempt = self._facts
            facts: traces.Facts = {
                "wireflow.provider": self.provider,
                "wireflow.node_run_id": node_run_id,
                "wireflow.attempt": attempt,
            }
            name = f"{self.provider} {self.call}"
            self._span = traces.begin_call(execution_id, node_run_id, name=name, facts=facts)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        seconds = time.perf_counter() - self._began
        outcome = "ok" if error is None else str(getattr(error, "code", type(error).__name__))
        metrics.called(self.provider, self.call, outcome, seconds)
        if self._span is not None:
            traces.end_call(self._span, "" if error is None else outcome)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s %s: %s after %.3f s", self.provider, self.call, outcome, seconds)
