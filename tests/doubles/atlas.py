"""Atlas Cloud's predictions, uploads and list of models as far as the driver uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import LOST, Call, Double, Reply, path_of

#: Model → its fields; the list of models names a schema for each.
MODELS: dict[str, dict[str, Any]] = {
    "google/nano-banana-2/text-to-image": {"prompt": {"type": "string"}},
    "google/nano-banana-2/edit": {"prompt": {"type": "string"}, "image_urls": {"type": "array"}},
    "alibaba/wan-2.6/image-to-video": {"prompt": {"type": "string"}, "image": {"type": "string"}},
    "bytedance/seedream-v4.5": {"prompt": {"type": "string"}},
    "z-image/turbo": {"words": {"type": "string"}},
}


def _refused(status: int, said: str, **headers: str) -> Reply:
    return Reply(status, {"code": status, "msg": said}, headers)


SUBMITS = {
    "429": _refused(429, "Too many requests", **{"Retry-After": "3"}),
    "429 silent": _refused(429, "Too many requests"),
    "500": _refused(500, "Internal error"),
    "503": _refused(503, "Service unavailable"),
    "400": _refused(400, "prompt is too long"),
    "402": Reply(200, {"code": 402, "message": "Insufficient balance"}),
    "nameless": Reply(200, {"code": 200, "data": {}}),
}
ENDS: dict[str, dict[str, Any]] = {
    "block": {"status": "failed", "outputs": None, "error": "Content flagged by moderation"},
    "crash": {"status": "failed", "outputs": None, "error": "Out of memory"},
    "empty": {"outputs": None},
}


@dataclass
class AtlasJob:
    path: str
    fault: str
    polls: int = 0


class AtlasDouble(Double):
    """A prediction is done after ``waits`` polls."""

    name = "atlas"

    def __init__(self, waits: int = 1) -> None:
        super().__init__()
        self.waits = waits

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v1"

    def answer(self, call: Call) -> Reply:
        path = path_of(call).removeprefix("/api/v1")
        if path.startswith("/media/"):
            return self.media(call)
        if path == "/models":
            known = [
                {"model": name, "type": "Image", "schema": f"{self.url}/schema/{name}"} for name in MODELS
            ]
            return Reply(200, {"code": 200, "data": known})
        if path.startswith("/schema/"):
            fields = MODELS[path.removeprefix("/schema/")]
            return Reply(200, {"components": {"schemas": {"Input": {"properties": fields}}}})
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return _refused(401, "Invalid API key")
        if path == "/model/uploadMedia":
            name = f"upload-{len(self.files) + 1}"
            self.files[name] = call.body
            return Reply(200, {"code": 200, "data": {"download_url": f"{self.url}/media/{name}.png"}})
        if path in ("/model/generateImage", "/model/generateVideo"):
            return self._begin(path, call.json)
        if match := re.fullmatch(r"/model/prediction/([\w-]+)", path):
            return self._about(match[1])
        return _refused(404, "Not found")

    def _begin(self, path: str, body: dict[str, Any]) -> Reply:
        fault = self.fault_for(str(body.get("prompt", "")))
        if fault in SUBMITS:
            return SUBMITS[fault]
        name = f"a{len(self.jobs) + 1}"
        self.jobs[name] = AtlasJob(path, fault)
        return Reply(200, {"code": 200, "data": {"id": name}}, fault=fault if fault in LOST else "")

    def _about(self, name: str) -> Reply:
        job = self.jobs.get(name)
        if job is None or job.fault == "lost":
            return _refused(404, "Prediction not found")
        job.polls += 1
        if job.fault == "poll 500" and job.polls == 1:
            return _refused(502, "Bad gateway")
        told: dict[str, Any] = {
            "id": name, "status": "completed", "outputs": [self.address_of(name, job.fault)], "error": ""
        }  # fmt: skip
        if job.polls <= self.waits:
            told |= {"status": "dreaming" if job.fault == "odd status" else "processing", "outputs": None}
        else:
            told |= ENDS.get(job.fault, {})
        return Reply(200, {"code": 200, "data": told}, fault=job.fault if job.fault == "garbage" else "")
