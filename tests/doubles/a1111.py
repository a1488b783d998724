"""An AUTOMATIC1111-compatible server as far as the driver uses it."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.doubles.server import NO_PICTURE, Call, Double, Reply, path_of


def _fault(field: str, said: str) -> Reply:
    return Reply(422, {"detail": [{"loc": ["body", field], "msg": said, "type": "value_error"}]})


def _broken(error: str) -> Reply:
    return Reply(500, {"error": error, "detail": "", "body": "", "errors": "it broke"})


FAULTS = {
    "429": Reply(429, {"detail": "Slow down"}, {"Retry-After": "2"}),
    "429 silent": Reply(429, {"detail": "Slow down"}),
    "500": _broken("RuntimeError"),
    "503": Reply(503, {"detail": "Loading"}),
    "memory": _broken("OutOfMemoryError"),
    "sampler": Reply(404, {"detail": "Sampler not found"}),
    "no api": Reply(404, {"detail": "Not Found"}),
    "422": _fault("steps", "must be at most 150"),
    "empty": Reply(200, {"images": [], "parameters": {}, "info": "{}"}),
    "not a picture": Reply(200, {"images": [base64.b64encode(NO_PICTURE).decode()], "info": "{}"}),
}


class A1111Double(Double):
    """Draws and enlarges; of several pictures it gives a sheet first."""

    name = "a1111"
    key = "artist:secret-0123456789"

    def answer(self, call: Call) -> Reply:
        told = call.headers.get("authorization", "").removeprefix("Basic ")
        if told != base64.b64encode(self.key.encode()).decode():
            return Reply(401, {"detail": "Incorrect username or password"})
        asked = call.json
        fault = self.fault_for(str(asked.get("prompt", "")))
        if fault in FAULTS:
            return FAULTS[fault]
        if path_of(call) == "/sdapi/v1/extra-single-image":
            return Reply(200, {"image": self._text("larger", (128, 128)), "html_info": ""}, fault=fault)
        count = asked.get("batch_size", 1)
        size = (asked.get("width", 512) // 8, asked.get("height", 512) // 8)
        images = [self._text(f"{asked['prompt']} {number}", size) for number in range(count)]
        info: dict[str, Any] = {"seed": 1, "all_seeds": list(range(count)), "index_of_first_image": 0}
        if count > 1:
            images.insert(0, self._text("sheet", (16, 16)))
            info["index_of_first_image"] = 1
        return Reply(200, {"images": images, "parameters": {}, "info": json.dumps(info)}, fault=fault)

    def _text(self, words: str, size: tuple[int, int]) -> str:
        return base64.b64encode(self.drawn(words, size)).decode()
