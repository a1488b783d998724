"""Apiframe's jobs and uploads as far as the driver uses them."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import LOST, Call, Double, Reply, path_of

SUBMITS = {
    "429": Reply(429, {"error": "Too many requests"}, {"Retry-After": "5"}),
    "429 silent": Reply(429, {"error": "Too many requests"}),
    "500": Reply(500, {"error": "Internal error"}),
    "503": Reply(503, {"error": "Service unavailable"}),
    "400": Reply(400, {"error": "Invalid request", "details": {"prompt": ["Too long"]}}),
    "model": Reply(400, {"error": "Invalid request", "details": {"model": ["Unknown model"]}}),
    "402": Reply(402, {"error": "Insufficient credits", "creditsRequired": 8, "creditsAvailable": 2}),
    "403": Reply(403, {"error": "API key is inactive"}),
    "nameless": Reply(202, {"status": "QUEUED"}),
}
ENDS: dict[str, dict[str, Any]] = {
    "block": {"status": "FAILED", "error": "Prompt violates the content policy"},
    "crash": {"status": "FAILED", "error": "Upstream timed out"},
    "cancelled": {"status": "CANCELLED"},
    "empty": {"status": "COMPLETED", "result": None},
    "no links": {"status": "COMPLETED", "result": {"images": []}},
    "expired": {"status": "COMPLETED", "expired": True},
}


@dataclass
class ApiframeJob:
    model: str
    path: str
    fault: str
    polls: int = 0


class ApiframeDouble(Double):
    """A job is queued when it is first asked for, then done after ``waits`` polls. Keys are honoured."""

    name = "apiframe"

    def __init__(self, waits: int = 2) -> None:
        super().__init__()
        self.waits = waits
        self._keys: dict[str, str] = {}

    def forget(self) -> None:
        super().forget()
        self._keys.clear()

    def answer(self, call: Call) -> Reply:
        path = path_of(call)
        if path.startswith("/media/"):
            return self.media(call)
        if call.headers.get("x-api-key") != self.key:
            return Reply(401, {"error": "Invalid API key"})
        if path == "/v2/me":
            return Reply(200, {"credits": 100})
        if path == "/v2/uploads":
            name = f"upload-{len(self.files) + 1}"
            self.files[name] = call.body
            kept = {"id": name, "url": f"{self.url}/media/{name}.png", "kind": "image"}
            return Reply(201, kept)
        if match := re.fullmatch(r"/v2/jobs/([\w-]+)", path):
            return self._about(match[1])
        if call.method == "POST" and re.fullmatch(r"/v2/(images|videos|music)/[a-z-]+", path):
            return self._begin(path, call)
        return Reply(404, {"error": "Not found"})

    def webhook(self, name: str, *, age: float = 0.0) -> tuple[dict[str, str], bytes]:
        """Headers and body with which Apiframe tells that a job is over; they say no time."""
        body = json.dumps({"event": "completed", "jobId": name, "status": "COMPLETED"}).encode()
        signature = hmac.digest(hashlib.sha256(self.key.encode()).digest(), body, "sha256").hex()
        return {"X-Webhook-Event": "completed", "X-Webhook-Signature": f"sha256={signature}"}, body

    def _begin(self, path: str, call: Call) -> Reply:
        body = call.json
        key = call.headers.get("idempotency-key", "")
        if known := self._keys.get(key):
            return Reply(202, {"jobId": known, "status": "PROCESSING"})
        fault = self.fault_for(str(body.get("prompt", "")))
        if fault in SUBMITS:
            return SUBMITS[fault]
        name = f"b2c3d4e5-{len(self.jobs) + 1}"
        self.jobs[name] = ApiframeJob(body["model"], path, fault)
        self._keys[key] = name
        return Reply(202, {"jobId": name, "status": "QUEUED"}, fault=fault if fault in LOST else "")

    def _about(self, name: str) -> Reply:
        job = self.jobs.get(name)
        if job is None or job.fault == "lost":
            return Reply(404, {"error": "Job not found"})
        job.polls += 1
        if job.fault == "poll 500" and job.polls == 1:
            return Reply(502, {"error": "Bad gateway"})
        told: dict[str, Any] = {
            "id": name,
            "status": "COMPLETED",
            "model": job.model,
            "progress": 100,
            "error": None,
            "creditCost": 8,
            "result": self._result(name, job),
            "expired": False,
        }
        if job.polls <= self.waits:
            waiting = (
                "DREAMING" if job.fault == "odd status" else "QUEUED" if job.polls == 1 else "PROCESSING"
            )
            told |= {"status": waiting, "progress": None if job.polls == 1 else 40, "result": None}
        else:
            told |= ENDS.get(job.fault, {})
        return Reply(200, told, fault=job.fault if job.fault == "garbage" else "")

    def _result(self, name: str, job: ApiframeJob) -> Any:
        if job.path.endswith(("/upscale", "/background-remove")):
            return self.address_of(name, job.fault)  # a bare address, as older examples have it
        if "midjourney" in job.model:
            four = [self.address_of(f"{name}-{place}", job.fault) for place in range(4)]
            return {"images": four, "gridUrl": self.address_of(f"{name}-grid", job.fault)}
        return {"images": [self.address_of(name, job.fault)]}
