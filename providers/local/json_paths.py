"""Values read from JSON by path: keys and indexes, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.limits import check_items, join_within_limit
from providers.local.values import text_of

Step = str | int


class MissingPath(InvalidInput):
    """The data has nothing at that path."""


def json_extract(request: Request) -> dict[str, Value]:
    """``value`` at the path, and ``items``: its elements when it is an array, else a list of one."""
    path = request.params["path"]
    if not path.strip():
        raise InvalidInput("Path is empty; write for example shots or shots[0].title, or $ for everything.")
    value = read_path(read_json(request.inputs.get("json")), path)
    if value is None:
        return {}
    items = list(value) if isinstance(value, list) else [value]
    check_items(items, what=f"The array at {path}")
    return {"value": value, "items": items}


def json_multi_extract(request: Request) -> dict[str, Value]:
    """One output per name in ``paths``: the value there, with the texts of ``wrap`` around it."""
    paths = _object(request.params["paths"], name="Paths")
    if not paths:
        raise InvalidInput("Paths is empty; write for example {“title”: “shots[0].title”}.")
    wrap = _object(request.params["wrap"] or {}, name="Wrap")
    wrapped = wrap.get("keys") or []
    data = read_json(request.inputs.get("json"))
    outputs: dict[str, Value] = {}
    for name, path in paths.items():
        value = read_path(data, text_of(path))
        if value is not None and name in wrapped:
            value = join_within_limit(
                "", [text_of(wrap.get("prefix")), text_of(value), text_of(wrap.get("suffix"))]
            )
        if value is not None:
            outputs[name] = value
    return outputs


def read_path(data: Any, path: str) -> Any:
    """The value at ``path`` such as ``shots[0].title``; ``$`` is the whole. Raises `MissingPath`."""
    for step in parse_path(path):
        data = _enter(data, step, path)
    return data


def parse_path(path: str) -> list[Step]:
    """Keys and indexes, outermost first. Raises `InvalidInput` when the path cannot be read.

    A key that holds dots or brackets is written ``["a.b"]``.
    """
    text = path.strip()
    rest = text[1:] if text == "$" or text.startswith(("$.", "$[")) else text
    steps: list[Step] = []
    while rest:
        if rest.startswith("["):
            step, rest = _bracket(rest, path)
            steps.append(step)
            continue
        if rest.startswith("."):
            rest = rest[1:]
        elif steps:
            raise _unreadable(path)
        end = min((rest.find(mark) for mark in ".[" if mark in rest), default=len(rest))
        if not rest[:end].strip():
            raise _unreadable(path)
        steps.append(rest[:end])
        rest = rest[end:]
    return steps


def read_json(value: Any) -> Any:
    """The value itself, or what it says when it is the text of an array or object."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].partition("\n")[2].strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(f"This is not JSON: “{text[:60]}”.") from None


def _bracket(rest: str, path: str) -> tuple[Step, str]:
    quote = rest[1:2]
    if quote in ("'", '"'):
        end = rest.find(quote + "]", 2)
        if end < 0:
            raise _unreadable(path)
        return rest[2:end], rest[end + 2 :]
    end = rest.find("]")
    inner = rest[1:end].strip() if end > 0 else ""
    if not inner.removeprefix("-").isdecimal() or len(inner) > 9:
        raise _unreadable(path)
    return int(inner), rest[end + 1 :]


def _enter(data: Any, step: Step, path: str) -> Any:
    if isinstance(data, Mapping) and str(step) in data:
        return data[str(step)]
    if isinstance(data, Sequence) and not isinstance(data, str):
        if isinstance(step, str) and step.isdecimal() and len(step) < 10:
            step = int(step)
        if isinstance(step, int) and -len(data) <= step < len(data):
            return data[step]
        found = f"a list of {len(data)}"
    elif isinstance(data, Mapping):
        found = "the keys " + ", ".join(str(key)[:30] for key in list(data)[:8]) if data else "no keys"
    else:
        found = f"“{text_of(data)[:40]}”"
    raise MissingPath(f"The path {path[:80]} does not exist: there is no {step} where the data has {found}.")


def _unreadable(path: str) -> InvalidInput:
    return InvalidInput(f"The path “{path[:80]}” cannot be read; write keys and indexes like shots[0].title.")


def _object(value: Any, *, name: str) -> Mapping[str, Any]:
    parsed = read_json(value)
    if not isinstance(parsed, Mapping):
        raise InvalidInput(f"{name} must be an object like {{“title”: “shots[0].title”}}.")
    return parsed
