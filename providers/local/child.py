"""A process that opens pictures, so that no other has to.

``python -m providers.local.child <memory in MB>`` reads one JSON object per line from stdin,
``{"task", "payload"}``, and answers each with one line on stdout: ``{"answer"}`` or ``{"error", "message",
"detail"}``, the error being the names of the exception's class and its bases, nearest first. It ends when
stdin closes, also in the middle of a task, so it never outlives the process that started it.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

from providers.base import Request
from providers.errors import ProviderError, ServerFault
from providers.local.wire import as_json, decode, decode_media, encode

Task = Callable[[dict[str, Any]], dict[str, Any]]


def run_local(payload: dict[str, Any]) -> dict[str, Any]:
    """Do the work of one node of `providers.local.MEDIA`; see `provider.run_in_child`."""
    from providers.catalog import load_catalog
    from providers.local import MEDIA

    request = Request(
        kind=load_catalog()[payload["kind"]],
        inputs=decode(payload["inputs"]),
        params=decode(payload["params"]),
        scratch=Path(payload["scratch"]),
        idempotency_key=payload.get("idempotency_key", ""),
        item_path=tuple(payload.get("item_path", ())),
        label=payload.get("label", ""),
    )
    return {"outputs": encode(MEDIA[request.kind.name](request))}


def run_sandbox(payload: dict[str, Any]) -> dict[str, Any]:
    """Draw an artefact of the sandbox."""
    draw: Task = importlib.import_module("providers.sandbox.draw").run
    return draw(payload)


def run_upload(payload: dict[str, Any]) -> dict[str, Any]:
    """``{path, scratch, reading}`` → ``{media, thumbnail, small, blur, made_by}``; see `uploads.prepare`."""
    from providers.local import uploads

    prepared = uploads.prepare(
        Path(payload["path"]), Path(payload["scratch"]), reading=payload.get("reading")
    )
    return _fields_of(prepared) | {"made_by": _fields_of(prepared.made_by)}


def run_thumbnail(payload: dict[str, Any]) -> dict[str, Any]:
    """``{media, scratch, reading}`` → the same, the media measured anew; see `uploads.inspect`."""
    from providers.local import uploads

    media, reading = decode_media(payload["media"]), payload.get("reading")
    return _fields_of(uploads.inspect(media, Path(payload["scratch"]), reading=reading))


def run_shrink(payload: dict[str, Any]) -> dict[str, Any]:
    """``{media, target, most_bytes}`` → ``{media}``; see `shrinking.shrink`."""
    from providers.local import shrinking

    media, target = decode_media(payload["media"]), Path(payload["target"])
    return {"media": shrinking.shrink(media, target, payload["most_bytes"])}


def run_vector(payload: dict[str, Any]) -> dict[str, Any]:
    """``{media, target}`` → ``{picture, vector}``; see `vectors.draw`."""
    from providers.local import vectors

    picture, vector = vectors.draw(decode_media(payload["media"]), Path(payload["target"]))
    return {"picture": picture, "vector": vector}


def run_workbook(payload: dict[str, Any]) -> dict[str, Any]:
    """``{path}`` → the fields of a `workbook.Sheet`."""
    workbook = importlib.import_module("providers.local.workbook")
    return _fields_of(workbook.read(Path(payload["path"])))


def _fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, as they are; none of None."""
    return {field.name: getattr(value, field.name) for field in fields(value)} if value else {}


TASKS: Mapping[str, Task] = {
    "local": run_local,
    "sandbox": run_sandbox,
    "upload": run_upload,
    "thumbnail": run_thumbnail,
    "shrink": run_shrink,
    "vector": run_vector,
    "workbook": run_workbook,
}


def answer(line: bytes) -> bytes:
    """The line that answers a line."""
    try:
        call = json.loads(line)
        return _line({"answer": TASKS[call["task"]](call["payload"])})
    except ProviderError as error:
        return _failure(error, error.message, error.detail)
    except MemoryError as error:
        return _failure(error, "")
    except Exception as error:  # noqa: BLE001  the edge of the process: the other side must hear of it
        detail = f"{type(error).__name__}: {error}"
        return _failure(ServerFault(""), "This step failed on the server. Try again.", detail)


def main() -> None:
    """Answer lines until stdin closes."""
    _limit_memory(int(sys.argv[1]) * 1024 * 1024)
    replies = _own_stdout()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(sys.stdin.buffer, lines), daemon=True).start()
    importlib.import_module("providers.local")  # everything a first call needs, before it comes
    importlib.import_module("providers.catalog").load_catalog()
    importlib.import_module("providers.local.uploads")
    while True:
        _write_all(replies, answer(lines.get()))


def _read_lines(stdin: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in stdin:
        lines.put(line)
    os._exit(0)


def _own_stdout() -> int:
    """A way to answer that no stray print can disturb: descriptor 1 becomes stderr for everybody else."""
    replies = os.dup(1)
    os.dup2(2, 1)
    return replies


def _write_all(replies: int, line: bytes) -> None:
    while line:
        line = line[os.write(replies, line) :]


def _limit_memory(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS knows the limit but does not take it
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _line(value: Any) -> bytes:
    return json.dumps(value, default=as_json).encode() + b"\n"


def _failure(error: Exception, message: str, detail: str = "") -> bytes:
    classes = [kind.__name__ for kind in type(error).__mro__]
    return _line({"error": classes, "message": message, "detail": detail})


if __name__ == "__main__":
    main()
