"""fal's queue and storage as far as the driver uses them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.doubles.server import LOST, Call, Double, Reply, path_of

#: Faults of the result: (HTTP status, body).
_DETAIL = "https://docs.fal.ai/errors/#"


def _failed(kind: str, status: int = 422) -> tuple[int, Any]:
    entry = {"loc": ["body", "prompt"], "msg": f"It is {kind}.", "type": kind, "url": _DETAIL + kind}
    return status, {"detail": [entry]}


RESULTS = {
    "block": _failed("content_policy_violation"),
    "empty": _failed("no_media_generated"),
    "small": _failed("image_too_small"),
    "crash": _failed("internal_server_error", 500),
    "runner": (503, {"detail": "Runner gone", "error_type": "runner_disconnected"}),
    "early": (400, {"detail": "Request is still in progress"}),
    "gone": (404, {"detail": "Not found"}),
}
SUBMITS = {
    "429": Reply(429, {"detail": "Too many"}, {"Retry-After": "3"}),
    "429 silent": Reply(429, {"detail": "Too many"}),
    "500": Reply(500, {"detail": "Internal"}),
    "503": Reply(503, {"detail": "Unavailable"}),
    "404": Reply(404, {"detail": "Application not found"}),
    "422": Reply(422, _failed("missing")[1]),
    "403": Reply(403, {"detail": "User is locked. Reason: Exhausted balance."}),
    "nameless": Reply(200, {"status": "IN_QUEUE"}),
}
#: What models make that make no picture: the key of the result, what lies at its address, their names.
_NO_PICTURES = (
    ("video", "clip", re.compile(r"video$|veo|lipsync|seedance|mmaudio")),
    ("audio", "sound", re.compile(r"tts|speech-2|kokoro|sound-effects|/music$|audio$")),
)
_ONE_PICTURE = re.compile(r"remov|rembg|birefnet|upscale|esrgan|aura-sr")


@dataclass
class FalJob:
    model: str
    body: dict[str, Any]
    fault: str
    polls: int = 0
    cancelled: bool = False


class FalDouble(Double):
    """A job is queued when it is first asked for, then in progress, then done after ``waits`` polls."""

    name = "fal"

    def __init__(self, waits: int = 2) -> None:
        super().__init__()
        self.waits = waits
        self._signer = Ed25519PrivateKey.generate()

    def answer(self, call: Call) -> Reply:
        path = path_of(call)
        if path.startswith("/media/"):
            return self.media(call)
        if path == "/files/upload":
            return self._keep(call)
        if call.headers.get("authorization") != f"Key {self.key}":
            return Reply(401, {"detail": "Cannot access application. Authentication is required."})
        if path == "/.well-known/jwks.json":
            public = self._signer.public_key().public_bytes_raw()
            return Reply(
                200, {"keys": [{"kty": "OKP", "x": base64.urlsafe_b64encode(public).decode().rstrip("=")}]}
            )
        if path == "/storage/auth/token":
            return Reply(200, {"token": "cdn-token", "token_type": "Bearer", "base_url": self.url})
        if match := re.fullmatch(r"/([^/]+/[^/]+)/requests/([^/]+)(/status|/cancel)?", path):
            return self._about(match[2], match[3] or "")
        return self._submit(path.strip("/"), call)

    def webhook(self, name: str, *, age: float = 0.0) -> tuple[dict[str, str], bytes]:
        """Headers and body with which fal tells that a job is over."""
        body = json.dumps({"request_id": name, "status": "OK", "payload": {}}).encode()
        said = [name, "user", str(int(time.time() - age))]
        message = "\n".join([*said, hashlib.sha256(body).hexdigest()]).encode()
        names = ("Request-Id", "User-Id", "Timestamp", "Signature")
        values = (*said, self._signer.sign(message).hex())
        return {f"X-Fal-Webhook-{one}": value for one, value in zip(names, values, strict=True)}, body

    def _submit(self, model: str, call: Call) -> Reply:
        body = call.json
        fault = self.fault_for(str(body.get("prompt", "")))
        if fault in SUBMITS:
            return SUBMITS[fault]
        with self._lock:
            name = f"job-{len(self.jobs) + 1}"
            self.jobs[name] = FalJob(model, body, fault)
        if fault in LOST:
            return Reply(fault=fault)  # taken, and nobody knows
        base = f"{self.url}/{'/'.join(model.split('/')[:2])}/requests/{name}"
        if fault == "away":
            base = base.replace(self.url, "https://other.example")
        addresses = {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
        return Reply(200, {"status": "IN_QUEUE", "request_id": name, "queue_position": 0, **addresses})

    def _about(self, name: str, part: str) -> Reply:
        job = self.jobs.get(name)
        if job is None or job.fault == "lost":
            return Reply(404, {"detail": "Request not found"})
        if part == "/cancel":
            done = job.polls > self.waits
            job.cancelled = not done
            return (
                Reply(400, {"status": "ALREADY_COMPLETED"})
                if done
                else Reply(202, {"status": "CANCELLATION_REQUESTED"})
            )
        if part == "/status":
            return self._status(name, job)
        if job.fault in RESULTS and not (job.fault == "early" and job.polls > self.waits + 1):
            status, body = RESULTS[job.fault]
            return Reply(status, body, {"x-fal-request-id": name})
        return Reply(200, self._output(name, job), fault=job.fault if job.fault == "garbage" else "")

    def _status(self, name: str, job: FalJob) -> Reply:
        job.polls += 1
        if job.polls <= self.waits:
            status = "IN_QUEUE" if job.polls == 1 else "IN_PROGRESS"
            if job.fault == "odd status":
                status = "DREAMING"
            return Reply(202, {"status": status, "request_id": name, "logs": []})
        if job.fault == "poll 500" and job.polls == self.waits + 1:
            return Reply(502, b"<html>bad gateway</html>")
        told: dict[str, Any] = {"status": "COMPLETED", "request_id": name, "metrics": {"inference_time": 4.1}}
        if job.fault == "told":
            told |= {"error": "It took too long", "error_type": "generation_timeout"}
        return Reply(200, told)

    def _output(self, name: str, job: FalJob) -> dict[str, Any]:
        if "router" in job.model:
            return {"output": f"About {job.body['prompt']!r}"}
        if "whisper" in job.model:
            return {"text": "hello", "chunks": [{"text": "hello", "timestamp": [0, 1]}]}
        count = int(job.body.get("num_images", 1))
        one = {"content_type": "image/png", "width": 96, "height": 64, "file_size": 1000}
        for port, kind, models in _NO_PICTURES:
            if models.search(job.model):
                return {port: {"url": self.address_of(name, job.fault or kind), "file_size": 1000}}
        # What is drawn there is an SVG.
        kind = job.fault or ("not a picture" if "vector" in job.model else "")
        images = [{"url": self.address_of(f"{name}-{place}", kind), **one} for place in range(count)]
        output: dict[str, Any] = {"images": images, "seed": 7}
        if job.fault == "blanked":
            output["has_nsfw_concepts"] = [True] * count
        if job.fault == "half blanked":
            output["has_nsfw_concepts"] = [True] + [False] * (count - 1)
        return {"image": images[0]} if _ONE_PICTURE.search(job.model) else output

    def _keep(self, call: Call) -> Reply:
        if call.headers.get("authorization") != "Bearer cdn-token":
            return Reply(401, {"detail": "Authentication is required."})
        name = f"/media/upload-{len(self.files) + 1}.png"
        self.files[name] = call.body
        return Reply(200, {"access_url": self.url + name})


def inline(address: str) -> bytes:
    """The bytes inside a ``data:`` address."""
    return base64.b64decode(address.partition(",")[2])
