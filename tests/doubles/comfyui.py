"""A ComfyUI server as far as the driver uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.doubles.openai import form_of
from tests.doubles.server import LOST, NO_PICTURE, Call, Double, Reply, path_of

_BROKEN = {
    "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"},
    "node_errors": {
        "3": {"class_type": "KSampler", "errors": [{"message": "Value too big", "details": "steps: 900"}]}
    },
}
SUBMITS = {
    "429": Reply(429, {"error": "Slow down"}, {"Retry-After": "2"}),
    "429 silent": Reply(429, {"error": "Slow down"}),
    "500": Reply(500, b"500 Internal Server Error"),
    "503": Reply(503, b"503 Service Unavailable"),
    "400": Reply(400, _BROKEN),
}


@dataclass
class ComfyJob:
    graph: dict[str, Any]
    fault: str
    polls: int = 0
    cancelled: bool = False


class ComfyUIDouble(Double):
    """A job waits until its history was asked for once, then runs, and is over after ``waits`` questions.

    ``is_newer`` servers have a call of their own for stopping a job.
    """

    name = "comfyui"
    key = "Bearer proxy-secret-0123456789"
    is_newer = False

    def __init__(self, waits: int = 2) -> None:
        super().__init__()
        self.waits = waits

    def answer(self, call: Call) -> Reply:
        path = path_of(call)
        if call.headers.get("authorization") != self.key:
            return Reply(401, b"401 Unauthorized")
        if path == "/prompt":
            return self._begin(call.json)
        if match := re.fullmatch(r"/history/([0-9a-f-]{36})", path):
            return self._history(match[1])
        if path == "/queue" and call.method == "GET":
            return Reply(200, self._queue())
        if path == "/queue":
            return self._stopped(*call.json["delete"], running=False)
        if path == "/interrupt":
            return self._stopped(call.json["prompt_id"], running=True)
        if self.is_newer and (match := re.fullmatch(r"/api/jobs/([0-9a-f-]{36})/cancel", path)):
            self._stopped(match[1], running=None)
            return Reply(200, {"cancelled": True})
        if path == "/upload/image":
            parts = dict(form_of(call))
            image = parts["image"]
            assert not isinstance(image, str)
            name, _, content = image
            self.files[f"{parts['subfolder']}/{name}"] = content
            return Reply(200, {"name": name, "subfolder": parts["subfolder"], "type": "input"})
        if path == "/view":
            return self._view(call)
        return Reply(404, b"404: Not Found")

    def _begin(self, body: dict[str, Any]) -> Reply:
        values = [one for node in body["prompt"].values() for one in node["inputs"].values()]
        words = " ".join(one for one in values if isinstance(one, str))
        fault = self.fault_for(words)
        if fault in SUBMITS:
            return SUBMITS[fault]
        self.jobs[body["prompt_id"]] = ComfyJob(body["prompt"], fault)
        told = {"prompt_id": body["prompt_id"], "number": len(self.jobs), "node_errors": {}}
        return Reply(200, told, fault=fault if fault in LOST else "")

    def _is_over(self, job: ComfyJob) -> bool:
        return job.polls > self.waits

    def _history(self, name: str) -> Reply:
        job = self.jobs.get(name)
        if job is None or job.fault == "lost":
            return Reply(200, {})
        job.polls += 1
        if job.fault == "poll 500" and job.polls == 1:
            return Reply(500, b"500 Internal Server Error")
        odd = job.fault == "odd status" and job.polls <= self.waits
        if not self._is_over(job) and not odd:
            return Reply(200, {}, fault=job.fault if job.fault == "garbage" else "")
        status: dict[str, Any] = {"status_str": "success", "completed": True, "messages": []}
        if odd:
            status |= {"status_str": "dreaming", "completed": False}
        if job.fault == "crash":
            error = {"node_id": "3", "node_type": "KSampler", "exception_message": "CUDA out of memory"}
            status = {"status_str": "error", "completed": False, "messages": [["execution_error", error]]}
        if job.fault == "interrupted":
            status |= {"status_str": "error", "messages": [["execution_interrupted", {}]]}
        outputs = {} if job.fault == "empty" else self._outputs(name, job)
        return Reply(200, {name: {"prompt": [], "outputs": outputs, "status": status}})

    def _outputs(self, name: str, job: ComfyJob) -> dict[str, Any]:
        preview = {"filename": "preview.png", "subfolder": "", "type": "temp"}
        saved = {"filename": f"{name}.png", "subfolder": job.fault, "type": "output"}
        return {"7": {"images": [preview]}, "9": {"images": [saved]}}

    def _queue(self) -> dict[str, Any]:
        places: dict[str, Any] = {"queue_running": [], "queue_pending": []}
        for number, (name, job) in enumerate(self.jobs.items()):
            if job.fault != "lost" and not self._is_over(job) and not job.cancelled:
                part = "queue_pending" if job.polls < 2 else "queue_running"
                places[part].append([number, name, {}, {}, []])
        return places

    def _stopped(self, name: str, *, running: bool | None) -> Reply:
        job = self.jobs.get(name)
        if job is not None and not self._is_over(job) and running in (None, job.polls >= 2):
            job.cancelled = True
        return Reply(200, b"")

    def _view(self, call: Call) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(call.path).query).items()}
        fault = asked.get("subfolder", "")
        if fault == "not found":
            return Reply(404, b"")
        if fault == "not a picture":
            return Reply(200, NO_PICTURE)
        return Reply(200, self.drawn(asked["filename"]))
