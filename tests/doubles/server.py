"""A small server that speaks a provider's wire format, with faults on request.

A fault is asked for by `Double.meet`, for the next calls that start work, or by a word in the prompt such as ``[500]``.
It runs in threads of its own, so that a test drives the real driver over a real socket.

Every double knows these faults, as far as its provider can have them (tests/providers/test_contract.py): ``429``,
``429 silent`` (no word on how long), ``500``, ``503``, ``block``, ``cut``, ``garbage``, ``empty`` and, of results,
``not found``, ``private``, ``elsewhere`` and ``not a picture``; with a queue also ``odd status``, ``lost``, ``crash``
and ``poll 500``.
"""

from __future__ import annotations

import io
import json
import math
import socket
import struct
import threading
import wave
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import av
from PIL import Image, ImageDraw

from providers.catalog import load_catalog

#: Faults that every double knows; each may know more by the same words.
CUT, SLOW, GARBAGE, HUGE = "cut", "slow", "garbage", "huge"
#: Of these no answer comes, whatever was begun.
LOST = (CUT, SLOW)
SLOW_SECONDS = 30.0
#: A fault of a result → how its address ends.
_ENDINGS = {"not found": "404", "private": "private", "not a picture": "svg", "clip": "mp4", "sound": "wav"}
NO_PICTURE = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 96 64'>"
    b"<script>alert(1)</script><circle cx='48' cy='32' r='24' fill='#3f6'/></svg>"
)
HUGE_BYTES = 8 * 1024 * 1024
CLIP_RATE = 12


@dataclass(frozen=True)
class Call:
    """What reached the server."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What it says; ``fault`` spoils the way back."""

    status: int = 200
    body: Any = None  # JSON, or bytes as they are
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


class Double:
    """One provider. Subclasses answer; ``calls`` is everything that was asked, in order, ``asked`` counts
    the calls that start work, ``jobs`` is what was begun, ``files`` what was uploaded."""

    #: The provider's name in the catalog.
    name = ""
    key = "test-key-0123456789"
    #: Pictures are so many times as large as tests want them.
    scale = 1

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.asked = 0
        self.jobs: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        self._faults: deque[str] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        """What the operator's setting for this provider's base address names."""
        return self.url

    @property
    def settings(self) -> dict[str, str]:
        """The operator's settings that lead here."""
        entry = load_catalog().providers[self.name]
        addresses = [name for name in entry["env"] if name.endswith("_URL")]
        keys = [name for name in entry["env"] if name not in addresses]
        return {keys[0]: self.key, addresses[0]: self.base_url}

    @property
    def wrong_key(self) -> str:
        """A key that looks right and is not."""
        return "wrong-key-0123456789"

    def meet(self, *faults: str) -> None:
        """The next calls that start work meet these, in order; "" is none."""
        self._faults.extend(faults)

    def fault_for(self, prompt: str) -> str:
        """The fault that a call with this prompt meets, "" for none."""
        with self._lock:
            self.asked += 1
            if self._faults:
                return self._faults.popleft()
        _, _, rest = prompt.partition("[")
        return rest.partition("]")[0] if "]" in rest else ""

    def forget(self) -> None:
        """As if nothing had been asked yet."""
        self.calls.clear()
        self.asked = 0
        self.jobs.clear()
        self.files.clear()
        self._faults.clear()

    def answer(self, call: Call) -> Reply:
        raise NotImplementedError

    def drawn(self, words: str, size: tuple[int, int] = (96, 64), form: str = "PNG") -> bytes:
        """A real picture."""
        return picture(words, (size[0] * self.scale, size[1] * self.scale), form)

    def address_of(self, name: str, fault: str) -> str:
        """Where the result of a job lies, with what is wrong with it, or what it is where that is no picture."""
        if fault == "elsewhere":
            return "http://127.0.0.2/secret.png"
        return f"{self.url}/media/{name}.{_ENDINGS.get(fault, 'png')}"

    def media(self, call: Call) -> Reply:
        """The answer to a call for such an address; its header names another type than it is."""
        path = path_of(call)
        if any(self.key in value for value in call.headers.values()):
            return Reply(500, {"detail": "A key was shown to the address of a result."})
        if path.endswith("404"):
            return Reply(404, b"gone")
        if path.endswith("private"):
            return Reply(302, b"", {"Location": "http://127.0.0.2/secret.png"})
        if path.endswith("svg"):
            return Reply(200, NO_PICTURE, {"Content-Type": "image/png"})
        if path.endswith("mp4"):
            return Reply(200, clip(), {"Content-Type": "text/html"})
        if path.endswith("wav"):
            return Reply(200, sound(), {"Content-Type": "text/html"})
        return Reply(200, self.drawn(path), {"Content-Type": "text/html"})

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.command, self.path, headers, self.rfile.read(length))
                double.calls.append(call)
                double._send(self, double.answer(call))

            do_GET = do_PUT = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing on the terminal."""

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.fault == SLOW:
            self._closing.wait(SLOW_SECONDS)
        if reply.fault in LOST:
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if reply.fault == HUGE:
            reply = Reply(200, b'{"data": "' + b"x" * HUGE_BYTES + b'"}')
        if reply.fault == GARBAGE:
            reply = Reply(reply.status, b'{"candidates": [{"cont')
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        try:
            handler.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the driver had read enough


def picture(words: str, size: tuple[int, int] = (96, 64), form: str = "PNG") -> bytes:
    """A real picture whose colours come from the words."""
    seed = zlib.crc32(words.encode())
    image = Image.new("RGB", size, (seed & 255, seed >> 8 & 255, seed >> 16 & 255))
    ImageDraw.Draw(image).text((4, 4), words[:16], fill="white", font_size=max(10, size[1] // 8))
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


@cache
def clip() -> bytes:
    """Two seconds of a ball that goes over a hill, in what browsers play."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=CLIP_RATE)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(2 * CLIP_RATE):
            image = Image.new("RGB", (320, 180), "#f2b632")
            draw = ImageDraw.Draw(image)
            draw.ellipse((-60, 110, 380, 400), fill="#1f6f5c")
            draw.ellipse((number * 12, 40, number * 12 + 48, 88), fill="#b8324f")
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())
    return file.getvalue()


@cache
def sound() -> bytes:
    """A second of a tone that fades."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(24_000)
        waves = (9_000 * (1 - at / 24_000) * math.sin(at * 0.115) for at in range(24_000))
        written.writeframes(b"".join(struct.pack("<h", round(one)) for one in waves))
    return file.getvalue()


def path_of(call: Call) -> str:
    return urlsplit(call.path).path


@contextmanager
def running(double: Double) -> Iterator[Double]:
    try:
        yield double
    finally:
        double.close()
