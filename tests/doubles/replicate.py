"""Replicate's predictions and files as far as the driver uses them."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import LOST, Call, Double, Reply, path_of

#: Faults of the end: what the prediction says.
ENDS: dict[str, dict[str, Any]] = {
    "block": {"status": "failed", "error": "The input was flagged as sensitive (E005)."},
    "nsfw": {"status": "failed", "error": "NSFW content detected. Try another prompt."},
    "crash": {"status": "failed", "error": "CUDA out of memory"},
    "aborted": {"status": "aborted"},
    "canceled": {"status": "canceled"},
    "empty": {"status": "succeeded", "output": None},
    "removed": {"status": "succeeded", "output": None, "data_removed": True},
}


def _problem(status: int, title: str, detail: str) -> Reply:
    return Reply(status, {"type": "about:blank", "title": title, "status": status, "detail": detail})


SUBMITS = {
    "429": _problem(429, "Too Many Requests", "Request was throttled. Expected available in 4 seconds."),
    "429 silent": _problem(429, "Too Many Requests", "Request was throttled."),
    "402": _problem(402, "Insufficient credit", "You have insufficient credit to run this model."),
    "422": _problem(422, "Input validation failed", "- input.aspect_ratio: must be one of 1:1"),
    "500": _problem(500, "Internal Server Error", ""),
    "503": _problem(503, "Service Unavailable", ""),
    "nameless": Reply(201, {"status": "starting"}),
}


@dataclass
class Prediction:
    model: str
    input: dict[str, Any]
    fault: str
    headers: dict[str, str]
    polls: int = 0
    cancelled: bool = False


class ReplicateDouble(Double):
    """Models need no version but for one. A prediction is done after ``waits`` polls."""

    name = "replicate"
    secret = "whsec_" + base64.b64encode(b"a secret of the double").decode()

    def __init__(self, waits: int = 1) -> None:
        super().__init__()
        self.waits = waits

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def answer(self, call: Call) -> Reply:
        path = path_of(call).removeprefix("/v1")
        if path.startswith("/media/"):
            return self.media(call)
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        if path == "/account":
            return Reply(200, {"type": "user", "username": "ana"})
        if path == "/files":
            self.files[f"f{len(self.files) + 1}"] = call.body
            return Reply(201, {"id": "f", "urls": {"get": f"{self.base_url}/files/f{len(self.files)}"}})
        if path == "/predictions":
            return self._begin(call.json["version"], call)
        if match := re.fullmatch(r"/models/([\w-]+/[\w.-]+)/predictions", path):
            if "esrgan" in match[1]:
                return _problem(404, "Not found", "The requested resource could not be found.")
            return self._begin(match[1], call)
        if path == "/webhooks/default/secret":
            return Reply(200, {"key": self.secret})
        if match := re.fullmatch(r"/models/([\w-]+/[\w.-]+)", path):
            return Reply(200, {"name": match[1], "latest_version": {"id": "sha123"}})
        if match := re.fullmatch(r"/predictions/([\w-]+)(/cancel)?", path):
            return self._about(match[1], bool(match[2]))
        return _problem(404, "Not found", "")

    def webhook(self, name: str, *, age: float = 0.0) -> tuple[dict[str, str], bytes]:
        """Headers and body with which Replicate tells that a prediction is over."""
        body = json.dumps({"id": name, "status": "succeeded"}).encode()
        sent_at = str(int(time.time() - age))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"msg_1.{sent_at}.".encode() + body, "sha256")).decode()
        signed = {"Webhook-Id": "msg_1", "Webhook-Timestamp": sent_at, "Webhook-Signature": f"v1,{signature}"}
        return signed, body

    def _begin(self, model: str, call: Call) -> Reply:
        asked = call.json["input"]
        fault = self.fault_for(str(asked.get("prompt", "")))
        if fault in SUBMITS:
            return SUBMITS[fault]
        name = f"p{len(self.jobs) + 1}"
        self.jobs[name] = Prediction(model, asked, fault, dict(call.headers))
        if fault in LOST:
            return Reply(fault=fault)
        if fault == "at once":
            self.jobs[name].polls = self.waits
            return Reply(201, self._told(name, self.jobs[name]))
        return Reply(201, self._told(name, self.jobs[name], status="starting"))

    def _about(self, name: str, cancels: bool) -> Reply:
        job = self.jobs.get(name)
        if job is None or job.fault == "lost":
            return _problem(404, "Not found", "The requested resource could not be found.")
        if cancels:
            job.cancelled = job.polls <= self.waits
            return Reply(200, self._told(name, job, status="canceled" if job.cancelled else "succeeded"))
        job.polls += 1
        if job.polls <= self.waits:
            return Reply(
                200, self._told(name, job, status="odd" if job.fault == "odd status" else "processing")
            )
        if job.fault == "poll 500" and job.polls == self.waits + 1:
            return Reply(502, b"<html>bad gateway</html>")
        return Reply(200, self._told(name, job), fault="garbage" if job.fault == "garbage" else "")

    def _told(self, name: str, job: Prediction, *, status: str = "succeeded") -> dict[str, Any]:
        own = f"{self.base_url}/predictions/{name}"
        told: dict[str, Any] = {
            "id": name,
            "model": job.model,
            "version": "sha123",
            "status": status,
            "input": job.input,
            "output": None,
            "error": None,
            "urls": {"get": own, "cancel": f"{own}/cancel"},
        }
        if status == "succeeded":
            address = self.address_of(name, job.fault)
            told |= {
                "output": [address] if "flux" in job.model else address,
                "metrics": {"predict_time": 3.2},
            }
            told |= ENDS.get(job.fault, {})
        return told
