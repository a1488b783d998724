"""OpenAI's pictures and chat as far as the driver uses them."""

from __future__ import annotations

import base64
from email.message import Message
from email.parser import BytesParser
from typing import Any

from tests.doubles.server import NO_PICTURE, Call, Double, Reply, path_of


def _error(
    status: int, code: str | None, message: str, kind: str = "invalid_request_error", **headers: str
) -> Reply:
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Reply(status, body, {"x-request-id": "req-1", **headers})


FAULTS = {
    "429": _error(429, "rate_limit_exceeded", "Slow down.", **{"retry-after": "6"}),
    "429 silent": _error(429, "rate_limit_exceeded", "Slow down."),
    "503": _error(503, None, "The engine is overloaded.", "server_error"),
    "not a picture": Reply(200, {"data": [{"b64_json": base64.b64encode(NO_PICTURE).decode()}]}),
    "quota": _error(429, "insufficient_quota", "You exceeded your current quota."),
    "block": _error(
        400, "moderation_blocked", "rejected by the safety system", "image_generation_user_error"
    ),
    "400": _error(400, "invalid_value", "Invalid size."),
    "403": _error(403, None, "Your organization must be verified to use this model."),
    "404": _error(404, "model_not_found", "The model does not exist."),
    "500": _error(500, None, "The server had an error."),
    "empty": Reply(200, {"created": 1, "data": []}),
}
CHAT_FAULTS = {
    "refusal": {"message": {"role": "assistant", "content": None, "refusal": "No."}, "finish_reason": "stop"},
    "filter": {"message": {"role": "assistant", "content": ""}, "finish_reason": "content_filter"},
    "length": {"message": {"role": "assistant", "content": ""}, "finish_reason": "length"},
    "silence": {"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"},
}


class OpenAIDouble(Double):
    """Draws, edits and chats."""

    name = "openai"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return _error(
                401, "invalid_api_key", f"Incorrect API key: {call.headers.get('authorization', '')}"
            )
        path = path_of(call).removeprefix("/v1")
        if path == "/models":
            return Reply(200, {"object": "list", "data": []})
        if path == "/images/edits":
            asked: dict[str, Any] = {name: value for name, value in form_of(call) if isinstance(value, str)}
        else:
            asked = call.json
        if path == "/chat/completions":
            return self._chat(asked)
        fault = self.fault_for(asked["prompt"])
        if fault in FAULTS:
            return FAULTS[fault]
        count = int(asked.get("n", 1)) - (fault == "one less")
        width, _, height = str(asked.get("size", "")).partition("x")
        size = (int(width) // 16, int(height) // 16) if height else (64, 64)
        form = str(asked.get("output_format", "png")).upper()
        made = [self.drawn(f"{asked['prompt']} {number}", size, form) for number in range(count)]
        data = [{"b64_json": base64.b64encode(one).decode()} for one in made]
        parts = {"input_tokens_details": {"text_tokens": 20, "image_tokens": 0}}
        usage = {"input_tokens": 20, "output_tokens": 1056, "total_tokens": 1076, **parts}
        return Reply(200, {"created": 1, "data": data, "usage": usage}, {"x-request-id": "req-1"}, fault)

    def _chat(self, asked: dict[str, Any]) -> Reply:
        content = asked["messages"][-1]["content"]
        words = content if isinstance(content, str) else content[0]["text"]
        fault = self.fault_for(words)
        said = {"message": {"role": "assistant", "content": f"About {words!r}."}, "finish_reason": "stop"}
        choice = CHAT_FAULTS.get(fault, said)
        about = {"id": "chat-1", "object": "chat.completion", "created": 1, "model": asked["model"]}
        return Reply(200, {**about, "choices": [{"index": 0, **choice}]}, {"x-request-id": "req-2"}, fault)


def form_of(call: Call) -> list[tuple[str, str | tuple[str, str, bytes]]]:
    """The parts of a form in order: (name, text) or (name, (filename, content type, bytes))."""
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + call.body)
    found: list[tuple[str, str | tuple[str, str, bytes]]] = []
    for part in message.get_payload():
        assert isinstance(part, Message)
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        filename = part.get_filename()
        found.append((name, (filename, part.get_content_type(), content) if filename else content.decode()))
    return found
