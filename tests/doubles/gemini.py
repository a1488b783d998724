"""The Gemini API as far as the driver uses it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import LOST, NO_PICTURE, Call, Double, Reply, clip, path_of, picture

SIZES = {"1:1": (64, 64), "16:9": (96, 54), "9:16": (54, 96)}


@dataclass
class Interaction:
    fault: str
    polls: int = 0
    cancelled: bool = False


class GeminiDouble(Double):
    """Draws for models with "image" in their name, speaks for those with "tts", writes for the others."""

    name = "gemini"
    models = "/v1beta/models"

    def refused(self, call: Call) -> Reply | None:
        """What a call with a wrong key is told."""
        if call.headers.get("x-goog-api-key") == self.key:
            return None
        reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return error(400, "INVALID_ARGUMENT", "API key not valid", [reason])

    def answer(self, call: Call) -> Reply:
        if match := re.fullmatch(r"/v1beta/(interactions|files)(/[\w-]+)?(/cancel)?", path_of(call)):
            return self.refused(call) or self._interaction(call, *match.groups(""))
        if path_of(call) == self.models and call.method == "GET":
            return self.refused(call) or Reply(200, {"models": []})
        match = re.fullmatch(rf"{self.models}/([\w.-]+):generateContent", path_of(call))
        if match is None:
            return error(404, "NOT_FOUND", "models/x is not found")
        if refusal := self.refused(call):
            return refusal
        parts = [part for content in call.json["contents"] for part in content["parts"]]
        words = " ".join(part["text"] for part in parts if "text" in part)
        fault = self.fault_for(words)
        if fault in FAULTS:
            return FAULTS[fault]
        return Reply(200, self._made(match[1], call.json, words, parts), fault=fault)

    def _interaction(self, call: Call, room: str, name: str, part: str) -> Reply:
        """Begin a clip, tell how it is doing, stop it, or hand it over."""
        if room == "files":
            return Reply(200, clip())
        if not name:
            return self._begin(call.json)
        job = self.jobs.get(name[1:])
        if job is None or job.fault == "lost":
            return error(404, "NOT_FOUND", "Interaction not found")
        if part:
            job.cancelled = job.polls <= 2
            return Reply(200, {"id": name[1:], "status": "cancelled"})
        job.polls += 1
        if job.fault == "poll 500" and job.polls == 1:
            return FAULTS["500"]
        told: dict[str, Any] = {"id": name[1:], "status": "queued" if job.polls == 1 else "in_progress"}
        if job.fault == "odd status":
            told["status"] = "dreaming"
        if job.polls > 2:
            told |= {"status": "completed", "steps": self._steps(job.fault), **ENDS.get(job.fault, {})}
        return Reply(200, told, fault=job.fault if job.fault == "garbage" else "")

    def _begin(self, body: dict[str, Any]) -> Reply:
        fault = self.fault_for(" ".join(one.get("text", "") for one in body["input"]))
        if fault in FAULTS and FAULTS[fault].status >= 400:
            return FAULTS[fault]
        name = f"v1_{len(self.jobs) + 1}"
        self.jobs[name] = Interaction(fault)
        return Reply(200, {"id": name, "status": "in_progress"}, fault=fault if fault in LOST else "")

    def _steps(self, fault: str) -> list[dict[str, Any]]:
        made = {"type": "video", "mime_type": "video/mp4"}
        if fault == "as file":
            made["uri"] = f"{self.url}/v1beta/files/clip-1"
        else:
            made["data"] = base64.b64encode(NO_PICTURE if fault == "not a picture" else clip()).decode()
        words = {"type": "text", "text": "Here it is"}
        return [{"type": "thought"}, {"type": "model_output", "content": [words, made]}]

    def _made(self, model: str, body: dict[str, Any], words: str, parts: list[Any]) -> dict[str, Any]:
        config = body.get("generationConfig", {})
        number = len(self.calls)
        if "tts" in model:
            sound = base64.b64encode(b"\x00\x10" * 2400).decode()
            made = [{"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": sound}}]
        elif "image" in model or "banana" in model:
            size = SIZES.get(config.get("imageConfig", {}).get("aspectRatio", ""), (64, 64))
            draft = base64.b64encode(picture("draft", (8, 8))).decode()
            data = base64.b64encode(self.drawn(f"{words} {number}", size)).decode()
            made = [
                {"thought": True, "text": "plan"},
                {"thought": True, "inlineData": {"mimeType": "image/png", "data": draft}},
                {"text": "Here it is"},
                {"inlineData": {"mimeType": "image/png", "data": data}, "thoughtSignature": "c2ln"},
            ]
        elif config.get("responseMimeType") == "application/json":
            made = [{"text": '{"score": 8, "reason": "as asked"}'}]
        else:
            pictures = sum("inlineData" in part for part in parts)
            made = [
                {"thought": True, "text": "hm"},
                {"text": f"About {words!r}, "},
                {"text": f"{pictures} seen."},
            ]
        return {
            "candidates": [{"content": {"role": "model", "parts": made}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 1120, "totalTokenCount": 1132},
            "modelVersion": model,
            "responseId": f"r{number}",
        }


def error(code: int, status: str, message: str, details: list[Any] | None = None) -> Reply:
    return Reply(
        code, {"error": {"code": code, "message": message, "status": status, "details": details or []}}
    )


def _quota(quota: str, *more: dict[str, Any]) -> Reply:
    failure = {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": quota}],
    }
    return error(429, "RESOURCE_EXHAUSTED", "quota", [failure, *more])


def _ended(reason: str, **more: Any) -> Reply:
    return Reply(200, {"candidates": [{"finishReason": reason, "index": 0, **more}]})


_RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.5s"}
FAULTS = {
    "429": _quota("GenerateRequestsPerMinutePerProjectPerModel", _RETRY),
    "429 silent": error(429, "RESOURCE_EXHAUSTED", "slow down"),
    "429 day": _quota("GenerateRequestsPerDayPerProjectPerModel"),
    "500": error(500, "INTERNAL", "An internal error has occurred."),
    "503": error(503, "UNAVAILABLE", "The model is overloaded."),
    "400": error(400, "INVALID_ARGUMENT", "Unsupported aspect ratio."),
    "403": error(403, "PERMISSION_DENIED", "Your API key was reported as leaked."),
    "404": error(404, "NOT_FOUND", "models/x is not found"),
    "billing": error(400, "FAILED_PRECONDITION", "Please enable billing on this project."),
    "block": Reply(200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}}),
    "block image": _ended("IMAGE_SAFETY", finishMessage="unsafe"),
    "empty": _ended("NO_IMAGE"),
    "odd end": _ended("SOMETHING_NEW"),
    "words only": _ended("STOP", content={"role": "model", "parts": [{"text": "I cannot draw that"}]}),
    "not a picture": _ended(
        "STOP",
        content={
            "parts": [{"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"<svg/>").decode()}}]
        },
    ),
    "bad base64": _ended(
        "STOP", content={"parts": [{"inlineData": {"mimeType": "image/png", "data": "%%%"}}]}
    ),
}
#: How a clip ends.
ENDS: dict[str, dict[str, Any]] = {
    "block": {"status": "failed", "steps": [], "errors": [{"message": "Blocked by the safety filters."}]},
    "crash": {"status": "failed", "steps": [], "errors": [{"message": "Internal failure."}]},
    "incomplete": {"status": "incomplete", "steps": []},
    "cancelled": {"status": "cancelled", "steps": []},
    "empty": {"steps": []},
}
