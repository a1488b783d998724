"""Another Wireflow server as far as the driver uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import LOST, Call, Double, Reply, path_of


def _refused(status: int, message: str, code: str, **more: Any) -> Reply:
    return Reply(status, {"error": message, "code": code, "type": "invalid_request_error", **more})


SUBMITS = {
    "429": _refused(429, "Too many requests", "rate_limit_exceeded", retryAfter=6),
    "429 silent": _refused(429, "Too many requests", "rate_limit_exceeded"),
    "500": _refused(500, "Internal error", "internal_error"),
    "503": _refused(503, "Not ready", "unavailable"),
    "402": _refused(402, "Not enough credits", "insufficient_credits", requiredCredits=9),
    "422": Reply(422, {"error": {"type": "invalid_request_error", "message": "A required input is missing"}}),
    "busy": _refused(409, "This key is being used", "idempotency_in_progress"),
    "nameless": Reply(202, {"data": {"status": "RUNNING"}}),
}
ENDS: dict[str, dict[str, Any]] = {
    "block": {
        "status": "FAILED",
        "error": "Gemini's content policy refused the prompt.",
        "finalOutput": None,
    },
    "crash": {"status": "FAILED", "error": "It took longer than 60 seconds.", "finalOutput": None},
    "cancelled": {"status": "CANCELLED", "finalOutput": None},
    "empty": {"finalOutput": None},
    "words": {"finalOutput": {"text": "A fox, once."}},
}


@dataclass
class Run:
    inputs: dict[str, Any]
    fault: str
    polls: int = 0
    cancelled: bool = False


class WireflowDouble(Double):
    """One workflow, ``cm1``. A run is over after ``waits`` polls. Keys are honoured."""

    name = "wireflow"

    def __init__(self, waits: int = 2) -> None:
        super().__init__()
        self.waits = waits
        self._keys: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v1"

    def forget(self) -> None:
        super().forget()
        self._keys.clear()

    def answer(self, call: Call) -> Reply:
        path = path_of(call).removeprefix("/api/v1")
        if path.startswith("/media/result"):
            return self.media(call)
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return _refused(401, "Invalid API key", "invalid_api_key")
        if path == "/workflows":
            return Reply(200, {"data": []})
        if path == "/media/upload":
            name = f"upload-{len(self.files) + 1}"
            self.files[name] = call.body
            return Reply(201, {"data": {"url": f"{self.url}/media/{name}.png"}})
        if path == "/workflows/cm1/run":
            return self._begin(call)
        if match := re.fullmatch(r"/workflows/executions/([\w-]+)/(poll|cancel)", path):
            return self._about(match[1], match[2])
        return _refused(404, "Not found", "not_found")

    def _begin(self, call: Call) -> Reply:
        inputs = call.json["inputs"]
        key = call.headers.get("idempotency-key", "")
        if known := self._keys.get(key):
            return Reply(202, {"data": {"executionId": known, "status": "RUNNING"}})
        fault = self.fault_for(" ".join(one for one in inputs.values() if isinstance(one, str)))
        if fault in SUBMITS:
            return SUBMITS[fault]
        name = f"result-{len(self.jobs) + 1}"
        self.jobs[name] = Run(inputs, fault)
        self._keys[key] = name
        body = {"data": {"executionId": name, "status": "RUNNING"}}
        return Reply(202, body, fault=fault if fault in LOST else "")

    def _about(self, name: str, verb: str) -> Reply:
        run = self.jobs.get(name)
        if run is None or run.fault == "lost":
            return _refused(404, "Not found", "not_found")
        if verb == "cancel":
            run.cancelled = run.polls <= self.waits
            return Reply(200, {"status": "CANCELLED"})
        run.polls += 1
        if run.fault == "poll 500" and run.polls == 1:
            return Reply(502, b"<html>bad gateway</html>")
        is_over = run.polls > self.waits
        running = "DREAMING" if run.fault == "odd status" else "RUNNING"
        urls = [self.address_of(f"{name}-{number}", run.fault) for number in (1, 2)] if is_over else []
        told: dict[str, Any] = {
            "executionId": name,
            "status": "COMPLETED" if is_over else running,
            "creditsUsed": 13,
            "error": None,
            "nodeStates": [
                {
                    "nodeId": "ask",
                    "status": "COMPLETED",
                    "outputUrl": None,
                    "outputUrls": [],
                    "text": "a fox",
                },
                {
                    "nodeId": "make",
                    "status": "COMPLETED" if is_over else "RUNNING",
                    "outputUrl": urls[0] if urls else None,
                    "outputUrls": urls,
                    "text": None,
                },
            ],
            "finalOutput": {"url": urls[0]} if urls else None,
        }
        if is_over:
            told |= ENDS.get(run.fault, {})
        return Reply(200, told, fault=run.fault if run.fault == "garbage" else "")
